"""Adapts a model to a predicate that it was not fitted on, from that predicate's own claims.

How often an object stands beside a subject differs by predicate: a player is named with many teams
that he only played against. Where a batch holds enough claims of a predicate, each signal is
measured against the others of the same predicate. No label is read, but it is assumed that about
as large a share of these claims is true as of those that the model was fitted on.
"""

import numpy as np
from numpy.typing import NDArray

from kgpipe.verify.fusion import Inputs

Floats = NDArray[np.float64]

# Below this the mean of a predicate's claims says more of chance than of the predicate.
MIN_CLAIMS = 30


def within_predicates(inputs: Inputs) -> Inputs:
    """The signals as standard deviations from the mean of their predicate.

    Predicates of fewer than `MIN_CLAIMS` claims are measured against all claims.
    """
    names = np.array(inputs.predicates)
    signals = _scaled(inputs.signals)
    for name in sorted(set(inputs.predicates)):
        own = names == name
        if own.sum() >= MIN_CLAIMS:
            signals[own] = _scaled(inputs.signals[own])
    return inputs._replace(signals=signals)


def _scaled(signals: Floats) -> Floats:
    spread = signals.std(axis=0)
    # A signal that never varies says nothing.
    scaled: Floats = (signals - signals.mean(axis=0)) / np.where(spread < 1e-9, np.inf, spread)
    return scaled
