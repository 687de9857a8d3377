import numpy as np
import pytest
from sklearn.metrics import precision_recall_curve

from kgpipe.stats.thresholds import cut_for_precision, list_cuts


def test_cuts_equal_scikit_learns_curve() -> None:
    generator = np.random.default_rng(6)
    scores = generator.random(200).round(2)
    right = generator.random(200) < scores
    precisions, _, thresholds = precision_recall_curve(right, scores)
    cuts = list_cuts(scores, right)[::-1]
    assert [cut.threshold for cut in cuts] == pytest.approx(thresholds.tolist())
    assert [cut.precision.value for cut in cuts] == pytest.approx(
        precisions[:-1].tolist(), abs=1e-6
    )
    assert cuts[0].coverage == 1


def test_the_lowest_cut_that_is_precise_enough() -> None:
    scores = np.array([0.9] * 40 + [0.7] * 10 + [0.6] * 10)
    right = np.array([True] * 40 + [True] * 9 + [False] + [False] * 10)
    cut = cut_for_precision(scores, right, precision=0.95, surely=False)
    assert cut and (cut.threshold, cut.precision.value) == (0.7, 0.98)
    # 49 of 50 may be .895, 40 of 40 are at least .912.
    sure = cut_for_precision(scores, right, precision=0.9)
    assert sure and (sure.threshold, sure.precision.n) == (0.9, 40)
    assert sure.coverage == pytest.approx(2 / 3)
    assert cut_for_precision(scores, right, precision=0.99) is None
    assert cut_for_precision(np.array([]), np.array([], dtype=bool), precision=0.5) is None
