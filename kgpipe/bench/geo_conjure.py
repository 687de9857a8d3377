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
from scipy.stats import spearmanr

from kgpipe.errors import KgpipeError
from kgpipe.geo.data.tiletable import open_tiles
from kgpipe.geo.measuring.concepts import (
    Categories,
    conjure_concepts,
    report_concepts,
    shrink,
    write_concepts,
)
from kgpipe.geo.mechanisms.conjure import Distances

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
    categories = read_categories(data, side=side)
    started = time.perf_counter()
    conjured = conjure_concepts(categories, steps=steps, samples=samples, seeds=seeds)
    seconds = time.perf_counter() - started
    report = {
        "benchmark": "conjured similarity of the Amazon mining tiles",
        **report_concepts(categories, conjured),
        "steps": steps,
        "samples": samples,
        "seeds": list(seeds),
        "mine_nearer_to_dredge_than_to_forest": _compare(
            conjured.trainings, (MINE, DREDGE, FOREST), seeds
        ),
        "twins_nearer_than_mines": _compare(conjured.trainings, (CONTROL, TWIN, MINE), seeds),
        "rank_of_twins_among_pairs": _rank_of_twins(categories.names, conjured.mean),
        "spearman_with_mean_colours": _agree_with_colours(categories, conjured.mean),
        "seconds": round(seconds, 1),
    }
    out.mkdir(parents=True, exist_ok=True)
    write_concepts(categories, conjured, out)
    text = json.dumps(report, indent=2, ensure_ascii=False)
    (out / "report.json").write_text(text + "\n", encoding="utf-8")
    return report


def read_categories(data: Path, *, side: int) -> Categories:
    """Read the tiles that were rendered alike, with the twin as a category.

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
    pixels = shrink(pictures, side=side) * 2 - 1
    return Categories(tuple(names.tolist()), pixels, numbers.astype(np.int64))


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


def _agree_with_colours(categories: Categories, mean: NDArray[np.float64]) -> float:
    """Spearman's correlation of the distances with those of the categories' mean colours."""
    colours = np.stack(
        [
            categories.pixels[categories.numbers == number].mean(axis=(0, 2, 3))
            for number in range(len(mean))
        ]
    )
    plain = np.linalg.norm(colours[:, None] - colours[None], axis=2)
    pairs = np.triu_indices(len(mean), k=1)
    return round(float(spearmanr(mean[pairs], plain[pairs]).statistic), 3)
