"""Triple classification on CoDEx-S (Safavi and Koutra 2020): what the graph alone tells.

The graph is the training triples. Thresholds, weights and choices come from the validation labels;
test labels enter where answers are counted, and nowhere else. Scores of embedding models can be
handed in; they are judged alone, stacked, and stacked with the graph scores.
"""

import json
import resource
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from kgpipe.bench.codex_data import Codex, Labels, NamedScores, Triple, read_codex
from kgpipe.bench.codex_kge import embedding_scores
from kgpipe.bench.codex_stack import (
    Bools,
    Floats,
    Ints,
    Table,
    Verdicts,
    judge_stacked,
    number_relations,
    threshold_by_relation,
)
from kgpipe.bench.codex_trees import judge_with_trees
from kgpipe.errors import UsageError
from kgpipe.stats.intervals import Indices, cluster_bootstrap
from kgpipe.stats.metrics import area_under_curve, precision_recall_f1
from kgpipe.stats.paired import mcnemar
from kgpipe.verify.fusion import group_folds
from kgpipe.verify.graph_scores import GRAPH_SCORES, VIOLATIONS, score_triples
from kgpipe.verify.known_graph import build_graph

STACK, EMBEDDED_STACK = "stack of graph scores", "stack of embedding scores"
HYBRID = "stack of graph and embedding scores"
HYBRID_TREES = "stack of graph and embedding scores, with trees"
EMBEDDINGS = "kge"
_FOLDS, _RESAMPLES = 5, 1000

# Accuracy and F1 that others report for CoDEx-S: the models as Safavi and Koutra 2020 tuned and
# tested them (their repository's table), the framework as ASGM-KG's paper reports it.
PUBLISHED: dict[str, tuple[float, float | None]] = {
    "RESCAL": (0.843, 0.852),
    "TransE": (0.829, 0.837),
    "ComplEx": (0.836, 0.846),
    "ConvE": (0.841, 0.846),
    "TuckER": (0.840, 0.846),
    "framework of ASGM-KG": (0.852, None),
}


class _Part(NamedTuple):
    """Valid and test triples as the systems see them."""

    valid: Ints
    test: Ints
    labels: Floats
    folds: Ints
    relations: int


