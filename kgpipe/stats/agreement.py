"""How far annotators agree beyond chance: Cohen's and Fleiss' kappa, Krippendorff's alpha.

Ratings are an array of shape (items, annotators) of class codes 0..k-1, or `MISSING` where an
annotator did not rate an item. All figures are for nominal classes, at most 1, 0 where annotators
agree as often as chance would have it; nan where that is undefined, since all ratings are alike.
"""

from collections.abc import Callable, Hashable, Sequence
from itertools import combinations

import numpy as np

from kgpipe.stats.intervals import Estimate, Indices, cluster_bootstrap
from kgpipe.stats.metrics import Ints, cohen_kappa, confusion_matrix

MISSING = -1


def count_ratings(ratings: Ints, *, classes: int) -> Ints:
    """How many annotators put each item into each class: shape (items, classes)."""
    return np.stack([(ratings == code).sum(axis=1) for code in range(classes)], axis=1)


def observed_agreement(counts: Ints) -> float:
    """Mean share of an item's pairs of ratings that are equal, over items with two or more."""
    counts, sizes = _rated_twice(counts)
    if not len(counts):
        return float("nan")
    return float((_equal_pairs(counts) / (sizes * (sizes - 1))).mean())


def fleiss_kappa(counts: Ints) -> float:
    """Agreement among any annotators (Fleiss 1971), from `count_ratings`.

    Items may have different numbers of ratings, as in his generalisation: each counts once for
    agreement, each rating once for chance. Items with fewer than two ratings do not count.
    """
    counts, sizes = _rated_twice(counts)
    if not len(counts):
        return float("nan")
    shares = counts.sum(axis=0) / sizes.sum()
    return _beyond(observed_agreement(counts), float((shares**2).sum()))


def krippendorff_alpha(counts: Ints) -> float:
    """Agreement of the whole data, with missing ratings and few items allowed for.

    Nominal, from the matrix of coincidences (Krippendorff 2018, section 12.3): an item with m
    ratings gives each of its pairs the weight 1 / (m - 1).
    """
    counts, sizes = _rated_twice(counts)
    total = float(sizes.sum())
    if not len(counts):
        return float("nan")
    equal = float((_equal_pairs(counts) / (sizes - 1)).sum()) / total
    values = counts.sum(axis=0).astype(np.float64)
    by_chance = float((values * (values - 1)).sum()) / (total * (total - 1))
    return _beyond(equal, by_chance)


def estimate_pair(
    first: Ints, second: Ints, *, classes: int, groups: Sequence[Hashable]
) -> Estimate:
    """Cohen's kappa of two annotators over the items that both rated, with a bootstrap interval.

    Args:
        first: ratings, shape (items,).
        second: ratings, shape (items,).
        classes: number of classes.
        groups: what makes items dependent on one another, shape (items,).
    """
    both = np.flatnonzero((first != MISSING) & (second != MISSING))
    one, other = first[both], second[both]

    def kappa(drawn: Indices) -> tuple[float, ...]:
        return (cohen_kappa(confusion_matrix(one[drawn], other[drawn], classes=classes)),)

    return cluster_bootstrap(kappa, [groups[item] for item in both.tolist()])[0]


def estimate_agreement(
    ratings: Ints, *, classes: int, groups: Sequence[Hashable]
) -> dict[str, Estimate]:
    """Observed agreement, Fleiss' kappa and Krippendorff's alpha with bootstrap intervals.

    Args:
        ratings: shape (items, annotators).
        classes: number of classes.
        groups: what makes items dependent on one another, shape (items,).
    """
    figures: dict[str, Callable[[Ints], float]] = {
        "observed": observed_agreement, "fleiss": fleiss_kappa, "krippendorff": krippendorff_alpha,
    }  # fmt: skip
    counts = count_ratings(ratings, classes=classes)
    shared = np.flatnonzero(counts.sum(axis=1) > 1)
    counts = counts[shared]

    def all_figures(drawn: Indices) -> list[float]:
        return [figure(counts[drawn]) for figure in figures.values()]

    found = cluster_bootstrap(all_figures, [groups[item] for item in shared.tolist()])
    return dict(zip(figures, found, strict=True))


def pair_annotators(ratings: Ints) -> list[tuple[int, int]]:
    """Pairs of annotators (by column) who rated an item in common."""
    rated = (ratings != MISSING).astype(np.int64)
    shared = rated.T @ rated
    return [pair for pair in combinations(range(ratings.shape[1]), 2) if shared[pair]]


def _rated_twice(counts: Ints) -> tuple[Ints, Ints]:
    sizes = counts.sum(axis=1)
    return counts[sizes > 1], sizes[sizes > 1]


def _equal_pairs(counts: Ints) -> Ints:
    """Ordered pairs of equal ratings of each item."""
    pairs: Ints = (counts * (counts - 1)).sum(axis=1)
    return pairs


def _beyond(observed: float, by_chance: float) -> float:
    return (observed - by_chance) / (1 - by_chance) if by_chance < 1 else float("nan")
