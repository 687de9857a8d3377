"""Where to cut a probability so that what lies above it is right as often as wanted."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kgpipe.stats.intervals import Estimate, wilson

Floats = NDArray[np.float64]


class Cut(NamedTuple):
    """Items at `threshold` or above: how many of them are right, and their share of all."""

    threshold: float
    precision: Estimate
    coverage: float


def list_cuts(scores: Floats, right: NDArray[np.bool_]) -> list[Cut]:
    """Every cut that the scores allow, the highest first.

    Args:
        scores: how sure each item is, shape (n,).
        right: whether it is right, shape (n,).
    """
    # Rounded before they meet a threshold, as products differ in the last digits.
    levels = scores.round(6)
    cuts = []
    for level in np.unique(levels)[::-1].tolist():
        above = levels >= level
        count = int(above.sum())
        cuts.append(Cut(level, wilson(int(right[above].sum()), count), count / len(levels)))
    return cuts


def cut_for_precision(
    scores: Floats, right: NDArray[np.bool_], *, precision: float, surely: bool = True
) -> Cut | None:
    """The cut of the greatest coverage whose precision is as wanted; None if there is none.

    The best of many cuts flatters itself: judge the one chosen by labels that did not choose it.

    Args:
        scores: how sure each item is, shape (n,).
        right: whether it is right, shape (n,).
        precision: the share that is to be right.
        surely: the lower end of Wilson's 95 % interval has to reach it, not just the share itself.
    """

    def reached(cut: Cut) -> bool:
        value = cut.precision.low if surely else cut.precision.value
        return value is not None and value >= precision

    fitting = [cut for cut in list_cuts(scores, right) if reached(cut)]
    return fitting[-1] if fitting else None
