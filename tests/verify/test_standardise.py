import numpy as np
import pytest

from kgpipe.verify.fusion import Inputs
from kgpipe.verify.signals import SIGNALS
from kgpipe.verify.standardise import MIN_CLAIMS, within_predicates


def test_each_predicate_is_measured_against_itself() -> None:
    generator = np.random.default_rng(0)
    predicates = ("p",) * 40 + ("q",) * 60 + ("rare",) * (MIN_CLAIMS - 1)
    signals = generator.normal(size=(len(predicates), len(SIGNALS)))
    signals[40:100] += 5.0
    signals[:, 3] = 7.0
    nothing = np.zeros((len(predicates), 0))
    scaled = within_predicates(Inputs(predicates, signals, nothing, nothing)).signals
    for own in (slice(0, 40), slice(40, 100)):
        assert scaled[own, 0].mean() == pytest.approx(0.0, abs=1e-9)
        assert scaled[own, 0].std() == pytest.approx(1.0)
    everything = (signals[:, 0] - signals[:, 0].mean()) / signals[:, 0].std()
    assert scaled[100:, 0] == pytest.approx(everything[100:])
    # What never varies says nothing, rather than dividing by nought.
    assert not scaled[:, 3].any()
