"""FactBench (Gerber et al. 2015) with the pages and votes that FactCheck recorded (2025).

Ours is judged without any language model and with the recorded votes, under folds by subject, by
(predicate, object) and by predicate; beside it, in the same run, stand constants, every recorded
model, their majorities under each tie rule, and a co-occurrence regression with a lexicon made by
hand. Labels enter where a model is fitted and where answers are counted, and nowhere else.
"""

import json
import resource
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kgpipe.backends.embed import MINILM_NAME, MiniLmEmbedder
from kgpipe.bench.factbench_baselines import DAS, constant_systems, cross_predict, vote_systems
from kgpipe.bench.factbench_das import compare_with_das
from kgpipe.bench.factbench_data import Fact, FactBench, read_factbench, votes_matrix
from kgpipe.bench.factbench_labels import SPLITS, label_curve
from kgpipe.bench.factbench_left_out import judge_left_out
from kgpipe.bench.factbench_lexicon import cooccurrence_features
from kgpipe.bench.factbench_score import (
    System,
    by_predicate,
    compare,
    risk_coverage,
    score_system,
)
from kgpipe.ports import Embedder
from kgpipe.settings import ExtractSettings
from kgpipe.stats.conformal import decide
from kgpipe.stats.logistic import fit_logistic
from kgpipe.verify.fitted import fit_model
from kgpipe.verify.fusion import Inputs, cross_fusion, fit_fusion, group_folds, predict
from kgpipe.verify.model_file import write_model
from kgpipe.verify.rivals import collect_values
from kgpipe.verify.signals import ClaimEvidence, gather_evidence, signals_out_of_fold
from kgpipe.wiring_extract import wire_chat

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_FOLDS = 5
OURS, OURS_VOTES = "kgpipe, no language model", "kgpipe with the recorded votes"
OURS_NEW = f"{OURS}; one predicate left out, measured within its batch"
# The rates of wrong decisions for which abstention is shown.
_ERRORS = (0.1, 0.05, 0.02)


