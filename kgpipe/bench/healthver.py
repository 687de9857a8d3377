"""HealthVer (Sarrouti et al. 2021): does a passage support or refute a claim, or neither?

The pairs of the development set, judged by the embedded judge. A claim is a sentence: the embedded
extractor makes triples of it, the passage is judged on each, and the most telling vote is the
answer. Where no triple finds one, the sentence itself is judged by the model of
`data/verify/sentence.json`. That was fitted on one half of the questions; the figures are those of
the other half.
"""

import json
import math
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kgpipe.backends.embed import MINILM_NAME, MiniLmEmbedder
from kgpipe.backends.embedded_extractor import EmbeddedExtractor
from kgpipe.bench.healthver_data import LABELS, Pair, group_pairs, is_development, read_pairs
from kgpipe.bench.healthver_fit import cross_answers, fit_sentence_model
from kgpipe.ids import content_id
from kgpipe.ports import Embedder
from kgpipe.settings import VerifySettings
from kgpipe.stats.intervals import Indices, cluster_bootstrap
from kgpipe.stats.metrics import accuracy, class_scores, confusion_matrix, macro_f1
from kgpipe.types import Candidate, Chunk, Claim, Polarity, Retrieved
from kgpipe.verify.fuse import verify_claim
from kgpipe.verify.judge import EmbeddedJudge
from kgpipe.verify.passages import passages_of_text
from kgpipe.verify.sentence import find_nearest, judge_sentence
from kgpipe.verify.sentence_model import Features, shipped_model, write_model

Ints = NDArray[np.int64]

_ANSWERS: dict[Polarity, int] = {"supported": 0, "refuted": 1, "unclear": 2}
_SUPPORTS, _NEUTRAL = LABELS.index("Supports"), LABELS.index("Neutral")
_TRIPLES = "kgpipe, embedded judge, triples alone"
_SENTENCE = "kgpipe, embedded judge, triples, then the sentence"
# What nearness alone does: tells what reading the direction adds.
_ONE_SIDED = "the same, every side taken for support"
# An empty passage has no window and says nothing.
_SILENT = Features((0.0, 0.0), (0.0,) * 4)


def run(data: Path, out: Path) -> dict[str, Any]:
    """Judge every pair; write `report.json`, `answers.tsv` and the fitted `sentence.json`.

    Args:
        data: the folder `healthver`, or the one that holds it.
        out: for the report.

    Raises:
        KgpipeError: the file is missing, or is no such table.
    """
    pairs = read_pairs(data)
    gold = np.array([pair.label for pair in pairs], dtype=np.int64)
    groups = group_pairs(pairs)
    embedder, extractor = MiniLmEmbedder(), EmbeddedExtractor()
    claims = {pair.claim: read_claims(pair.claim, extractor) for pair in pairs}
    by_triple = _answer_by_triples(pairs, claims, EmbeddedJudge(embedder, MINILM_NAME))
    by_sentence = _answer_by_sentence(pairs, by_triple, embedder)
    systems = {
        _SENTENCE: by_sentence,
        _ONE_SIDED: np.where(by_sentence == _NEUTRAL, _NEUTRAL, _SUPPORTS),
        _TRIPLES: by_triple,
        **{f"always {name}": np.full(len(gold), n) for n, name in enumerate(LABELS)},
    }
    developed = np.array([is_development(group) for group in groups])
    halves = {
        "reporting": np.flatnonzero(~developed),
        "development": np.flatnonzero(developed),
        "whole": np.arange(len(gold)),
    }
    report = {
        "benchmark": "HealthVer, development set",
        "labels": {LABELS[n]: count for n, count in sorted(Counter(gold.tolist()).items())},
        "claims_without_a_triple": sum(not found for found in claims.values()),
        "decided_by_triples": int((by_triple != _NEUTRAL).sum()),
        **{half: _score_half(at, systems, gold, groups) for half, at in halves.items()},
    }
    out.mkdir(parents=True, exist_ok=True)
    seen = [pairs[at] for at in halves["development"].tolist()]
    report["cross_validated"] = _fit(seen, embedder, out)
    _write(report, systems, gold, groups, out)
    return report


def _fit(pairs: Sequence[Pair], embedder: Embedder, out: Path) -> dict[str, Any]:
    """Fit the model on the development half, write it, and score it there on held-out groups."""
    gold = np.array([pair.label for pair in pairs], dtype=np.int64)
    groups = group_pairs(pairs)
    features = [_features(pair, embedder) for pair in pairs]
    held_out = cross_answers(features, gold, groups, embedder=MINILM_NAME)
    scores = _score(_SENTENCE, held_out, gold, groups)
    record = {
        "fitted_on": "HealthVer, development set, the half of its questions with an even hash",
        "pairs": len(pairs),
        "questions": len({pair.question for pair in pairs}),
        "held_out_by_question": {name: scores[name]["value"] for name in ("accuracy", "macro_f1")},
    }
    model = fit_sentence_model(features, gold, embedder=MINILM_NAME, record=record)
    write_model(model, out / "sentence.json")
    return scores


