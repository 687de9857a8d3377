"""The probability that a tile shows an entity, from what speaks for the pair.

A logistic regression a kind of evidence, since the same distance says something else about a place
whose outline is known than about one of which a gazetteer tells centre and size:

- `extent`: the place has an outline, or exact coordinates;
- `point`: it has a centre and a rough radius;
- `text`: nothing is known of its place, only the words about it.

Cosines count in standard deviations over the tiles of the index, so that weights fitted with one
model hold for another whose cosines are all high, or all low. The weights in `data/geo/link.json`
come from `kgpipe bench geo_links`, which tells how well calibrated they are on places held out.
"""

import json
import math
from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from kgpipe.assets import asset_path
from kgpipe.errors import KgpipeError
from kgpipe.ids import content_id
from kgpipe.stats.logistic import fit_logistic, log_odds
from kgpipe.types import Record

Floats = NDArray[np.float64]
Regime = Literal["extent", "point", "text"]

SHIPPED = "data/geo/link.json"
FEATURES: Mapping[Regime, tuple[str, ...]] = {
    "extent": ("text", "location", "containment", "closeness"),
    "point": ("text", "location", "containment", "closeness"),
    "text": ("text",),
}
# Closeness falls to a third at this distance: about as far as one mining site reaches.
SCALE_KM = 10.0
# Weights that no pair speaks against stay near 0; of many thousand pairs this changes none.
_PENALTY = 1.0
# Too few tiles, or all alike, tell nothing of what is much.
_FEWEST_TILES, _LEAST_SPREAD = 8, 1e-6


class LinkModel(Record):
    """Weights by kind of evidence, in the order of `FEATURES`, the intercept last."""

    weights: dict[Regime, tuple[float, ...]]
    fitted_on: str = ""

    @property
    def digest(self) -> str:
        """Changes with the weights."""
        return content_id("link", self.model_dump(mode="json")["weights"])

    def probabilities(self, features: Floats, *, regime: Regime) -> Floats:
        """Of each row of features, shape (pairs, features of the regime)."""
        found: Floats = expit(log_odds(features, np.array(self.weights[regime])))
        return found


def load_link_model() -> LinkModel:
    """The weights that ship with kgpipe, or the user's (see `assets`).

    Raises:
        KgpipeError: the file is missing or unusable.
    """
    path = asset_path(SHIPPED)
    try:
        model = LinkModel.model_validate(json.loads(path.read_bytes()))
    except ValueError as error:
        raise KgpipeError(f"The weights {path} are unusable: {error}") from error
    for regime, names in FEATURES.items():
        if len(model.weights.get(regime, ())) != len(names) + 1:
            raise KgpipeError(f"{path}: {regime} needs {len(names) + 1} weights.")
    return model


def fit_link_model(pairs: Mapping[Regime, tuple[Floats, Floats]], *, fitted_on: str) -> LinkModel:
    """Fit weights on pairs of known outcome.

    Args:
        pairs: by kind of evidence the features, shape (pairs, features), and the outcomes, 0 or 1.
        fitted_on: what they are, in words.

    Raises:
        KgpipeError: a kind of evidence has no positive or no negative pair.
    """
    weights: dict[Regime, tuple[float, ...]] = {}
    for regime, (features, outcomes) in pairs.items():
        if not 0 < outcomes.sum() < len(outcomes):
            raise KgpipeError(f"Pairs of {regime} need positive and negative ones to be fitted on.")
        penalties = np.full(features.shape[1], _PENALTY)
        fitted = fit_logistic(features, outcomes, penalties=penalties)
        weights[regime] = tuple(round(weight, 4) for weight in fitted.tolist())
    return LinkModel(weights=weights, fitted_on=fitted_on)


def standardise(cosines: Floats) -> Floats:
    """Cosines of one thing with all tiles, in standard deviations; 0 where there is no telling."""
    seen = np.isfinite(cosines)
    if seen.sum() < _FEWEST_TILES or (spread := float(cosines[seen].std())) < _LEAST_SPREAD:
        return np.zeros_like(cosines)
    standard: Floats = np.where(seen, (cosines - cosines[seen].mean()) / spread, 0.0)
    return standard


def closeness(distance_km: Floats) -> Floats:
    """1 inside of a place, falling to 0 with the distance from it."""
    near: Floats = np.exp(-distance_km / SCALE_KM)
    return near


def farthest_km(model: LinkModel, *, least: float) -> float:
    """Beyond this distance no place reaches a probability of `least`, whatever its cosines.

    Cosines are taken to be four standard deviations above the mean at the most.
    """
    farthest = 0.0
    for regime in ("extent", "point"):
        text, location, _, near, intercept = model.weights[regime]
        best = intercept + 4 * (max(text, 0.0) + max(location, 0.0))
        lacking = math.log(least / (1 - least)) - best
        if lacking <= 0:
            return math.inf
        if near > 0 and lacking < near:
            farthest = max(farthest, -SCALE_KM * math.log(lacking / near))
    return farthest
