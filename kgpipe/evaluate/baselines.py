"""Rules that look at no evidence, on the same claims: what a verifier has to beat."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from kgpipe.evaluate.cases import LABELS, SUPPORTED, UNCLEAR, Case, Codes, cluster_of, codes_of
from kgpipe.stats import metrics
from kgpipe.stats.intervals import Estimate, defined, wilson
from kgpipe.types import Record


class Baseline(Record):
    """A rule's scores; `decided_accuracy` is over claims that people call true or false."""

    name: str
    accuracy: Estimate
    balanced_accuracy: float | None
    macro_f1: float | None
    refuted_f1: float | None
    decided_accuracy: float | None


def score_baselines(cases: Sequence[Case]) -> tuple[Baseline, ...]:
    """Always supported, always the most frequent label, and the most frequent one by predicate.

    The first needs no label; the majority is told its label by this very gold; the constant of a
    predicate is learned from the labels of other groups, and is the overall majority where they
    have none of it.
    """
    if not cases:
        return ()
    gold, _ = codes_of(cases)
    majority = int(np.bincount(gold, minlength=len(LABELS)).argmax())
    rows = [
        _score("always supported", gold, np.full_like(gold, SUPPORTED)),
        _score(f"majority label ({LABELS[majority]})", gold, np.full_like(gold, majority)),
    ]
    if len({case.predicate for case in cases}) > 1:
        rows.append(_score("one label a predicate", gold, _by_predicate(cases, gold)))
    return tuple(rows)


def _by_predicate(cases: Sequence[Case], gold: Codes) -> Codes:
    """The most frequent label of each case's predicate in other groups."""
    overall, inside = Counter(gold.tolist()), Counter[tuple[str, int]]()
    everywhere: Counter[tuple[str, int]] = Counter()
    grouped: Counter[tuple[str, str, int]] = Counter()
    for case, code in zip(cases, gold.tolist(), strict=True):
        everywhere[case.predicate, code] += 1
        grouped[case.predicate, cluster_of(case), code] += 1
        inside[cluster_of(case), code] += 1

    def choose(case: Case) -> int:
        group, codes = cluster_of(case), range(len(LABELS))
        own = [
            everywhere[case.predicate, code] - grouped[case.predicate, group, code]
            for code in codes
        ]
        rest = [overall[code] - inside[group, code] for code in codes]
        # Ties go to the label that is more frequent in general, then to the first.
        return max(codes, key=lambda code: (own[code], rest[code], -code))

    return np.array([choose(case) for case in cases], dtype=np.int64)


def _score(name: str, gold: Codes, predicted: Codes) -> Baseline:
    matrix = metrics.confusion_matrix(gold, predicted, classes=len(LABELS))
    return Baseline(
        name=name,
        accuracy=wilson(int((gold == predicted).sum()), len(gold)),
        balanced_accuracy=defined(metrics.balanced_accuracy(matrix)),
        macro_f1=defined(metrics.macro_f1(matrix)),
        refuted_f1=defined(metrics.class_scores(matrix)[LABELS.index("refuted")].f1),
        decided_accuracy=defined(metrics.accuracy(matrix[:UNCLEAR, :UNCLEAR])),
    )
