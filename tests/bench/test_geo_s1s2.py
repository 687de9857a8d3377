from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("torch", reason="PyTorch is an extra")

from kgpipe.bench.geo_ablation import list_ablations
from kgpipe.bench.geo_encoders import Workshop
from kgpipe.bench.geo_s1s2 import (
    Crops,
    bench_s1s2,
    describe_crops,
    difference,
    probe_scenes,
    score_labels,
)
from kgpipe.geo.data.table import TileTable
from kgpipe.geo.training.settings import GeoSettings, LossWeights
from kgpipe.tiles import Tile
from tests.bench.made_geo import make_table

BANDS = {"S1": ("VV", "VH"), "S2": ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A")}
_SCENES = ("terramesh/a", "terramesh/b", "terramesh/c", "sen1floods11/d")
_EACH = 16
TINY = GeoSettings(
    stem="patch", dim=16, depth=2, heads=2, width=16, projector=16, decoder=16, steps=2, batch=8,
    threads=1, weights=LossWeights(text=0, location=0, points=0, reconstruction=0),
)  # fmt: skip


def _tiles() -> TileTable:
    """Scenes of forest and water; both sensors see the same ground."""
    rng = np.random.default_rng(0)
    tiles, wet = [], []
    for scene in _SCENES:
        for cell in range(_EACH):
            water = cell % 2 == 0
            labels: tuple[str, ...] = ("water",) if water else ("trees",)
            if scene == "terramesh/a" and cell == 1:
                labels = ("snow", "trees")
            tiles.append(
                Tile(id=f"{scene}-{cell}", source=scene, group=scene,
                     labels=labels if scene.startswith("terramesh") else ())
            )  # fmt: skip
            wet.append(float(water))
    ground = np.array(wet)[:, None, None, None] + rng.normal(
        scale=0.3, size=(len(tiles), 1, 16, 16)
    )
    pixels = {
        "S1": (-8 - 10 * np.repeat(ground, 2, axis=1)).astype(np.float32),
        "S2": (0.3 - 0.2 * np.repeat(ground, 8, axis=1)).astype(np.float32),
    }
    return make_table(tiles, pixels, bands=BANDS)


def _vectors(crops: Crops) -> NDArray[np.float32]:
    seen = crops.tiles.read(range(len(crops.scenes)))["S2"]
    return np.asarray(seen.mean(axis=(2, 3)), dtype=np.float32)


def test_only_classes_of_several_scenes_are_asked_for() -> None:
    crops = describe_crops(_tiles())
    assert crops.names == ["trees", "water"]
    assert crops.labelled.sum() == 3 * _EACH
    assert len(crops.by_name) == 4


def test_probes_read_scenes_that_they_have_not_seen() -> None:
    crops = describe_crops(_tiles())
    good = dict.fromkeys(crops.by_name, _vectors(crops))
    scores = probe_scenes(crops, good)
    assert np.isfinite(scores[crops.labelled]).all()
    assert np.isnan(scores[~crops.labelled]).all()
    assert score_labels(scores, crops)["macro"]["value"] > 0.95
    # Where the held-out scene's vectors say nothing, what the others say does not help.
    noise = np.random.default_rng(1).normal(size=_vectors(crops).shape).astype(np.float32)
    blind = {
        scene: np.where((crops.scenes == scene)[:, None], noise, vectors)
        for scene, vectors in good.items()
    }
    lost = difference(scores, probe_scenes(crops, blind), crops)
    assert lost["low"] > 0.1
    few = probe_scenes(crops, good, share=0.1)
    assert score_labels(few, crops)["macro"]["value"] > 0.9


def test_each_loss_of_the_recipe_is_switched_off_once() -> None:
    changes = list_ablations(GeoSettings())
    for loss in ("reconstruction", "inter", "intra", "labels", "location", "points"):
        assert changes[f"without_{loss}"]["weights"][loss] == 0
    for name, change in changes.items():
        assert GeoSettings.model_validate(GeoSettings().model_dump() | change) != GeoSettings(), (
            name
        )
    # What a recipe does without is tried with it.
    other = GeoSettings(
        weights=LossWeights(location=0, labels=0), stem="patch", standardise=("S1", "S2")
    )
    turned = list_ablations(other)
    assert turned["with_location"]["weights"]["location"] == LossWeights().location
    assert "without_location" not in turned
    assert turned["convolutions_under_the_patches"] == {"stem": "conv"}
    assert turned["absolute_values"] == {"standardise": ("RGB",)}
    assert not [name for name in turned if name.startswith("labels_")]
    assert "without_cells" not in turned
    assert list_ablations(GeoSettings(cells=4))["without_cells"] == {"cells": 0}


@pytest.mark.slow
def test_the_whole_part_on_a_tiny_set(tmp_path: Path, shared_data: Path) -> None:
    galileo = shared_data / "geo" / "galileo_nano" / "data" / "models" / "nano"
    tiles = _tiles()
    workshop = Workshop(tmp_path / "encoders", TINY)
    report = bench_s1s2(tiles, workshop, galileo=galileo)
    assert report["retrieval"]["S1_to_S2_recall_at_5"]["by_chance"] == 5 / _EACH
    assert set(report["mean_average_precision"]) == {
        "embedding", "supervised", "supervised_on_absolute_values", "galileo_nano",
        "means_of_bands",
    }  # fmt: skip
    assert report["mean_average_precision_by_chance"] == 0.5
    assert report["mean_average_precision"]["galileo_nano"]["macro"]["value"] > 0.7
    assert set(report["few_labels"]) == {"1%", "10%", "100%"}
    assert len(list((tmp_path / "encoders").iterdir())) == 4
