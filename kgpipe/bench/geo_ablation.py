"""`bench geo`, part `ablation`: each loss and each mechanism changed in turn, scenes held out."""

from typing import Any

from kgpipe.bench.geo_encoders import Workshop
from kgpipe.bench.geo_s1s2 import (
    AT,
    compare_hits,
    describe_crops,
    difference,
    hold_out_scenes,
    probe_scenes,
    score_labels,
)
from kgpipe.geo.data.bands import OPTICAL, RADAR
from kgpipe.geo.data.table import TileTable
from kgpipe.geo.measuring.metrics import Floats
from kgpipe.geo.training.settings import GeoSettings, LossWeights

# The descriptions of the crops would only repeat their labels.
_LOSSES = ("reconstruction", "inter", "intra", "labels", "location", "points")


def bench_ablation(tiles: TileTable, workshop: Workshop) -> dict[str, Any]:
    """What retrieval across sensors and land cover lose (below 0) or gain against the recipe."""
    crops = describe_crops(tiles)
    full = hold_out_scenes("full", crops, workshop)
    full_scores = probe_scenes(crops, full.vectors)
    report: dict[str, Any] = {
        "recipe": {
            f"recall_at_{AT}": compare_hits(full.hits, full.hits)["first"],
            "mean_average_precision": score_labels(full_scores, crops)["macro"],
        }
    }
    for name, changes in list_ablations(workshop.settings).items():
        held = hold_out_scenes(name, crops, workshop, changes=changes)
        scores: Floats = probe_scenes(crops, held.vectors)
        hits = compare_hits(held.hits, full.hits)
        report[name] = {
            f"recall_at_{AT}": hits["first"],
            f"recall_at_{AT}_against_recipe": hits["difference"],
            "mean_average_precision": score_labels(scores, crops)["macro"],
            "mean_average_precision_against_recipe": difference(scores, full_scores, crops),
        }
    return report


def list_ablations(settings: GeoSettings) -> dict[str, dict[str, Any]]:
    """Changes of the recipe by name: each loss and mechanism off, or on where it is off."""
    weights, usual = settings.weights.model_dump(), LossWeights().model_dump()
    losses: dict[str, dict[str, Any]] = {
        f"without_{loss}" if weights[loss] else f"with_{loss}": {
            "weights": weights | {loss: 0.0 if weights[loss] else usual[loss]}
        }
        for loss in _LOSSES
    }
    changes: dict[str, dict[str, Any]] = losses | {
        "without_the_cross_encoder": {"joint": False},
        "without_views": {
            "augment": {
                "crop_from": 1.0, "turn": False, "brightness": 0.0, "contrast": 0.0, "gain": 0.0,
                "noise": 0.0, "blur": 0.0,
            }
        },
        "satmae_band_groups": {"encoder": "satmae", "stem": "patch"},
    }  # fmt: skip
    if settings.cells:
        changes["without_cells"] = {"cells": 0}
    changes["with_levels_of_bands"] = {"levels": (RADAR, OPTICAL)}
    if settings.stem == "conv":
        changes["patches_without_convolutions"] = {"stem": "patch"}
    else:
        changes["convolutions_under_the_patches"] = {"stem": "conv"}
    if {RADAR, OPTICAL} <= {*settings.standardise}:
        changes["absolute_values"] = {"standardise": ("RGB",)}
    else:
        changes["standardised_tiles"] = {"standardise": (RADAR, OPTICAL, "RGB")}
    if weights["labels"]:
        changes["labels_any"] = {"label_similarity": "any"}
        changes["labels_per_label"] = {"label_similarity": "per_label"}
    return changes
