"""HealthVer (Sarrouti et al. 2021): does a passage support or refute a claim, or neither?

The pairs of the development set, judged by the embedded judge. A claim is a sentence: the embedded
extractor makes triples of it, the passage is judged on each, and the most telling vote is the
answer; without one the answer is Neutral. Nothing is fitted on these pairs.
"""

import csv
import json
import math
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kgpipe.backends.embed import MINILM_NAME, MiniLmEmbedder
from kgpipe.backends.embedded_extractor import EmbeddedExtractor
from kgpipe.errors import KgpipeError
from kgpipe.ids import content_id
from kgpipe.settings import VerifySettings
from kgpipe.stats.intervals import Indices, cluster_bootstrap
from kgpipe.stats.metrics import accuracy, class_scores, confusion_matrix, macro_f1
from kgpipe.types import Candidate, Chunk, Claim, Polarity, Retrieved
from kgpipe.verify.fuse import verify_claim
from kgpipe.verify.judge import EmbeddedJudge
from kgpipe.verify.passages import passages_of_text

Ints = NDArray[np.int64]

LABELS = ("Supports", "Refutes", "Neutral")
_FILE = "healthver_dev.csv"
_ANSWERS: dict[Polarity, int] = {"supported": 0, "refuted": 1, "unclear": 2}
_NEUTRAL = LABELS.index("Neutral")


class Pair(NamedTuple):
    """A claim with a passage, and the gold label's number in `LABELS`."""

    claim: str
    evidence: str
    label: int


def run(data: Path, out: Path) -> dict[str, Any]:
    """Judge every pair; write `report.json` and `answers.tsv`.

    Args:
        data: the folder `healthver`, or the one that holds it.
        out: for the report.

    Raises:
        KgpipeError: the file is missing, or is no such table.
    """
    pairs = read_pairs(data)
    gold = np.array([pair.label for pair in pairs], dtype=np.int64)
    extractor = EmbeddedExtractor()
    claims = {pair.claim: read_claims(pair.claim, extractor) for pair in pairs}
    judge = EmbeddedJudge(MiniLmEmbedder(), MINILM_NAME)
    settings = VerifySettings()
    # A passage that takes any stance is asked for one here: there is nobody to pass it on to.
    decided = settings.model_copy(update={"decide_at": 0.5})
    systems = {
        "kgpipe, embedded judge": _answer(pairs, claims, judge, decided),
        "kgpipe, embedded judge, unsure is Neutral": _answer(pairs, claims, judge, settings),
        **{f"always {name}": np.full(len(gold), n) for n, name in enumerate(LABELS)},
    }
    groups = [pair.claim for pair in pairs]
    report = {
        "benchmark": "HealthVer, development set",
        "pairs": len(pairs),
        "labels": {LABELS[n]: count for n, count in sorted(Counter(gold.tolist()).items())},
        "claims_without_a_triple": sum(not found for found in claims.values()),
        "systems": [_score(name, said, gold, groups) for name, said in systems.items()],
    }
    out.mkdir(parents=True, exist_ok=True)
    (out / "report.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    lines = ["\t".join(["gold", *systems])]
    lines += [
        "\t".join(LABELS[n] for n in row)
        for row in zip(gold.tolist(), *(said.tolist() for said in systems.values()), strict=True)
    ]
    (out / "answers.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return report


def read_pairs(data: Path) -> list[Pair]:
    """The pairs, in the order of the file.

    Raises:
        KgpipeError: the file is missing, or is no such table.
    """
    path = next((p for p in (data / _FILE, data / "healthver" / _FILE) if p.is_file()), None)
    if path is None:
        raise KgpipeError(f"There is no {_FILE} in {data} or its folder healthver.")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    try:
        return [Pair(row["claim"], row["evidence"], LABELS.index(row["label"])) for row in rows]
    except (KeyError, ValueError) as error:
        raise KgpipeError(f"{path} is no table of claim, evidence and label: {error}.") from error


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


def _answer(
    pairs: Sequence[Pair],
    claims: dict[str, list[Claim]],
    judge: EmbeddedJudge,
    settings: VerifySettings,
) -> Ints:
    """The answer to each pair: that of the claim's surest triple."""
    ask = partial(verify_claim, settings=settings, judge=judge)
    answers = []
    for number, pair in enumerate(pairs):
        passages = tuple(passages_of_text(pair.evidence, source=str(number)))
        verdicts = [ask(Retrieved(claim=c, passages=passages)) for c in claims[pair.claim]]
        decided = [verdict for verdict in verdicts if verdict.label != "unclear"]
        surest = max(decided, key=lambda v: abs(v.probability - 0.5), default=None)
        answers.append(_ANSWERS[surest.label] if surest else _NEUTRAL)
    return np.array(answers, dtype=np.int64)


def _score(name: str, said: Ints, gold: Ints, groups: Sequence[str]) -> dict[str, Any]:
    """Accuracy and macro-F1 with intervals by claim, and each label's scores."""

    def figures(at: Indices) -> list[float]:
        matrix = confusion_matrix(gold[at], said[at], classes=len(LABELS))
        return [accuracy(matrix), macro_f1(matrix)]

    [right, f1] = cluster_bootstrap(figures, groups)
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
