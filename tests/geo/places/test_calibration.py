import json
import math
from pathlib import Path

import numpy as np
import pytest

from kgpipe.errors import KgpipeError
from kgpipe.geo.places.calibration import (
    FEATURES,
    LinkModel,
    closeness,
    farthest_km,
    fit_link_model,
    load_link_model,
    standardise,
)


def test_what_ships_is_sensible() -> None:
    model = load_link_model()
    rows = np.array([[0, 0, 1, 1], [0, 0, 0, 0.4], [0, 0, 0, 0]], dtype=np.float64)
    for regime in ("extent", "point"):
        inside, near, far = model.probabilities(rows, regime=regime)
        assert inside > near > far
        assert far < 0.05
    assert model.probabilities(rows[:1], regime="extent")[0] > 0.9
    assert model.fitted_on


def test_a_fit_recovers_what_made_the_outcomes() -> None:
    generator = np.random.default_rng(0)
    features = generator.normal(size=(20_000, 4))
    chances = 1 / (1 + np.exp(-(features @ [0.5, 0.0, 2.0, 1.0] - 1.0)))
    outcomes = (generator.random(20_000) < chances).astype(np.float64)
    model = fit_link_model({"extent": (features, outcomes)}, fitted_on="drawn")
    assert model.weights["extent"] == pytest.approx((0.5, 0.0, 2.0, 1.0, -1.0), abs=0.1)
    again = model.probabilities(features, regime="extent")
    assert np.abs(again - chances).max() < 0.05


def test_pairs_of_one_outcome_cannot_be_fitted_on() -> None:
    with pytest.raises(KgpipeError, match="extent need positive and negative"):
        fit_link_model({"extent": (np.zeros((3, 4)), np.ones(3))}, fitted_on="")


def test_cosines_count_against_those_of_the_index() -> None:
    cosines = np.array([0.90, 0.91, 0.92, 0.93, 0.94, 0.95, 0.96, 0.99])
    found = standardise(cosines)
    assert found.mean() == pytest.approx(0) and found.std() == pytest.approx(1)
    # A model whose cosines are all lower says the same.
    assert standardise(cosines - 0.5) == pytest.approx(found)
    assert not standardise(cosines[:5]).any()
    assert not standardise(np.full(20, 0.3)).any()
    unseen = standardise(np.append(cosines, np.nan))
    assert unseen[-1] == 0 and unseen[:-1] == pytest.approx(found)


def test_closeness_falls_with_distance() -> None:
    assert closeness(np.array([0.0, 10.0])) == pytest.approx([1.0, 1 / math.e])


def test_no_pair_beyond_the_farthest_is_probable() -> None:
    model = LinkModel(weights={"extent": (0.1, 0.1, 3, 4, -5), "point": (0.1, 0.1, 3, 5, -5)})
    farthest = farthest_km(model, least=0.3)
    assert 0 < farthest < 20
    at = closeness(np.array([farthest + 0.1]))[0]
    rows = np.array([[4, 4, 0, at]])
    assert max(model.probabilities(rows, regime=r)[0] for r in ("extent", "point")) < 0.3
    nearer = closeness(np.array([farthest - 0.1]))[0]
    assert model.probabilities(np.array([[4, 4, 0, nearer]]), regime="point")[0] > 0.3
    anywhere = LinkModel(weights={"extent": (9, 9, 0, 0, 0), "point": (9, 9, 0, 0, 0)})
    assert farthest_km(anywhere, least=0.5) == math.inf


def test_weights_of_another_shape_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "data" / "geo" / "link.json"
    path.parent.mkdir(parents=True)
    monkeypatch.setenv("KGPIPE_ASSETS", str(tmp_path))
    path.write_text(json.dumps({"weights": {"extent": [1, 2]}}), encoding="utf-8")
    with pytest.raises(KgpipeError, match=f"extent needs {len(FEATURES['extent']) + 1} weights"):
        load_link_model()
    path.write_text("{", encoding="utf-8")
    with pytest.raises(KgpipeError, match="unusable"):
        load_link_model()
