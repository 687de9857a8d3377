"""`bench geo`, part `ablation`: without each loss and each mechanism in turn, scenes held out."""

from typing import Any

import numpy as np

from kgpipe.bench.geo_encoders import Workshop
from kgpipe.bench.geo_s1s2 import (
    AT,
    Held,
    describe_crops,
    difference,
    hold_out_scenes,
    probe_scenes,
    score_labels,
)
from kgpipe.geo.data.table import TileTable
from kgpipe.geo.measuring.metrics import Floats, compare
from kgpipe.geo.training.settings import GeoSettings

_SEED = 0
# The descriptions of the crops would only repeat their labels.
_LOSSES = ("reconstruction", "inter", "intra", "labels", "location", "points")


def bench_ablation(tiles: TileTable, workshop: Workshop) -> dict[str, Any]:
    """What retrieval across sensors and land cover lose (below 0) or gain against the recipe."""
    crops = describe_crops(tiles)
    full = hold_out_scenes("full", crops, workshop)
    full_scores = probe_scenes(crops, full.vectors)
    report: dict[str, Any] = {
        "recipe": {
            f"recall_at_{AT}": _compare_hits(full, full)["first"],
            "mean_average_precision": score_labels(full_scores, crops)["macro"],
        }
    }
    for name, changes in list_ablations(workshop.settings).items():
        held = hold_out_scenes(name, crops, workshop, changes=changes)
        scores: Floats = probe_scenes(crops, held.vectors)
        hits = _compare_hits(held, full)
        report[name] = {
            f"recall_at_{AT}": hits["first"],
            f"recall_at_{AT}_against_recipe": hits["difference"],
            "mean_average_precision": score_labels(scores, crops)["macro"],
            "mean_average_precision_against_recipe": difference(scores, full_scores, crops),
        }
    return report


def list_ablations(settings: GeoSettings) -> dict[str, dict[str, Any]]:
    """Changes of the recipe by name: each of its losses off, other mechanisms, other similarity."""
    weights = settings.weights.model_dump()
    without: dict[str, dict[str, Any]] = {
        f"without_{loss}": {"weights": weights | {loss: 0.0}} for loss in _LOSSES if weights[loss]
    }
    return without | {
        "without_the_cross_encoder": {"joint": False},
        "without_views": {
            "augment": {
                "crop_from": 1.0, "turn": False, "brightness": 0.0, "contrast": 0.0, "gain": 0.0,
                "noise": 0.0, "blur": 0.0,
            }
        },
        "patches_without_convolutions": {"stem": "patch"},
        "satmae_band_groups": {"encoder": "satmae", "stem": "patch"},
        "labels_any": {"label_similarity": "any"},
        "labels_per_label": {"label_similarity": "per_label"},
    }  # fmt: skip


def _compare_hits(held: Held, full: Held) -> dict[str, Any]:
    one, other = held.hits.mean(axis=1), full.hits.mean(axis=1)
    found = compare(
        lambda rows: float(np.mean(one[rows])),
        lambda rows: float(np.mean(other[rows])),
        range(len(one)),
        seed=_SEED,
    )
    return {name: getattr(found, name).model_dump(mode="json") for name in found._fields}