def _features(pair: Pair, embedder: Embedder) -> Features:
    """Those of the nearest window; of the nearer one where the passage is cut in two."""
    passages = passages_of_text(pair.evidence, source="evidence")
    nearest = find_nearest(pair.claim, passages, embedder)
    found = [item.features for item in nearest]
    return max(found, key=lambda features: features.speaks, default=_SILENT)


def read_claims(sentence: str, extractor: EmbeddedExtractor) -> list[Claim]:
    """The triples of a claim's sentence, as claims."""
    chunk = Chunk(
        id="claim", document_id="claim", start=0, end=len(sentence), text=sentence, language="en"
    )
    return [_claim(found) for found in extractor.extract(chunk) if not found.fault]


def _claim(found: Candidate) -> Claim:
    return Claim(
        id=content_id("claim", found.subject, found.predicate, found.object),
        subject_id="s", object_id="o", subject=found.subject, predicate=found.predicate,
        object=found.object, negated=found.negated, hedged=found.hedged, support=(),
        documents=(), keys=(),
    )  # fmt: skip


def _answer_by_triples(
    pairs: Sequence[Pair], claims: dict[str, list[Claim]], judge: EmbeddedJudge
) -> Ints:
    """The answer to each pair: that of the claim's surest triple."""
    # A passage that takes any stance is asked for one here: there is nobody to pass it on to.
    settings = VerifySettings().model_copy(update={"decide_at": 0.5})
    ask = partial(verify_claim, settings=settings, judge=judge)
    answers = []
    for number, pair in enumerate(pairs):
        passages = tuple(passages_of_text(pair.evidence, source=str(number)))
        verdicts = [ask(Retrieved(claim=c, passages=passages)) for c in claims[pair.claim]]
        decided = [verdict for verdict in verdicts if verdict.label != "unclear"]
        surest = max(decided, key=lambda v: abs(v.probability - 0.5), default=None)
        answers.append(_ANSWERS[surest.label] if surest else _NEUTRAL)
    return np.array(answers, dtype=np.int64)


def _answer_by_sentence(pairs: Sequence[Pair], by_triple: Ints, embedder: Embedder) -> Ints:
    """The triples' answer; where they have none, the side that the sentence's votes are on."""
    answers = by_triple.copy()
    for at in np.flatnonzero(by_triple == _NEUTRAL).tolist():
        passages = passages_of_text(pairs[at].evidence, source=str(at))
        votes = judge_sentence(pairs[at].claim, passages, embedder, shipped_model())
        if votes:
            answers[at] = 0 if sum(vote.log_odds for vote in votes) > 0 else 1
    return answers


def _score_half(
    at: Ints, systems: dict[str, Ints], gold: Ints, groups: Sequence[str]
) -> dict[str, Any]:
    inside = [groups[place] for place in at.tolist()]
    return {
        "pairs": len(at),
        "groups": len(set(inside)),
        "systems": [_score(name, said[at], gold[at], inside) for name, said in systems.items()],
    }


def _score(name: str, said: Ints, gold: Ints, groups: Sequence[str]) -> dict[str, Any]:
    """Accuracy and macro-F1 with intervals by group, and each label's scores."""

    def figures(at: Indices) -> list[float]:
        matrix = confusion_matrix(gold[at], said[at], classes=len(LABELS))
        return [accuracy(matrix), macro_f1(matrix)]

    [right, f1] = cluster_bootstrap(figures, groups, shares=(0,))
    scores = class_scores(confusion_matrix(gold, said, classes=len(LABELS)))
    return {
        "system": name,
        "accuracy": right.model_dump(),
        "macro_f1": f1.model_dump(),
        "by_label": {
            label: {
                # A precision without predictions is undefined, and JSON has no nan.
                key: None if math.isnan(value) else round(value, 4)
                for key, value in score._asdict().items()
            }
            for label, score in zip(LABELS, scores, strict=True)
        },
    }


def _write(
    report: dict[str, Any],
    systems: dict[str, Ints],
    gold: Ints,
    groups: Sequence[str],
    out: Path,
) -> None:
    (out / "report.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    lines = ["\t".join(["half", "gold", *systems])]
    for at, group in enumerate(groups):
        half = "development" if is_development(group) else "reporting"
        row = [gold[at], *(said[at] for said in systems.values())]
        lines.append("\t".join([half, *(LABELS[n] for n in row)]))
    (out / "answers.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
