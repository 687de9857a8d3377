"""How far reviewers agree about the facts that two or more of them labelled."""

from collections import defaultdict
from typing import get_args

import numpy as np

from kgpipe.review.wordings import Review
from kgpipe.stats.agreement import MISSING, estimate_agreement, estimate_pair, pair_annotators
from kgpipe.stats.intervals import Estimate
from kgpipe.types import Polarity, Record

_LABELS: tuple[Polarity, ...] = get_args(Polarity)


class PairAgreement(Record):
    """Cohen's kappa of two reviewers over the `shared` facts that both labelled."""

    first: str
    second: str
    shared: int
    kappa: Estimate


class Agreement(Record):
    """Agreement of all reviewers over the `facts` that two or more of them labelled."""

    facts: int
    observed: Estimate
    fleiss: Estimate
    krippendorff: Estimate
    pairs: tuple[PairAgreement, ...]


def measure_agreement(review: Review) -> Agreement:
    """Measure agreement over facts; intervals draw all facts of a subject, for they are related.

    A reviewer who labelled wordings of one fact differently has no rating of it. What adjudicators
    say does not count, since they have seen the others' labels.
    """
    ratings: dict[str, dict[str, Polarity]] = {}
    for claim, labels in review.labels.items():
        said: defaultdict[str, set[Polarity]] = defaultdict(set)
        for label in labels:
            if label.role == "reviewer":
                said[label.annotator].add(label.label)
        rated = {name: next(iter(given)) for name, given in said.items() if len(given) == 1}
        if len(rated) > 1:
            ratings[claim] = rated
    people = sorted({name for rated in ratings.values() for name in rated})
    table = np.full((len(ratings), len(people)), MISSING, dtype=np.int64)
    for row, rated in enumerate(ratings.values()):
        for name, polarity in rated.items():
            table[row, people.index(name)] = _LABELS.index(polarity)
    groups = [review.facts[claim].subject_id for claim in ratings]
    pairs = tuple(
        PairAgreement(
            first=people[a],
            second=people[b],
            shared=int(((table[:, a] != MISSING) & (table[:, b] != MISSING)).sum()),
            kappa=estimate_pair(table[:, a], table[:, b], classes=len(_LABELS), groups=groups),
        )
        for a, b in pair_annotators(table)
    )
    found = estimate_agreement(table, classes=len(_LABELS), groups=groups)
    return Agreement(facts=len(ratings), pairs=pairs, **found)


def describe_agreement(agreement: Agreement) -> list[str]:
    """Lines for people; none where no fact was labelled by two."""
    if not agreement.facts:
        return []
    return [
        f"{_figure(agreement.observed, percent=True)} of pairs of labels are equal, over "
        f"{agreement.facts} facts labelled by two or more",
        f"{_figure(agreement.krippendorff)} Krippendorff's alpha",
        f"{_figure(agreement.fleiss)} Fleiss' kappa",
        *(
            f"{_figure(pair.kappa)} Cohen's kappa of {pair.first or 'nobody named'} and "
            f"{pair.second or 'nobody named'} ({pair.shared} facts)"
            for pair in agreement.pairs
        ),
    ]


def _figure(estimate: Estimate, *, percent: bool = False) -> str:
    """A figure with its interval: "0.71 (0.52 to 0.86)"."""

    def write(value: float) -> str:
        return f"{value:.0%}" if percent else f"{value:.2f}"

    if estimate.value is None:
        # All labels are alike, so that chance alone would explain it.
        return "undefined:"
    if estimate.low is None or estimate.high is None:
        return write(estimate.value)
    return f"{write(estimate.value)} ({write(estimate.low)} to {write(estimate.high)})"
