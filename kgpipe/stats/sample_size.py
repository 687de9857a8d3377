"""How many labels an estimate of a share takes."""

import math

from scipy.stats import norm


def labels_needed(
    margin: float,
    *,
    population: int | None = None,
    expected: float = 0.5,
    design_effect: float = 1.0,
    confidence: float = 0.95,
) -> int:
    """Labels of a random sample after which a share is known to `margin` either way.

    The normal formula with the correction for finite populations (Cochran 1977, section 4.4),
    rounded to the nearest: Wilson's interval, which the report shows, needs four labels less than
    that at a share of a half, so that half a label does not matter.

    Args:
        margin: half the width of the interval, 0.1 for +-10 %.
        population: number of items; None for no correction.
        expected: the share that is expected; a half is the worst case.
        design_effect: variance of the estimator relative to that of the plain share.
        confidence: of the two-sided interval.
    """
    z = float(norm.ppf((1 + confidence) / 2))
    endless = design_effect * z * z * expected * (1 - expected) / margin**2
    needed = endless if population is None else endless / (1 + max(0.0, endless - 1) / population)
    most = math.inf if population is None else population
    return max(1, int(min(most, round(needed))))
