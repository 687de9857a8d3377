"""Conjured similarity of the categories of the Amazon mining tiles.

A small diffusion model learns what the tiles of each category look like; the distance of two
categories is how unlike the images are that it conjures for them, see
`kgpipe.geo.mechanisms.conjure`. There is no gold for it: what can be checked is that two halves of
one category are the nearest of all, that dredges lie nearer to mines than forest does, and how far
the distances agree with those of the mean colours, which would be had for nothing. What it conjures
after minutes of training are the colours and textures of a category rather than its shapes (see
`conjured.png`).
"""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy.stats import spearmanr

from kgpipe.bench.geo_heatmap import draw_matrix
from kgpipe.errors import KgpipeError
from kgpipe.geo.data.tiletable import open_tiles
from kgpipe.geo.mechanisms.conjure import Distances
from kgpipe.geo.mechanisms.diffusion import TileDiffusion, concept_distances, train_diffusion

Tiles = NDArray[np.float32]

# Pixels of 20 m, the mean of four: a quarter of the work, and ponds still show.
SIDE = 24
# Rendered alike; the cloud remnants alone have another share of clear sky, and no other category
# has theirs, so their distances are in part distances of the rendering.
CLEAR = {"cloud_remnant": 0.6}
_CLEAR = 0.75
# Split in two, the second half as a category of its own: what is between them is error alone.
CONTROL, TWIN = "random_background", "random_background_twin"
MINE, DREDGE, FOREST = "artisanal_gold_mine", "dredge_mining", "random_background"
# Chosen so that two trainings and their distances end within 4 minutes on two cores.
STEPS, SAMPLES, SEEDS = 1000, 32, (1, 2)
_SHOWN = 8
# Tiles of 24 pixels are too small to look at; the names of the categories need room beside them.
_ENLARGED, _NAMES = 3, 200


def run(
    data: Path,
    out: Path,
    *,
    steps: int = STEPS,
    samples: int = SAMPLES,
    seeds: Sequence[int] = SEEDS,
    side: int = SIDE,
) -> dict[str, Any]:
    """Train, measure, and write `report.json`, `distances.png` and `conjured.png`.

    Args:
        data: the folder with `amazon_mining_s2`, or that one.
        out: for the report and the pictures.
        steps: of each training.
        samples: paths a category.
        seeds: one training each; how far they differ is the error that paths do not show.
        side: pixels of a tile's side while it is compared; it divides 48.

    Raises:
        KgpipeError: the tiles are not there.
    """
    names, pixels, numbers = read_categories(data, side=side)
    found: list[Distances] = []
    seconds = {"train": 0.0, "distances": 0.0}
    model: TileDiffusion | None = None
    for seed in seeds:
        started = time.perf_counter()
        model = train_diffusion(pixels, numbers, steps=steps, seed=seed, names=names)
        trained = time.perf_counter()
        found.append(concept_distances(model, names, samples=samples, seed=seed))
        seconds["train"] += trained - started
        seconds["distances"] += time.perf_counter() - trained
    mean = np.mean([one.mean for one in found], axis=0)
    # The paths of the trainings are independent.
    error = np.sqrt(np.sum([one.error**2 for one in found], axis=0)) / len(found)
    training_error = np.zeros_like(error)
    if len(found) > 1:
        deviation = np.std([one.mean for one in found], axis=0, ddof=1)
        training_error = deviation / np.sqrt(len(found))
    report = {
        "benchmark": "conjured similarity of the Amazon mining tiles",
        "tiles": {name: int((numbers == number).sum()) for number, name in enumerate(names)},
        "side": side,
        "steps": steps,
        "samples": samples,
        "seeds": list(seeds),
        "unit": "squared difference of predicted noise, sum over a tile, mean over paths and times",
        "categories": list(names),
        "distances": _rounded(mean),
        "standard_errors_of_paths": _rounded(error),
        # Of all that varies; rough, by as many values as there are trainings.
        "standard_errors_of_trainings": _rounded(training_error),
        "mine_nearer_to_dredge_than_to_forest": _compare(found, (MINE, DREDGE, FOREST), seeds),
        "twins_nearer_than_mines": _compare(found, (CONTROL, TWIN, MINE), seeds),
        "rank_of_twins_among_pairs": _rank_of_twins(names, mean),
        "neighbours": {
            name: [names[place] for place in np.argsort(row, kind="stable") if names[place] != name]
            for name, row in zip(names, mean, strict=True)
        },
        "spearman_with_mean_colours": _agree_with_colours(pixels, numbers, mean),
        "seconds": {name: round(value, 1) for name, value in seconds.items()},
    }
    out.mkdir(parents=True, exist_ok=True)
    title = "Distance of what a diffusion model conjures, ± the larger of its two standard errors"
    larger = np.maximum(error, training_error)
    draw_matrix(names, mean, larger, out / "distances.png", title=title)
    if model is not None:
        _draw_conjured(model, pixels, numbers, out / "conjured.png")
    text = json.dumps(report, indent=2, ensure_ascii=False)
    (out / "report.json").write_text(text + "\n", encoding="utf-8")
    return report


