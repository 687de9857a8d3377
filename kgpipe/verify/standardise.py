"""Adapts a model to a predicate that it was not fitted on, from that predicate's own claims.

How often an object stands beside a subject differs by predicate: a player is named with many teams
that he only played against. Where a batch holds enough claims of a predicate, each signal is
measured against the others of the same predicate. No label is read, but it is assumed that about
as large a share of these claims is true as of those that the model was fitted on.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kgpipe.verify.fusion import Inputs

Floats = NDArray[np.float64]

# Below this the mean of a predicate's claims says more of chance than of the predicate.
MIN_CLAIMS = 30


class Scale(NamedTuple):
    """Mean and standard deviation of each signal, shape (s,); infinite where one never varies."""

    mean: Floats
    spread: Floats


def measure(signals: Floats) -> Scale:
    """The scale of some claims' signals, shape (n, s)."""
    spread = signals.std(axis=0)
    # A signal that never varies says nothing.
    return Scale(signals.mean(axis=0), np.where(spread < 1e-9, np.inf, spread))


def apply_scale(signals: Floats, scale: Scale) -> Floats:
    """The signals as standard deviations from the mean, shape (n, s)."""
    scaled: Floats = (signals - scale.mean) / scale.spread
    return scaled


def scales_of_predicates(predicates: Sequence[str], signals: Floats) -> dict[str, Scale]:
    """The scale of every predicate of at least `MIN_CLAIMS` claims."""
    names = np.array(predicates)
    common = sorted(name for name, n in Counter(predicates).items() if n >= MIN_CLAIMS)
    return {name: measure(signals[names == name]) for name in common}


def typical_spread(scales: Iterable[Scale]) -> Floats:
    """The mean standard deviation of each signal, shape (s,), over scales in which it varies."""
    spreads = np.array([np.where(np.isfinite(scale.spread), scale.spread, 0) for scale in scales])
    if not len(spreads):
        return np.zeros(0)
    total, count = spreads.sum(axis=0), (spreads > 0).sum(axis=0)
    typical: Floats = np.where(count > 0, total / np.maximum(count, 1), np.inf)
    return typical


def within_predicates(inputs: Inputs) -> Inputs:
    """The signals as standard deviations from the mean of their predicate.

    Predicates of fewer than `MIN_CLAIMS` claims are measured against all claims.
    """
    names = np.array(inputs.predicates)
    signals = apply_scale(inputs.signals, measure(inputs.signals))
    for name, scale in scales_of_predicates(inputs.predicates, inputs.signals).items():
        signals[names == name] = apply_scale(inputs.signals[names == name], scale)
    return inputs._replace(signals=signals)
