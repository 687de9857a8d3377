import numpy as np
import pytest

pytest.importorskip("torch", reason="PyTorch is an extra")

from kgpipe.bench.geo_categories import choose_rule


def test_a_rare_category_that_overlaps_a_common_one_gets_its_prior_back() -> None:
    rng = np.random.default_rng(0)
    codes = np.repeat(np.arange(2), [900, 60])
    vectors = (1.5 * codes[:, None] + rng.normal(size=(len(codes), 1))).astype(np.float32)
    rule = choose_rule(vectors, codes, groups=range(len(codes)))
    assert rule.returned >= 0.25
    # Nothing is gained by that where both are as common.
    even = np.concatenate([np.arange(60), np.arange(900, 960)])
    assert choose_rule(vectors[even], codes[even], groups=range(120)).returned == 0.0