def run(
    data: Path,
    out: Path,
    *,
    embedder: Embedder | None = None,
    splits: int = SPLITS,
    model: str = "",
    base_url: str = "",
) -> dict[str, Any]:
    """Run all systems; write `report.json`, `probabilities.tsv` and the fitted `fusion.json`.

    Args:
        data: the folder `factbench`, or the one that holds it.
        out: for the report.
        embedder: MiniLM by default.
        splits: of the curve of labels.
        model: with which the paper's framework runs on a sample, PROVIDER:NAME or gguf:PATH.
        base_url: of a server with OpenAI's protocol, for the same.

    Raises:
        KgpipeError: a file is missing.
    """
    bench, labels = read_factbench(data)
    embedder = embedder or MiniLmEmbedder()
    started = time.process_time()
    evidence = gather_all(bench, embedder)
    seconds = time.process_time() - started
    predicates = [fact.predicate for fact in bench.facts]
    subjects = [fact.subject for fact in bench.facts]
    folds = group_folds(subjects, folds=_FOLDS)
    signals = signals_out_of_fold(evidence, folds, embedder)
    nothing = np.zeros((len(labels), 0))
    plain = Inputs(tuple(predicates), signals, nothing, nothing)
    voted = plain._replace(votes=signed_votes(votes_matrix(bench.facts)))
    systems = [
        *all_systems(bench, labels, plain, voted, folds),
        *_other_folds(bench.facts, plain, voted, labels, subjects),
        System(OURS_NEW, judge_left_out(evidence, labels, subjects, embedder=embedder)),
    ]
    named = {system.name: system for system in systems}
    report = {
        "benchmark": "FactBench",
        "facts": len(labels),
        "true": int(labels.sum()),
        "systems": [score_system(system, labels, subjects) for system in systems],
        "mcnemar": [
            compare(named[first], named[second], labels)
            for first in (OURS, OURS_VOTES)
            for second in (DAS, "RAG|gemma2:9b", "majority of 4 RAG, ties false")
            if second in named
        ],
        "risk_coverage": {
            name: risk_coverage(named[name].probabilities, labels) for name in (OURS, OURS_VOTES)
        },
        "by_predicate": {
            name: by_predicate(named[name].probabilities, labels, predicates)
            for name in (OURS, OURS_VOTES)
        },
        "abstention": [
            _abstention(name, inputs, labels, subjects, folds=folds, error=error)
            for name, inputs in ((OURS, plain), (OURS_VOTES, voted))
            for error in _ERRORS
        ],
        "labels": {
            OURS: label_curve(plain, labels, subjects, splits=splits),
            OURS_VOTES: label_curve(voted, labels, subjects, splits=splits),
        },
        "speed": {
            "claims_per_cpu_second": round(len(labels) / seconds, 1),
            # Linux counts in kilobytes.
            "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        },
    }
    if model or base_url:
        chosen = ExtractSettings(model=model or "openai:local", base_url=base_url)
        report["das_whole"] = compare_with_das(
            bench, labels, [named[name] for name in (OURS, OURS_VOTES, DAS)], out,
            chat=wire_chat(chosen).make(),
        )  # fmt: skip
    _write(report, bench.facts, systems, out)
    write_model(
        fit_model(
            evidence,
            labels,
            subjects,
            embedder=embedder,
            embedder_name=MINILM_NAME,
            record=_record(report),
        ),
        out / "fusion.json",
    )
    return report


def _record(report: dict[str, Any]) -> dict[str, Any]:
    """What a model fitted on all facts says of itself: its data, and how held-out facts went."""
    held_out = next(row for row in report["systems"] if row["system"] == OURS)
    figures = ("balanced_accuracy", "auc", "ece")
    return {
        "fitted_on": "FactBench as FactCheck released it, with its recorded pages",
        "facts": report["facts"],
        "true": report["true"],
        "held_out_by_subject": {name: held_out[name]["value"] for name in figures},
    }


def gather_all(bench: FactBench, embedder: Embedder) -> list[ClaimEvidence]:
    """The evidence on every fact; the values of other facts are the rivals of its own."""
    rivals = collect_values((fact.predicate, fact.object) for fact in bench.facts)
    return [
        gather_evidence(
            fact.statement, bench.pages.get(fact.id, ()), embedder=embedder, rivals=rivals
        )
        for fact in bench.facts
    ]


def all_systems(
    bench: FactBench, labels: Floats, plain: Inputs, voted: Inputs, folds: Ints
) -> list[System]:
    """Every system under folds by subject."""
    subjects = [fact.subject for fact in bench.facts]
    counted = np.array([
        cooccurrence_features(f.subject, f.predicate, f.object, bench.pages.get(f.id, ()))
        for f in bench.facts
    ])  # fmt: skip
    members = _one_hot(plain.predicates)
    lexicon = np.column_stack([counted, members])
    stacked = np.column_stack([lexicon, voted.votes])
    return [
        *constant_systems(labels, plain.predicates, folds),
        *vote_systems(votes_matrix(bench.facts), bench.voters),
        System("co-occurrence, lexicon by hand", cross_predict(lexicon, labels, folds, _ridge)),
        System("co-occurrence with all votes", cross_predict(stacked, labels, folds, _ridge)),
        System(OURS, cross_fusion(plain, labels, subjects, folds)),
        System(OURS_VOTES, cross_fusion(voted, labels, subjects, folds)),
    ]


def signed_votes(votes: Floats) -> Floats:
    """1 for true, -1 for false, 0 for no vote."""
    return np.nan_to_num(2 * votes - 1, nan=0.0)


def _other_folds(
    facts: Sequence[Fact], plain: Inputs, voted: Inputs, labels: Floats, subjects: Sequence[str]
) -> list[System]:
    pairs = group_folds([f"{fact.predicate}\t{fact.object}" for fact in facts], folds=_FOLDS)
    names = sorted(set(plain.predicates))
    left_out = np.array([names.index(name) for name in plain.predicates], dtype=np.int64)
    return [
        System(f"{name}; {how}", cross_fusion(inputs, labels, subjects, folds))
        for name, inputs in ((OURS, plain), (OURS_VOTES, voted))
        for how, folds in (
            ("folds by predicate and object", pairs),
            ("one predicate left out", left_out),
        )
    ]


def _abstention(
    name: str,
    inputs: Inputs,
    labels: Floats,
    groups: Sequence[str],
    *,
    folds: Ints,
    error: float,
) -> dict[str, Any]:
    """What class-conditional conformal abstention decides, and how often rightly."""
    decided = np.full(len(labels), -1, dtype=np.int64)
    for fold in sorted(set(folds.tolist())):
        inside, others = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
        model = fit_fusion(
            inputs.take(others), labels[others], [groups[at] for at in others.tolist()], error=error
        )
        decided[inside] = decide(predict(inputs.take(inside), model), model.thresholds)
    made = decided >= 0
    wrong = made & (decided != labels)
    return {
        "system": name,
        "promised_error": error,
        "decided": round(float(made.mean()), 4),
        "accuracy_of_decided": round(float(1 - wrong.sum() / max(1, made.sum())), 4),
        "wrong_of_true": round(float(wrong[labels == 1].mean()), 4),
        "wrong_of_false": round(float(wrong[labels == 0].mean()), 4),
    }


def _ridge(features: Floats, labels: Floats) -> Floats:
    # The spec's own regression took scikit-learn's default of 1.
    return fit_logistic(features, labels, penalties=np.ones(features.shape[1]))


def _one_hot(predicates: Sequence[str]) -> Floats:
    names = sorted(set(predicates))
    return np.array([[float(name == other) for other in names] for name in predicates])


def _write(
    report: dict[str, Any], facts: Sequence[Fact], systems: Sequence[System], out: Path
) -> None:
    out.mkdir(parents=True, exist_ok=True)
    (out / "report.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    lines = ["\t".join(["id", *(system.name for system in systems)])]
    for row, fact in enumerate(facts):
        chances = (f"{system.probabilities[row]:.4f}" for system in systems)
        lines.append("\t".join([fact.id, *chances]))
    (out / "probabilities.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
