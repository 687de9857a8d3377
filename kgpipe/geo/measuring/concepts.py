"""How alike the tiles of labelled categories look: conjured similarity over several trainings.

A small diffusion model learns what the tiles of each category look like, and the distance of two
categories is how unlike the pictures are that it conjures for them (`mechanisms.conjure`). What the
distances vary by from path to path is known from one training; how else a training could have ended
is seen from several.
"""

import csv
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from kgpipe.errors import KgpipeError, UsageError
from kgpipe.geo.data.table import TileTable
from kgpipe.geo.measuring.heatmap import draw_matrix
from kgpipe.geo.mechanisms.conjure import Distances
from kgpipe.geo.mechanisms.diffusion import TileDiffusion, concept_distances, train_diffusion
from kgpipe.geo.searching.renderings import render
from kgpipe.geo.training.train import check_device

Floats = NDArray[np.float64]
Tiles = NDArray[np.float32]

UNIT = "squared difference of predicted noise, sum over a tile, mean over paths and times"
# The network halves a side twice.
_STEP = 4
_SHOWN = 8
# Tiles of 24 pixels are too small to look at; the names of the categories need room beside them.
_ENLARGED, _NAMES = 3, 200


class Categories(NamedTuple):
    """Tiles to learn from.

    `names` of the categories; `pixels` [N, 3, side, side] in [-1, 1]; `numbers` [N], the category
    of each.
    """

    names: tuple[str, ...]
    pixels: Tiles
    numbers: NDArray[np.int64]

    @property
    def counts(self) -> dict[str, int]:
        """Tiles of each category."""
        return {name: int((self.numbers == at).sum()) for at, name in enumerate(self.names)}


class Conjured(NamedTuple):
    """What each training says, and the model of the last."""

    trainings: Sequence[Distances]
    model: TileDiffusion

    @property
    def mean(self) -> Floats:
        """Distances, [n, n]; 0 on the diagonal."""
        mean: Floats = np.mean([one.mean for one in self.trainings], axis=0)
        return mean

    @property
    def path_error(self) -> Floats:
        """Standard errors from the finite number of paths, [n, n]; trainings are independent."""
        error: Floats = np.sqrt(np.sum([one.error**2 for one in self.trainings], axis=0))
        return error / len(self.trainings)

    @property
    def training_error(self) -> Floats:
        """Standard errors of all that varies, rough, [n, n]; 0 of a single training."""
        if len(self.trainings) < 2:
            return np.zeros_like(self.mean)
        deviation = np.std([one.mean for one in self.trainings], axis=0, ddof=1)
        return np.asarray(deviation / np.sqrt(len(self.trainings)))

    @property
    def error(self) -> Floats:
        """The larger of both, [n, n]."""
        larger: Floats = np.maximum(self.path_error, self.training_error)
        return larger

    def nearest(self, name: str) -> list[tuple[str, float, float]]:
        """All other categories, the nearest first: name, distance, standard error."""
        row = self.model.names.index(name)
        mean, error = self.mean[row], self.error[row]
        return [
            (self.model.names[at], float(mean[at]), float(error[at]))
            for at in np.argsort(mean, kind="stable").tolist()
            if at != row
        ]


def read_concepts(tiles: TileTable, *, wanted: Sequence[str] = (), side: int = 24) -> Categories:
    """Tiles by one label each, as pictures.

    Where labels are wanted, tiles that have exactly one of them; else the rarest label that a tile
    has, which of "mine" and "dredge_mining" is the second.

    Args:
        tiles: RGB, S2 with B04, B03 and B02, or S1 (see `renderings.render`).
        wanted: labels to compare.
        side: most pixels of a side while they are compared: tiles are shrunk by whole squares.

    Raises:
        UsageError: fewer than two categories, a label that no tile has, tiles too small.
    """
    counts = Counter(label for tile in tiles.tiles for label in tile.labels)
    if unknown := sorted(set(wanted) - set(counts)):
        listed = ", ".join(sorted(counts)) or "none"
        raise UsageError(f"No tile has the label {', '.join(unknown)}. There are: {listed}.")
    own = [[label for label in tile.labels if label in (wanted or counts)] for tile in tiles.tiles]
    labels = np.array(
        [
            min(one, key=lambda label: (counts[label], label))
            if len(one) == 1 or (one and not wanted) else ""
            for one in own
        ]
    )  # fmt: skip
    names = tuple(sorted(set(labels.tolist()) - {""}))
    if len(names) < 2:
        raise UsageError(
            f"Concepts are compared in pairs, and the tiles have {', '.join(names) or 'no labels'}."
        )
    rows = np.flatnonzero(np.isin(labels, names))
    pictures = render(tiles.read(rows.tolist()), tiles.bands).transpose(0, 3, 1, 2)
    shown = (pictures / 127.5 - 1).astype(np.float32)
    pixels = shrink(shown, side=choose_side(shown.shape[-1], side))
    return Categories(names, pixels, np.searchsorted(names, labels[rows]).astype(np.int64))


