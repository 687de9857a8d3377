"""Random numbers that do not depend on which tests ran before."""

import numpy as np
import pytest


@pytest.fixture
def rng() -> np.random.Generator:
    """A generator that every test begins anew."""
    return np.random.default_rng(11)
