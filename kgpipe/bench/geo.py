"""Benchmark `geo`: satellite tiles, on real sets with splits by place, beside simple baselines.

Parts: `mines` (gold mines against look-alikes), `s1s2` (two sensors, land cover), `ablation` (what
each loss and mechanism is worth), `text` (territories by name), `alibi` (larger images), `speed`,
`index` (a million vectors), `conjure` (categories by what they look like), `temporal` (dated
pictures of drawn places). Labels train encoders and probes within the training folds, and score; no
predictor sees those of a test fold.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
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
from kgpipe.bench.geo_recipes import CROP_RECIPE, MINES_RECIPE, TEXT_RECIPE, change
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
from kgpipe.stats.intervals import Indices
from kgpipe.wiring import wire_embedder

_MINES = "amazon_mining_s2"
_GALILEO = "galileo_nano/data/models/nano"
# The middle of the year that most sheets are composed of. Patches of 4 px did better than 8 on the
# scored folds themselves, so this flatters the rival.
_MONTH, _GALILEO_PATCH = 7, 4


def run(data: Path, out: Path, *, parts: Sequence[str] = (), device: str = "cpu") -> dict[str, Any]:
    """Run the parts and write `report.json`; a second run takes the encoders of the first.

    Args:
        data: the folder `geo` of the public data.
        out: for the report, the pictures, and a folder a trained encoder.
        parts: which; all by default. Figures of other parts in an earlier report stay.
        device: where encoders are trained.

    Returns:
        The figures of these parts.

    Raises:
        UsageError: no such part.
        KgpipeError: data is missing.
    """
    if unknown := sorted(set(parts) - set(PARTS)):
        raise UsageError(f"bench geo has no part {', '.join(unknown)}; it has {', '.join(PARTS)}.")
    if not (data / _MINES).is_dir():
        raise KgpipeError(f"{data} has no {_MINES}: name the folder `geo` of the data with --data.")
    out.mkdir(parents=True, exist_ok=True)
    workshop = Workshop(out / "encoders", device=device)
    path = out / "report.json"
    found: dict[str, Any] = {}
    for part in parts or PARTS:
        found[part] = PARTS[part](data, out, workshop)
        earlier = json.loads(path.read_bytes()) if path.is_file() else {}
        write_report(earlier | found, path)
    return found


def _run_mines(data: Path, out: Path, workshop: Workshop) -> dict[str, Any]:
    tiles = _open_mines(data)
    seen = tiles.read(range(len(tiles.tiles)))["RGB"]
    plain = change(workshop, MINES_RECIPE)
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
        _open_crops(data, out), change(workshop, CROP_RECIPE), galileo=data / _GALILEO
    )


def _run_ablation(data: Path, out: Path, workshop: Workshop) -> dict[str, Any]:
    return bench_ablation(_open_crops(data, out), change(workshop, CROP_RECIPE))


def _run_text(data: Path, out: Path, workshop: Workshop) -> dict[str, Any]:
    worded = replace(change(workshop, TEXT_RECIPE), embedder=wire_embedder("minilm"))
    return bench_text(_open_mines(data), data / "amazon_mining_kg", worded)


def _run_alibi(data: Path, out: Path, workshop: Workshop) -> dict[str, Any]:
    return bench_alibi(_open_crops(data, out), data, change(workshop, CROP_RECIPE))


def _run_speed(data: Path, out: Path, workshop: Workshop) -> dict[str, Any]:
    return bench_speed(_open_mines(data), workshop)


def _run_index(data: Path, out: Path, workshop: Workshop) -> dict[str, Any]:
    # Nothing is scored by labels here, so the encoder may have learned from all tiles.
    tiles = _open_mines(data)
    vectors = embed_all(change(workshop, MINES_RECIPE).train("all", tiles), tiles)
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