def run(data: Path, out: Path, *, model: str = "") -> dict[str, Any]:
    """Judge the test triples by every system; write `report.json` and `verdicts.tsv`.

    Args:
        data: the folder `codex`, or the one that holds it.
        out: for the report, and in its folder `kge` the checkpoints of the embedding models.
        model: `kge` trains five embedding models on the training triples, or goes on where their
            checkpoints ended; "" for the graph alone.

    Raises:
        UsageError: another model is named.
        KgpipeError: a file is missing, or the extra `kge`.
    """
    codex, labels = read_codex(data)
    embeddings: Sequence[NamedScores] = ()
    if model not in ("", EMBEDDINGS):
        raise UsageError(f"codex takes --model {EMBEDDINGS} alone, not {model!r}.")
    if model:
        embeddings = embedding_scores(codex, labels.valid, out / EMBEDDINGS)
    started = time.process_time()
    valid, test = graph_columns(codex)
    seconds = time.process_time() - started
    systems, choices = judge_all(codex, labels.valid, valid, test, embeddings)
    subjects = [head for head, _, _ in codex.test]
    ours = HYBRID_TREES if HYBRID_TREES in systems else STACK
    report = {
        "benchmark": "CoDEx-S",
        "known": len(codex.train),
        "valid": len(codex.valid),
        "test": len(codex.test),
        "systems": [
            score_verdicts(name, verdicts, labels.test, subjects)
            for name, verdicts in systems.items()
        ],
        "mcnemar": [_compare(ours, name, systems, labels) for name in systems if name != ours],
        "chosen_on_valid": choices,
        "published": {
            name: {"accuracy": accuracy, "f1": f1} for name, (accuracy, f1) in PUBLISHED.items()
        },
        "speed": {
            "triples_per_cpu_second": round((len(valid) + len(test)) / seconds, 1),
            # Linux counts in kilobytes.
            "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        },
    }
    _write(report, codex.test, systems, out)
    return report


def graph_columns(codex: Codex) -> tuple[Floats, Floats]:
    """Graph scores of the valid and the test triples; what speaks against a triple is negated."""
    graph = build_graph(codex.train, types=codex.types)
    scores = score_triples(graph, codex.valid + codex.test)
    scores *= np.where([name in VIOLATIONS for name in GRAPH_SCORES], -1.0, 1.0)
    return scores[: len(codex.valid)], scores[len(codex.valid) :]


def judge_all(
    codex: Codex,
    labels: Floats,
    valid: Floats,
    test: Floats,
    embeddings: Sequence[NamedScores] = (),
) -> tuple[dict[str, Verdicts], dict[str, Any]]:
    """The verdicts of every system on the test triples, and what was chosen for the stacks.

    Args:
        codex: the triples.
        labels: of its valid triples.
        valid: graph scores of these, shape (n, k).
        test: graph scores of the triples to judge.
        embeddings: further scores.
    """
    count, (of_valid, of_test) = number_relations(codex.valid, codex.test)
    folds = group_folds([head for head, _, _ in codex.valid], folds=_FOLDS)
    part = _Part(of_valid, of_test, labels, folds, count)
    systems = _constants(part)
    for place, name in enumerate(GRAPH_SCORES):
        systems[name] = _alone(valid[:, place], test[:, place], part)
    stacked = {STACK: ([valid], [test])}
    for model in embeddings:
        first = _columns(model.valid)[:, 0], _columns(model.test)[:, 0]
        systems[model.name] = _alone(*first, part)
    if embeddings:
        learned = [_columns(model.valid) for model in embeddings if model.stacked]
        judged = [_columns(model.test) for model in embeddings if model.stacked]
        stacked[EMBEDDED_STACK] = (learned, judged)
        stacked[HYBRID] = ([valid, *learned], [test, *judged])
    choices: dict[str, Any] = {}
    for name, (of_known, of_asked) in stacked.items():
        known = Table(np.column_stack(of_known), of_valid)
        asked = Table(np.column_stack(of_asked), of_test)
        systems[name], choices[name] = judge_stacked(
            known, labels, asked, folds=folds, relations=count
        )
        if name == HYBRID:
            systems[HYBRID_TREES] = judge_with_trees(
                known, labels, asked, stacked=systems[HYBRID], relations=count
            )
    return systems, choices


def score_verdicts(
    name: str,
    verdicts: Verdicts,
    labels: Floats,
    subjects: Sequence[str],
    *,
    resamples: int = _RESAMPLES,
) -> dict[str, Any]:
    """Accuracy, F1 of the true triples and AUC, with intervals by subject."""
    right = verdicts.said == labels

    def figures(at: Indices) -> list[float]:
        said, truth = verdicts.said[at], labels[at]
        f1 = precision_recall_f1(
            matched=float(truth[said].sum()),
            predicted=float(said.sum()),
            gold=float(truth.sum()),
        ).f1
        return [float(right[at].mean()), f1, area_under_curve(verdicts.scores[at], truth)]

    estimates = cluster_bootstrap(figures, subjects, resamples=resamples)
    names = ("accuracy", "f1", "auc")
    return {
        "system": name,
        **{key: estimate.model_dump() for key, estimate in zip(names, estimates, strict=True)},
    }


def _constants(part: _Part) -> dict[str, Verdicts]:
    """What needs no evidence: true for all, and each relation's majority among valid triples."""
    true = np.bincount(part.valid, weights=part.labels, minlength=part.relations)
    total = np.bincount(part.valid, minlength=part.relations)
    # A relation without labels is taken as even, and true.
    shares = np.where(total > 0, true / np.maximum(total, 1), 0.5)[part.test]
    everything = np.ones(len(part.test), dtype=np.bool_)
    return {
        "always true": Verdicts(everything.astype(np.float64), everything),
        "one verdict a relation": Verdicts(shares, shares >= 0.5),
    }


def _alone(valid: Floats, test: Floats, part: _Part) -> Verdicts:
    thresholds = threshold_by_relation(valid, part.labels, part.valid, count=part.relations)
    said: Bools = test >= thresholds[part.test]
    return Verdicts(test, said)


def _columns(scores: Floats) -> Floats:
    return scores.reshape(len(scores), -1)


def _compare(
    first: str, second: str, systems: dict[str, Verdicts], labels: Labels
) -> dict[str, Any]:
    test = mcnemar(*(systems[name].said == labels.test for name in (first, second)))
    return {
        "first": first,
        "second": second,
        "only_first_right": test.only_first,
        "only_second_right": test.only_second,
        "p_value": float(f"{test.p_value:.3g}"),
    }


def _write(
    report: dict[str, Any], asked: Sequence[Triple], systems: dict[str, Verdicts], out: Path
) -> None:
    out.mkdir(parents=True, exist_ok=True)
    (out / "report.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    lines = ["\t".join(["subject", "relation", "object", *systems])]
    for row, triple in enumerate(asked):
        said = (str(int(verdicts.said[row])) for verdicts in systems.values())
        lines.append("\t".join([*triple, *said]))
    (out / "verdicts.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
