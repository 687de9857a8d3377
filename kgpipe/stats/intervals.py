"""Confidence intervals: Wilson's for a share, the cluster bootstrap for anything else.

Where every resample gives the same 0 or 1 the bootstrap knows no interval: see `cluster_bootstrap`.
"""

import math
from collections.abc import Callable, Collection, Hashable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from kgpipe.types import Record

# Figures are stored to this many digits, so that a report does not differ by the last bit.
DIGITS = 6

Indices = NDArray[np.int64]


class Estimate(Record):
    """A figure, its interval, and the number `n` of units (items or groups) behind it.

    `value` is None where the figure is undefined, `low` and `high` where no interval can be given.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0
    method: Literal[
        "none", "wilson", "cluster bootstrap", "clopper-pearson", "prediction-powered"
    ] = "none"


def defined(value: float) -> float | None:
    """Round a figure for storage; nan becomes None, since JSON has no nan."""
    return None if math.isnan(value) else round(float(value), DIGITS)


def wilson(successes: int, n: int, *, confidence: float = 0.95) -> Estimate:
    """Share `successes / n` with Wilson's score interval (Wilson 1927), for independent items."""
    if not n:
        return Estimate(value=None, method="wilson")
    share = successes / n
    low, high = wilson_bounds(share, n, confidence=confidence)
    return Estimate(
        value=defined(share), low=defined(low), high=defined(high), n=n, method="wilson"
    )


def wilson_bounds(share: float, size: float, *, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's interval of a share of `size` items, which may be an effective size."""
    z = float(norm.ppf((1 + confidence) / 2))
    centre = (share + z * z / (2 * size)) / (1 + z * z / size)
    variance = share * (1 - share) / size + z * z / (4 * size * size)
    half = z / (1 + z * z / size) * math.sqrt(variance)
    return max(0.0, centre - half), min(1.0, centre + half)


def cluster_bootstrap(
    statistic: Callable[[Indices], Sequence[float]],
    groups: Sequence[Hashable],
    *,
    resamples: int = 1000,
    seed: int = 0,
    confidence: float = 0.95,
    shares: Collection[int] = (),
) -> list[Estimate]:
    """Percentile intervals of several figures at once, resampling whole groups.

    Items of one group (a document, a subject) are not independent, so groups are drawn with
    replacement and bring all their items (Davison and Hinkley 1997, section 3.8). Resamples where a
    figure is undefined are left out of its interval; with fewer than two groups there is none.

    A figure of 0 or 1 in every resample has no interval that way: what is not in the sample cannot
    be drawn. A share then has Clopper and Pearson's (1934) over the groups in which it is defined;
    it holds for means of anything from 0 to 1, of which single draws of 0 or 1 are the widest case.
    Other figures have none.

    Args:
        statistic: maps item indices, repeated as drawn, to the figures (nan where undefined).
        groups: the group of each item, shape (n,).
        resamples: number of draws.
        seed: of numpy's generator; the same seed gives the same intervals.
        confidence: of the two-sided interval.
        shares: places, among the figures, of those that are shares or means of values from 0 to 1.
    """
    values = list(statistic(np.arange(len(groups), dtype=np.int64)))
    order, starts, sizes = _layout(groups)
    count = len(sizes)
    if count < 2:
        return [Estimate(value=defined(value), n=count) for value in values]
    generator = np.random.default_rng(seed)
    draws = np.array(
        [
            statistic(_members(generator.integers(count, size=count), order, starts, sizes))
            for _ in range(resamples)
        ],
        dtype=np.float64,
    )
    estimates = []
    for column, value in enumerate(values):
        kept = draws[~np.isnan(draws[:, column]), column]
        if math.isnan(value) or not len(kept):
            estimates.append(Estimate(value=defined(value), n=count))
        elif value not in (0, 1) or (kept != value).any():
            estimates.append(_percentiles(value, kept, n=count, confidence=confidence))
        elif column in shares:
            own = [
                statistic(_members(np.array([group]), order, starts, sizes))[column]
                for group in range(count)
            ]
            defined_in = len(own) - sum(map(math.isnan, own))
            estimates.append(_exact(value, n=defined_in, confidence=confidence))
        else:
            estimates.append(Estimate(value=defined(value), n=count))
    return estimates


def _percentiles(
    value: float, draws: NDArray[np.float64], *, n: int, confidence: float
) -> Estimate:
    tail = 50 * (1 - confidence)
    low, high = np.percentile(draws, [tail, 100 - tail])
    return Estimate(
        value=defined(value),
        low=defined(float(low)),
        high=defined(float(high)),
        n=n,
        method="cluster bootstrap",
    )


def _exact(value: float, *, n: int, confidence: float) -> Estimate:
    """Clopper and Pearson's interval of a share that is 0 or 1 in all of `n` groups."""
    reach = 1 - ((1 - confidence) / 2) ** (1 / n)
    return Estimate(
        value=defined(value),
        low=defined(max(0.0, value - reach)),
        high=defined(min(1.0, value + reach)),
        n=n,
        method="clopper-pearson",
    )


def _layout(groups: Sequence[Hashable]) -> tuple[Indices, Indices, Indices]:
    """Items sorted by group, and where each group's run starts and how long it is."""
    numbers: dict[Hashable, int] = {}
    codes = np.array([numbers.setdefault(group, len(numbers)) for group in groups], dtype=np.int64)
    sizes = np.bincount(codes, minlength=len(numbers)).astype(np.int64)
    return np.argsort(codes, kind="stable"), np.cumsum(sizes) - sizes, sizes


def _members(drawn: Indices, order: Indices, starts: Indices, sizes: Indices) -> Indices:
    """Indices of all items of the drawn groups, one run after the other."""
    lengths = sizes[drawn]
    ends = np.cumsum(lengths)
    within = np.arange(ends[-1]) - np.repeat(ends - lengths, lengths)
    members: Indices = order[np.repeat(starts[drawn], lengths) + within]
    return members
