import numpy as np
import pytest
from statsmodels.stats.contingency_tables import mcnemar as reference

from kgpipe.stats.paired import mcnemar


def test_it_counts_what_only_one_has_right() -> None:
    first = np.array([True] * 9 + [False] + [True] * 5)
    second = np.array([False] * 9 + [True] + [True] * 5)
    test = mcnemar(first, second)
    assert (test.only_first, test.only_second) == (9, 1)
    # Twice the chance of nine or ten heads in ten throws: 2 * 11 / 1024.
    assert test.p_value == pytest.approx(22 / 1024)


def test_the_same_answers_do_not_differ() -> None:
    right = np.array([True, False, True])
    assert mcnemar(right, right).p_value == 1.0


def test_it_equals_statsmodels() -> None:
    generator = np.random.default_rng(4)
    first, second = generator.random(80) < 0.8, generator.random(80) < 0.6
    table = [
        [int((first & second).sum()), int((first & ~second).sum())],
        [int((~first & second).sum()), int((~first & ~second).sum())],
    ]
    assert mcnemar(first, second).p_value == pytest.approx(reference(table, exact=True).pvalue)
