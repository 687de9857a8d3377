"""Curves over probabilities: are they calibrated, and what does abstaining buy."""

from collections.abc import Sequence

import numpy as np

from kgpipe.evaluate.cases import Case, rate_cases
from kgpipe.stats import metrics
from kgpipe.stats.intervals import Estimate, defined, wilson
from kgpipe.types import Record

# A curve of more points than this looks no different.
_POINTS = 40


class ReliabilityRow(Record):
    """Claims whose probability lies in `low..high`, and the share of them that is true."""

    low: float
    high: float
    mean_probability: float
    true: Estimate


class RiskPoint(Record):
    """The surest part of the claims, those at least as sure as `sureness`: how many are wrong."""

    coverage: float
    sureness: float
    risk: Estimate


class RiskCoverage(Record):
    """Risk at growing coverage; `area` is the mean risk over all coverages (0 is best)."""

    points: tuple[RiskPoint, ...] = ()
    area: float | None = None


def draw_reliability(judged: Sequence[Case]) -> tuple[ReliabilityRow, ...]:
    """Ten bins of equal width; empty ones are left out."""
    rated = rate_cases(judged)
    return tuple(
        ReliabilityRow(
            low=one.low,
            high=one.high,
            mean_probability=defined(one.mean_probability) or 0.0,
            true=wilson(one.true, one.total),
        )
        for one in metrics.reliability_bins(rated.probabilities, rated.outcomes)
    )


def draw_risk_coverage(judged: Sequence[Case]) -> RiskCoverage:
    """Errors if only the surest verdicts counted (El-Yaniv and Wiener 2010).

    Each claim is called true at a probability of a half or more, and sure by its distance from a
    half; equally sure claims enter together.
    """
    rated = rate_cases(judged)
    if not len(rated.places):
        return RiskCoverage()
    # Rounded before it meets the threshold, as products differ in the last digits.
    chances = rated.probabilities.round(6)
    sureness = np.maximum(chances, 1 - chances).round(6)
    ends, risks = metrics.risk_coverage(sureness, (chances >= 0.5) != (rated.outcomes == 1))
    wanted = np.unique(np.searchsorted(ends, np.arange(1, _POINTS + 1) / _POINTS * len(chances)))
    ordered = -np.sort(-sureness)
    points = tuple(
        RiskPoint(
            coverage=round(int(ends[at]) / len(chances), 6),
            sureness=float(ordered[ends[at] - 1]),
            risk=wilson(round(float(risks[at]) * int(ends[at])), int(ends[at])),
        )
        for at in wanted.tolist()
    )
    widths = np.diff(ends, prepend=0) / len(chances)
    return RiskCoverage(points=points, area=defined(float((risks * widths).sum())))