def choose_side(side: int, most: int) -> int:
    """The longest side of at most `most` pixels, a multiple of 4, that divides `side`.

    Raises:
        UsageError: there is none.
    """
    found = [one for one in range(_STEP, most + 1, _STEP) if side % one == 0]
    if not found:
        raise UsageError(
            f"Tiles of {side} pixels cannot be shrunk to a multiple of {_STEP} of at most {most}."
        )
    return found[-1]


def shrink(pictures: Tiles, *, side: int) -> Tiles:
    """Means of whole squares of pixels, [N, 3, H, H] -> [N, 3, side, side]."""
    count, bands, height, _ = pictures.shape
    if height % side:
        raise KgpipeError(f"{side} pixels a side do not divide the tiles' {height}.")
    step = height // side
    means: Tiles = pictures.reshape(count, bands, side, step, side, step).mean(axis=(3, 5))
    return means


def conjure_concepts(
    categories: Categories,
    *,
    steps: int,
    samples: int,
    seeds: Sequence[int],
    device: str = "cpu",
    progress: Callable[[int, float], None] | None = None,
) -> Conjured:
    """Train once a seed, and compare every two categories.

    Args:
        categories: what to learn.
        steps: of each training.
        samples: paths a category, two or more.
        seeds: one training each.
        device: "cpu" or "cuda".
        progress: called with the step, counted over all trainings, and its loss.

    Raises:
        UsageError: a seed twice, or no GPU where one is asked for.
    """
    if len(set(seeds)) < len(seeds):
        raise UsageError("Two trainings of one seed are the same: give each seed once.")
    check_device(device)
    found: list[Distances] = []
    for place, seed in enumerate(seeds):

        def tell(step: int, loss: float, before: int = place * steps) -> None:
            if progress is not None:
                progress(before + step, loss)

        model = train_diffusion(
            categories.pixels, categories.numbers, steps=steps, seed=seed, names=categories.names,
            device=device, progress=tell,
        )  # fmt: skip
        found.append(concept_distances(model, categories.names, samples=samples, seed=seed))
    return Conjured(found, model)


def report_concepts(categories: Categories, conjured: Conjured) -> dict[str, Any]:
    """All distances with their errors, as JSON has them."""
    return {
        "tiles": categories.counts,
        "side": int(categories.pixels.shape[-1]),
        "unit": UNIT,
        "categories": list(categories.names),
        "distances": _rounded(conjured.mean),
        "standard_errors_of_paths": _rounded(conjured.path_error),
        "standard_errors_of_trainings": _rounded(conjured.training_error),
        "neighbours": {
            name: [other for other, _, _ in conjured.nearest(name)] for name in categories.names
        },
    }


def write_concepts(categories: Categories, conjured: Conjured, folder: Path) -> list[Path]:
    """Write `distances.csv`, a row a pair, and the pictures `distances.png` and `conjured.png`."""
    table, matrix, shown = (
        folder / name for name in ("distances.csv", "distances.png", "conjured.png")
    )
    with table.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("one", "other", "distance", "standard_error"))
        for name in categories.names:
            for other, distance, error in conjured.nearest(name):
                if other > name:
                    rows.writerow((name, other, f"{distance:.6g}", f"{error:.6g}"))
    draw_matrix(
        categories.names, conjured.mean, conjured.error, matrix,
        title="Distance of what a diffusion model conjures, ± the larger of its standard errors",
    )  # fmt: skip
    draw_conjured(categories, conjured.model, shown)
    return [table, matrix, shown]


def draw_conjured(categories: Categories, model: TileDiffusion, path: Path) -> None:
    """Write a row a category: tiles of the set at the left, conjured ones at the right."""
    rows = []
    for number, name in enumerate(model.names):
        own = np.flatnonzero(categories.numbers == number)
        real = categories.pixels[own[np.linspace(0, len(own) - 1, _SHOWN).astype(int)]]
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


def _rounded(values: Floats) -> list[list[float]]:
    found: list[list[float]] = np.round(values, 4).tolist()
    return found
