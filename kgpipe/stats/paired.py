"""Whether two systems that judged the same items differ."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest


class McNemar(NamedTuple):
    """Items that only one of the two has right, and the exact two-sided p value."""

    only_first: int
    only_second: int
    p_value: float


def mcnemar(first_right: NDArray[np.bool_], second_right: NDArray[np.bool_]) -> McNemar:
    """McNemar's test (1947) in its exact form: a sign test on the items judged differently.

    Args:
        first_right: whether each item is right under the first system, shape (n,).
        second_right: the same under the second.
    """
    only_first = int((first_right & ~second_right).sum())
    only_second = int((second_right & ~first_right).sum())
    differing = only_first + only_second
    p_value = float(binomtest(only_first, differing).pvalue) if differing else 1.0
    return McNemar(only_first, only_second, p_value)
