"""What reviewers know: where their labels agreed with what was settled, by subject matter.

Facts are grouped by the density of their embeddings ("Identify Then Recommend", arXiv 2410.23757,
section 3.1); a fact labelled before counts for the group whose centre is nearest.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kgpipe.labels import settle_labels
from kgpipe.ports import Embedder
from kgpipe.stats.density_groups import density_groups
from kgpipe.types import Claim, Label

# The time of grouping grows with the square; facts beyond join the nearest group.
_GROUPED = 3_000
# A reviewer's rate in a group counts as if so many labels had gone as all of theirs did.
_PRIOR_LABELS = 4.0

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Past(NamedTuple):
    """A label that can be held against what others say: of which fact, by whom, whether it fits."""

    claim: Claim
    reviewer: str
    agrees: bool


def find_past(
    claims: Sequence[Claim],
    labels: Mapping[str, Sequence[Label]],
    *,
    reviewers: Collection[str],
) -> list[Past]:
    """The labels of `reviewers` on facts that an adjudicator, or all others together, settled.

    Args:
        claims: of the graph.
        labels: by key.
        reviewers: whose labels.
    """
    past = []
    for claim in claims:
        own = [label for key in claim.keys for label in labels.get(key, ())]
        for label in own:
            others = [one for one in own if one.annotator != label.annotator]
            if label.annotator in reviewers and (settled := settle_labels(others)):
                past.append(Past(claim, label.annotator, label.label == settled))
    return past


def measure_knowledge(
    claims: Sequence[Claim],
    past: Sequence[Past],
    *,
    reviewers: Sequence[str],
    embedder: Embedder,
) -> Floats:
    """By how much each reviewer does better on each fact than on all facts; (reviewers, claims).

    Rates are drawn towards the reviewer's own mean, and rounded to tenths, so that a difference of
    a few labels decides nothing. Zeros where nothing is known.

    Args:
        claims: to be reviewed.
        past: see `find_past`.
        reviewers: in the order of the rows.
        embedder: for the facts.
    """
    advantage = np.zeros((len(reviewers), len(claims)))
    if not past or not claims:
        return advantage
    vectors = embedder.embed([_wording(claim) for claim in claims])
    groups = density_groups(vectors[:_GROUPED], rng=np.random.default_rng(0))
    centres = np.stack([
        vectors[:_GROUPED][groups == group].mean(axis=0) for group in range(groups.max() + 1)
    ])  # fmt: skip
    centres /= np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-9)
    group_of = np.concatenate([groups, _nearest(vectors[_GROUPED:], centres)])
    past_group = _nearest(embedder.embed([_wording(one.claim) for one in past]), centres)
    agrees = np.array([one.agrees for one in past], dtype=np.float64)
    for row, reviewer in enumerate(reviewers):
        own = np.array([one.reviewer == reviewer for one in past], dtype=bool)
        if not own.any():
            continue
        mean = float(agrees[own].mean())
        given = np.bincount(past_group[own], minlength=len(centres))
        fits = np.bincount(past_group[own], weights=agrees[own], minlength=len(centres))
        rate = (fits + _PRIOR_LABELS * mean) / (given + _PRIOR_LABELS)
        # Nought is nought, not minus nought.
        advantage[row] = (rate - mean).round(1)[group_of] + 0.0
    return advantage


def _nearest(vectors: NDArray[np.float32], centres: NDArray[np.float32]) -> Ints:
    return np.asarray((vectors @ centres.T).argmax(axis=1), dtype=np.int64)


def _wording(claim: Claim) -> str:
    return f"{claim.subject} {claim.predicate} {claim.object}"
