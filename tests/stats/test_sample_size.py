import pytest
from statsmodels.stats.proportion import samplesize_confint_proportion

from kgpipe.stats.intervals import wilson_bounds
from kgpipe.stats.sample_size import labels_needed


@pytest.mark.parametrize("expected", [0.5, 0.7, 0.9])
@pytest.mark.parametrize("margin", [0.1, 0.05, 0.02])
def test_it_is_statsmodels_number_rounded(margin: float, expected: float) -> None:
    theirs = samplesize_confint_proportion(expected, margin)
    assert labels_needed(margin, expected=expected) == round(theirs)


def test_the_textbook_numbers() -> None:
    assert labels_needed(0.1) == 96
    assert labels_needed(0.05) == 384
    # 384.15 / (1 + 383.15 / 1000) = 277.7, Cochran 1977, equation 4.2.
    assert labels_needed(0.05, population=1000) == 278
    assert labels_needed(0.1, design_effect=0.25) == 24


@pytest.mark.parametrize("margin", [0.2, 0.1, 0.05, 0.03])
def test_wilsons_interval_keeps_the_margin_in_the_worst_case(margin: float) -> None:
    low, high = wilson_bounds(0.5, labels_needed(margin))
    assert (high - low) / 2 <= margin


def test_never_more_than_there_are() -> None:
    assert labels_needed(0.001, population=40) <= 40
    assert labels_needed(0.9, population=3) == 1