def read_categories(data: Path, *, side: int) -> tuple[tuple[str, ...], Tiles, NDArray[np.int64]]:
    """Read the tiles that were rendered alike.

    Returns:
        Names of the categories with the twin among them; tiles [N, 3, side, side] in [-1, 1]; the
        number of each tile's category [N].

    Raises:
        KgpipeError: the tiles are not there.
    """
    folder = data / "amazon_mining_s2" if (data / "amazon_mining_s2").is_dir() else data
    if not (folder / "tiles.csv").is_file():
        raise KgpipeError(f"{folder} has no tiles.csv: name the folder with amazon_mining_s2.")
    table = open_tiles(folder / "tiles.csv")
    category = table.columns["category"].to_numpy(dtype=str)
    wanted = [CLEAR.get(name, _CLEAR) for name in category.tolist()]
    table = table.where(np.isclose(table.columns["clear"].to_numpy(dtype=np.float64), wanted))
    category = table.columns["category"].to_numpy(dtype=object)
    halves = np.flatnonzero(category == CONTROL)
    category[halves[1::2]] = TWIN
    names, numbers = np.unique(category.astype(str), return_inverse=True)
    # What a mask left black is shown black.
    pictures = np.nan_to_num(table.read(range(len(table)))["RGB"])
    return tuple(names.tolist()), shrink(pictures, side=side) * 2 - 1, numbers.astype(np.int64)


def shrink(pictures: Tiles, *, side: int) -> Tiles:
    """Means of whole squares of pixels, [N, 3, H, H] -> [N, 3, side, side]."""
    count, bands, height, _ = pictures.shape
    if height % side:
        raise KgpipeError(f"{side} pixels a side do not divide the tiles' {height}.")
    step = height // side
    means: Tiles = pictures.reshape(count, bands, side, step, side, step).mean(axis=(3, 5))
    return means


def _rounded(values: NDArray[np.float64]) -> list[list[float]]:
    found: list[list[float]] = np.round(values, 4).tolist()
    return found


def _compare(
    found: Sequence[Distances], names: tuple[str, str, str], seeds: Sequence[int]
) -> list[dict[str, float]]:
    """For each training by how much the second is nearer to the first than the third is."""
    gaps = [one.nearer(*names) for one in found]
    return [
        {"seed": seed, "gap": round(gap, 4), "standard_error": round(error, 4)}
        for seed, (gap, error) in zip(seeds, gaps, strict=True)
    ]


def _rank_of_twins(names: Sequence[str], mean: NDArray[np.float64]) -> int:
    """1 if no two categories are nearer than the halves of one."""
    pairs = mean[np.triu_indices(len(names), k=1)]
    return int((pairs < mean[names.index(CONTROL), names.index(TWIN)]).sum()) + 1


def _agree_with_colours(
    pixels: Tiles, numbers: NDArray[np.int64], mean: NDArray[np.float64]
) -> float:
    """Spearman's correlation of the distances with those of the categories' mean colours."""
    colours = np.stack(
        [pixels[numbers == number].mean(axis=(0, 2, 3)) for number in range(len(mean))]
    )
    plain = np.linalg.norm(colours[:, None] - colours[None], axis=2)
    pairs = np.triu_indices(len(mean), k=1)
    return round(float(spearmanr(mean[pairs], plain[pairs]).statistic), 3)


def _draw_conjured(
    model: TileDiffusion, pixels: Tiles, numbers: NDArray[np.int64], path: Path
) -> None:
    """Write a row a category: tiles of the set at the left, conjured ones at the right."""
    rows = []
    for number, name in enumerate(model.names):
        own = np.flatnonzero(numbers == number)
        real = pixels[own[np.linspace(0, len(own) - 1, _SHOWN).astype(int)]]
        gap = np.ones((1, *real.shape[1:]), dtype=np.float32)
        shown = np.concatenate([real, gap, model.conjure(name, samples=_SHOWN, seed=1)])
        rows.append(np.concatenate(list(shown.transpose(0, 2, 3, 1)), axis=1))
    values = ((np.concatenate(rows) + 1) / 2 * 255).round().clip(0, 255).astype(np.uint8)
    height, width = values.shape[0] * _ENLARGED, values.shape[1] * _ENLARGED
    tiles = Image.fromarray(values).resize((width, height), Image.Resampling.NEAREST)
    picture = Image.new("RGB", (_NAMES + width, height), "white")
    picture.paste(tiles, (_NAMES, 0))
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(13)
    for row, name in enumerate(model.names):
        middle = (row + 0.5) * height / len(model.names)
        draw.text((8, middle), name, font=font, fill="black", anchor="lm")
    picture.save(path)
