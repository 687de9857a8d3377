"""Benchmark `geo`: satellite tiles, on real sets with splits by place, beside simple baselines.

Parts: `mines` (gold mines against look-alikes), `s1s2` (two sensors, land cover), `ablation` (what
each loss and mechanism is worth), `text` (territories by name), `alibi` (larger images), `speed`,
`index` (a million vectors), `conjure` (categories by what they look like), `temporal` (dated
pictures of drawn places). Labels train encoders and probes within the training folds, and score; no
predictor sees those of a test fold.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kgpipe.bench.geo_ablation import bench_ablation
from kgpipe.bench.geo_alibi import bench_alibi
from kgpipe.bench.geo_conjure import run as bench_conjure
from kgpipe.bench.geo_crops import open_crops
from kgpipe.bench.geo_encoders import Workshop, describe_tiles, embed_all
from kgpipe.bench.geo_hand import hand_features, standardise_tiles
from kgpipe.bench.geo_index import run as bench_index
from kgpipe.bench.geo_mines import bench_mines, draw_mines, drop_repeats
from kgpipe.bench.geo_s1s2 import bench_s1s2
from kgpipe.bench.geo_speed import bench_speed
from kgpipe.bench.geo_temporal import run as bench_temporal
from kgpipe.bench.geo_text import bench_text
from kgpipe.errors import KgpipeError, UsageError
from kgpipe.geo.data.table import TileTable
from kgpipe.geo.data.tiletable import open_tiles
from kgpipe.geo.measuring.evaluate import write_report
from kgpipe.geo.measuring.galileo import embed as embed_by_galileo
from kgpipe.geo.measuring.galileo import load_galileo
from kgpipe.geo.training.settings import GeoSettings
from kgpipe.stats.intervals import Indices
from kgpipe.wiring import wire_embedder

_MINES = "amazon_mining_s2"
_GALILEO = "galileo_nano/data/models/nano"
# The middle of the year that most sheets are composed of. Patches of 4 px did better than 8 on the
# scored folds themselves, so this flatters the rival.
_MONTH, _GALILEO_PATCH = 7, 4
# Chosen by probes on stems of folds 1 to 4 left out in turn; fold 0 chose nothing. Labels teach an
# encoder the stems, of which each has one class; texts and places would say what labels and
# coordinates say, since only mines have these. After three epochs more bring nothing.
_MINES_RECIPE: Mapping[str, Any] = {
    "epochs": 3, "clip": 6.0,
    "weights": {
        "intra": 1.0, "inter": 0.0, "labels": 0.0, "reconstruction": 0.0, "location": 0.0,
        "text": 0.0, "points": 0.0,
    },
}  # fmt: skip
# For 500 crops of 32 px, chosen by retrieval within scenes left out in turn, of all scenes but
# terramesh/282D_485L_3_3. What separates tiles of a scene is where things lie in them, which cells
# keep and a mean over patches does not; radar and optical patterns agree between scenes only after
# each tile's own level is taken away. Land cover was no better than chance with any recipe, so it
# chose nothing.
_CROP_RECIPE: Mapping[str, Any] = {
    "stem": "patch", "patch": 8, "dim": 64, "depth": 2, "width": 192, "projector": 64, "cells": 4,
    "temperature": 0.1, "faintest": 5e-4, "standardise": ("S1", "S2", "RGB"),
    "augment": {"noise": 0.0}, "batch": 64, "steps": 150, "rate": 2e-3, "threads": 1,
    "weights": {
        "inter": 1.0, "labels": 0.3, "reconstruction": 0.0, "intra": 0.0, "location": 0.0,
        "text": 0.0, "points": 0.0,
    },
}  # fmt: skip


def run(data: Path, out: Path, *, parts: Sequence[str] = (), device: str = "cpu") -> dict[str, Any]:
    """Run the parts and write `report.json`; a second run takes the encoders of the first.

    Args:
        data: the folder `geo` of the public data.
        out: for the report, the pictures, and a folder a trained encoder.
        parts: which; all by default. Figures of other parts in an earlier report stay.
        device: where encoders are trained.

    Raises:
        UsageError: no such part.
        KgpipeError: data is missing.
    """
    if unknown := sorted(set(parts) - set(PARTS)):
        raise UsageError(f"bench geo has no part {', '.join(unknown)}; it has {', '.join(PARTS)}.")
    if not (data / _MINES).is_dir():
        raise KgpipeError(f"{data} has no {_MINES}: name the folder `geo` of the data with --data.")
    out.mkdir(parents=True, exist_ok=True)
    workshop = Workshop(out / "encoders", device=device, embedder=wire_embedder("minilm"))
    path = out / "report.json"
    report: dict[str, Any] = json.loads(path.read_bytes()) if path.is_file() else {}
    for part in parts or PARTS:
        report[part] = PARTS[part](data, out, workshop)
        write_report(report, path)
    return report


def _run_mines(data: Path, out: Path, workshop: Workshop) -> dict[str, Any]:
    tiles = _open_mines(data)
    seen = tiles.read(range(len(tiles.tiles)))["RGB"]
    plain = _with(workshop, _MINES_RECIPE)
    made: dict[str, NDArray[np.float32]] = {}

    def embed(name: str, rows: Indices, known: Indices) -> NDArray[np.float32]:
        # No label is learned from, so the encoders of all label shares are one.
        name = name.partition("-labels")[0]
        if name not in made:
            made[name] = plain.embed_rows(name, tiles, rows)
        return made[name]

    nano = load_galileo(data / _GALILEO)
    rivals = {
        "hand_features_of_standardised_tiles": hand_features(standardise_tiles(seen)),
        # What the encoder is told, without what it learned.
        "descriptors_alone": describe_tiles(seen, faintest=workshop.settings.faintest),
        "galileo_nano": embed_by_galileo(
            nano, {"RGB": seen}, bands=tiles.bands, month=_MONTH, patch=_GALILEO_PATCH
        ),
    }
    report, scored, split = bench_mines(tiles, hand_features(seen), embed, rivals=rivals)
    report["pictures"] = draw_mines(tiles, scored, split, out)
    return report


def _run_s1s2(data: Path, out: Path, workshop: Workshop) -> dict[str, Any]:
    return bench_s1s2(
        _open_crops(data, out), _with(workshop, _CROP_RECIPE), galileo=data / _GALILEO
    )


def _run_ablation(data: Path, out: Path, workshop: Workshop) -> dict[str, Any]:
    return bench_ablation(_open_crops(data, out), _with(workshop, _CROP_RECIPE))


def _run_text(data: Path, out: Path, workshop: Workshop) -> dict[str, Any]:
    return bench_text(_open_mines(data), data / "amazon_mining_kg", workshop)


def _run_alibi(data: Path, out: Path, workshop: Workshop) -> dict[str, Any]:
    return bench_alibi(_open_crops(data, out), data, _with(workshop, _CROP_RECIPE))


def _run_speed(data: Path, out: Path, workshop: Workshop) -> dict[str, Any]:
    return bench_speed(_open_mines(data), workshop)


def _run_index(data: Path, out: Path, workshop: Workshop) -> dict[str, Any]:
    # Nothing is scored by labels here, so the encoder may have learned from all tiles.
    tiles = _open_mines(data)
    vectors = embed_all(_with(workshop, _MINES_RECIPE).train("all", tiles), tiles)
    return bench_index(vectors[vectors.any(axis=1)], out)


def _run_conjure(data: Path, out: Path, workshop: Workshop) -> dict[str, Any]:
    return bench_conjure(data, out / "conjure")


def _run_temporal(data: Path, out: Path, workshop: Workshop) -> dict[str, Any]:
    return bench_temporal(out / "temporal")


PARTS: dict[str, Callable[[Path, Path, Workshop], dict[str, Any]]] = {
    "mines": _run_mines, "s1s2": _run_s1s2, "ablation": _run_ablation, "text": _run_text,
    "alibi": _run_alibi, "speed": _run_speed, "index": _run_index, "conjure": _run_conjure,
    "temporal": _run_temporal,
}  # fmt: skip


def _open_mines(data: Path) -> TileTable:
    return drop_repeats(open_tiles(data / _MINES / "tiles.csv"))


def _open_crops(data: Path, out: Path) -> TileTable:
    return open_crops(data / "s1s2_multilabel", out / "crops")


def _with(workshop: Workshop, recipe: Mapping[str, Any]) -> Workshop:
    """The same without an embedder of descriptions, by other settings."""
    tree = workshop.settings.model_dump() | dict(recipe)
    return Workshop(workshop.folder, GeoSettings.model_validate(tree), workshop.device)
