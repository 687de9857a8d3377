"""What `bench geo` and `bench geo_links` train their encoders with, and how it was chosen."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kgpipe.bench.geo_encoders import Workshop
from kgpipe.geo.training.settings import GeoSettings

# Chosen by probes on stems of folds 1 to 4 left out in turn; fold 0 chose nothing. Labels teach an
# encoder the stems, of which each has one class; texts and places would say what labels and
# coordinates say, since only mines have these. After three epochs more bring nothing.
MINES_RECIPE: Mapping[str, Any] = {
    "epochs": 3, "clip": 6.0,
    "weights": {
        "intra": 1.0, "inter": 0.0, "labels": 0.0, "reconstruction": 0.0, "location": 0.0,
        "text": 0.0, "points": 0.0,
    },
}  # fmt: skip
# For 500 crops of 32 px, chosen by retrieval within scenes left out in turn, of all scenes but
# terramesh/282D_485L_3_3. What separates tiles of a scene is where things lie in them, which cells
# keep and a mean over patches does not; radar and optical patterns agree between scenes only after
# each tile's own level is taken away. Land cover, which those levels tell, chose nothing.
CROP_RECIPE: Mapping[str, Any] = {
    "stem": "patch", "patch": 8, "dim": 64, "depth": 2, "width": 192, "projector": 64, "cells": 4,
    "temperature": 0.1, "faintest": 5e-4, "standardise": ("S1", "S2", "RGB"),
    "augment": {"noise": 0.0}, "batch": 64, "steps": 150, "rate": 2e-3, "threads": 1,
    "weights": {
        "inter": 1.0, "labels": 0.3, "reconstruction": 0.0, "intra": 0.0, "location": 0.0,
        "text": 0.0, "points": 0.0,
    },
}  # fmt: skip
# The mines' recipe, and what texts and places need to lie in the same space; chosen by nothing
# that was measured.
TEXT_RECIPE: Mapping[str, Any] = {
    **MINES_RECIPE, "epochs": 6,
    "weights": {**MINES_RECIPE["weights"], "location": 1.0, "text": 1.0},
}  # fmt: skip


def change(workshop: Workshop, recipe: Mapping[str, Any]) -> Workshop:
    """The same workshop with some settings of a recipe in the place of its own."""
    tree = workshop.settings.model_dump() | dict(recipe)
    return replace(workshop, settings=GeoSettings.model_validate(tree))
