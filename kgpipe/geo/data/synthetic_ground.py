"""Draws the ground of a synthetic tile: which surface lies at each pixel of ten metres.

Shapes are those that tell the categories apart from above: a mine is a cluster of round ponds on
bare soil beside a river, a dredge leaves mounds of gravel in a wide one, a fish farm is a grid of
rectangular ponds, a landslide a streak down a slope.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.spatial import KDTree

from kgpipe.geo.data.signatures import NAMES

Mask = NDArray[np.bool_]
Field = NDArray[np.float64]
# Pixels between the points that a river's middle is drawn with.
_STEP = 0.5
_NUMBER = {name: number for number, name in enumerate(NAMES)}


class Canvas:
    """A square of ground that shapes are painted on, forest at first.

    Coordinates are pixels from the centre, x to the east, y to the south.
    """

    def __init__(self, side: int, rng: np.random.Generator) -> None:
        self.side = side
        self.rng = rng
        self.surface: NDArray[np.intp] = np.full((side, side), _NUMBER["forest"], dtype=np.intp)
        self.cloud: Field = np.zeros((side, side))
        self.y, self.x = np.mgrid[:side, :side] - (side - 1) / 2
        if rng.random() < 0.5:
            self.paint(self.noise(5) > 1.1, "regrowth")

    def paint(self, mask: Mask, surface: str) -> None:
        """Cover the marked pixels with a surface."""
        self.surface[mask] = _NUMBER[surface]

    def is_any(self, *surfaces: str) -> Mask:
        """Mark the pixels that have one of some surfaces now."""
        return np.isin(self.surface, [_NUMBER[name] for name in surfaces])

    def noise(self, scale: float) -> Field:
        """A smooth field with mean 0 and variance 1, its hills about `scale` pixels wide."""
        field = gaussian_filter(
            self.rng.standard_normal((self.side, self.side)), scale, mode="wrap"
        )
        return np.asarray((field - field.mean()) / field.std())

    def turned(self, centre: tuple[float, float], angle: float) -> tuple[Field, Field]:
        """Coordinates along and across an axis through a point."""
        east, south = self.x - centre[0], self.y - centre[1]
        cosine, sine = np.cos(angle), np.sin(angle)
        return cosine * east + sine * south, cosine * south - sine * east

    def somewhere(self, share: float = 0.5) -> tuple[float, float]:
        """A point in the middle `share` of the tile."""
        x, y = self.rng.uniform(-share / 2, share / 2, size=2) * self.side
        return float(x), float(y)

    def river(self, *, through: float = 0.5, bend: float = 0.12) -> Field:
        """The distance of each pixel from a winding line through the tile."""
        (x, y), angle = self.somewhere(through), self.rng.uniform(0, np.pi)
        along = np.arange(-self.side, self.side, _STEP)
        across = np.zeros_like(along)
        # Two waves, about one and two turns over the tile.
        for turns, height in ((1.0, bend), (2.2, bend / 3)):
            wave = 2 * np.pi * turns * self.rng.uniform(0.6, 1.3) / self.side
            amplitude = height * self.side * self.rng.uniform(0.5, 1.3)
            across += amplitude * np.sin(wave * along + self.rng.uniform(0, 2 * np.pi))
        cosine, sine = np.cos(angle), np.sin(angle)
        line = np.stack(
            [x + cosine * along - sine * across, y + sine * along + cosine * across], axis=1
        )
        pixels = np.stack([self.x.ravel(), self.y.ravel()], axis=1)
        return np.asarray(KDTree(line).query(pixels)[0]).reshape(self.x.shape)

    def blob(self, centre: tuple[float, float], radius: float, *, stretch: float = 1.0) -> Mask:
        """A ragged patch, `stretch` times as long as wide."""
        along, across = self.turned(centre, self.rng.uniform(0, np.pi))
        distance = np.hypot(along / stretch, across) / radius
        return np.asarray(distance + 0.25 * self.noise(2.5) < 1)

    def ellipse(self, centre: tuple[float, float], radius: float, flatness: float) -> Mask:
        """A smooth pond."""
        along, across = self.turned(centre, self.rng.uniform(0, np.pi))
        return np.asarray(np.hypot(along, across / flatness) < radius)

    def rectangle(
        self, centre: tuple[float, float], length: float, width: float, angle: float
    ) -> Mask:
        """A field, a roof, a basin."""
        along, across = self.turned(centre, angle)
        return np.asarray((np.abs(along) < length / 2) & (np.abs(across) < width / 2))

    def line(self, *, width: float) -> Mask:
        """A straight road through the tile."""
        return np.asarray(
            np.abs(self.turned(self.somewhere(), self.rng.uniform(0, np.pi))[1]) < width / 2
        )

    def ponds(self, ground: Mask, *, number: int, largest: float) -> None:
        """Dig round mining ponds into the marked ground, each turquoise or ochre."""
        places = np.argwhere(ground)
        turquoise = self.rng.uniform(0.2, 0.8)
        for row, column in (
            places[self.rng.integers(len(places), size=number)] if len(places) else ()
        ):
            centre = (float(self.x[row, column]), float(self.y[row, column]))
            radius = self.rng.uniform(1.2, largest)
            pond = self.ellipse(centre, radius, self.rng.uniform(0.5, 1.0)) & ground
            self.paint(pond, "turquoise_pond" if self.rng.random() < turquoise else "ochre_pond")


def draw_artisanal_gold_mine(canvas: Canvas) -> None:
    """Ponds in bare soil and tailings, mostly along a river that their mud colours."""
    rng, along_river = canvas.rng, canvas.rng.random() < 0.7
    reach = rng.uniform(0.16, 0.36) * canvas.side
    if along_river:
        distance = canvas.river()
        bank = rng.uniform(5, 12)
        dug = (distance < bank + 2.5 * canvas.noise(3)) & canvas.blob(
            canvas.somewhere(0.4), reach, stretch=2.0
        )
    else:
        dug = canvas.blob(canvas.somewhere(0.4), reach, stretch=rng.uniform(1, 2))
    canvas.paint(dug, "laterite" if rng.random() < 0.3 else "bare_soil")
    canvas.paint(dug & (canvas.noise(2) > rng.uniform(0.2, 1.2)), "sand")
    canvas.paint(dug & (canvas.noise(3) > 1.3), "pasture")
    canvas.ponds(dug, number=int(rng.integers(4, 9) + dug.sum() / 40), largest=rng.uniform(2, 4))
    if along_river:
        canvas.paint(distance < rng.uniform(1.0, 2.5), "turbid_water")


def draw_dredge_mining(canvas: Canvas) -> None:
    """Mounds of gravel that dredges leave in a wide river."""
    rng, distance = canvas.rng, canvas.river(through=0.3, bend=0.08)
    width = rng.uniform(6, 12)
    canvas.paint(distance < width + 2 + canvas.noise(3), "bare_soil")
    canvas.paint(distance < width, "turbid_water")
    bed = distance < width - 1
    mounds = bed & (canvas.noise(1.5) > rng.uniform(0.5, 1.0)) & (canvas.noise(6) > -0.3)
    canvas.paint(mounds, "sand")
    canvas.ponds(bed & ~mounds, number=int(rng.integers(2, 6)), largest=2.5)


def draw_random_background(canvas: Canvas) -> None:
    """Forest, here and there with a stream or a pasture."""
    rng = canvas.rng
    if rng.random() < 0.35:
        canvas.paint(canvas.river() < rng.uniform(0.7, 2.5), "dark_water")
    if rng.random() < 0.25:
        canvas.paint(canvas.blob(canvas.somewhere(0.8), rng.uniform(4, 14)), "pasture")


def draw_hard_negative(canvas: Canvas) -> None:
    """What is taken for a mine: clearings with bare soil, roads with villages, pale streams."""
    rng = canvas.rng
    angle = rng.uniform(0, np.pi)
    for _ in range(int(rng.integers(1, 5))):
        field = canvas.rectangle(
            canvas.somewhere(0.9), rng.uniform(8, 26), rng.uniform(6, 18), angle
        )
        canvas.paint(field, ("pasture", "bare_soil", "laterite", "regrowth")[rng.integers(4)])
    if rng.random() < 0.5:
        canvas.paint(canvas.river() < rng.uniform(1, 3), "turbid_water")
    if rng.random() < 0.6:
        canvas.paint(canvas.line(width=1.4), "road")
        for _ in range(int(rng.integers(0, 16))):
            canvas.paint(canvas.rectangle(canvas.somewhere(0.6), 2.2, 1.6, angle), "roof")


def draw_aquaculture_pond(canvas: Canvas) -> None:
    """A grid of rectangular basins with dams between them, on pasture."""
    rng, angle, centre = canvas.rng, canvas.rng.uniform(0, np.pi), canvas.somewhere(0.4)
    columns, rows = rng.integers(2, 6), rng.integers(1, 5)
    length, width = rng.uniform(5, 9), rng.uniform(4, 7)
    canvas.paint(canvas.blob(canvas.somewhere(), rng.uniform(14, 24), stretch=1.5), "pasture")
    canvas.paint(
        canvas.rectangle(centre, columns * length + 2, rows * width + 2, angle), "bare_soil"
    )
    for column in range(columns):
        for row in range(rows):
            along = (column - (columns - 1) / 2) * length
            across = (row - (rows - 1) / 2) * width
            middle = (
                centre[0] + along * np.cos(angle) - across * np.sin(angle),
                centre[1] + along * np.sin(angle) + across * np.cos(angle),
            )
            basin = canvas.rectangle(middle, length - 1.4, width - 1.4, angle)
            canvas.paint(basin, "fish_pond" if rng.random() < 0.85 else "pasture")


def draw_industrial(canvas: Canvas) -> None:
    """Halls and yards on levelled ground at a road."""
    rng, angle, centre = canvas.rng, canvas.rng.uniform(0, np.pi), canvas.somewhere(0.4)
    yard = canvas.rectangle(centre, rng.uniform(18, 36), rng.uniform(14, 26), angle)
    canvas.paint(yard, "laterite" if rng.random() < 0.5 else "bare_soil")
    canvas.paint(canvas.line(width=1.8), "road")
    for _ in range(int(rng.integers(2, 9))):
        place = (centre[0] + rng.uniform(-11, 11), centre[1] + rng.uniform(-9, 9))
        hall = canvas.rectangle(place, rng.uniform(4, 11), rng.uniform(3, 6), angle)
        canvas.paint(hall, "roof")


def draw_landslide(canvas: Canvas) -> None:
    """Streaks of bare soil down a slope, widening to their foot."""
    rng, slope = canvas.rng, canvas.rng.uniform(0, np.pi)
    for _ in range(int(rng.integers(1, 5))):
        along, across = canvas.turned(canvas.somewhere(0.8), slope + rng.normal(0, 0.2))
        length = rng.uniform(10, 30)
        width = 1 + rng.uniform(1, 4) * np.clip(along / length + 0.5, 0, 1)
        scar = (np.abs(along) < length / 2) & (np.abs(across + canvas.noise(4)) < width)
        canvas.paint(scar, "laterite" if rng.random() < 0.6 else "bare_soil")


def draw_riverbank(canvas: Canvas) -> None:
    """A wide meander with sand bars on its inner bank."""
    rng, distance = canvas.rng, canvas.river(through=0.4, bend=0.2)
    width = rng.uniform(5, 14)
    bars = (distance < width + rng.uniform(2, 6)) & (canvas.noise(6) > 0.2)
    canvas.paint(bars, "sand" if rng.random() < 0.7 else "bare_soil")
    canvas.paint(distance < width, "turbid_water" if rng.random() < 0.6 else "dark_water")
    canvas.paint((distance < width - 1) & (canvas.noise(5) > 1.6), "sand")


def draw_cloud_remnant(canvas: Canvas) -> None:
    """Forest or pasture under what a cloud mask has missed."""
    draw_random_background(canvas)
    cover = canvas.noise(canvas.rng.uniform(3, 7)) - canvas.rng.uniform(0.0, 1.2)
    canvas.cloud = np.clip(cover * 1.5, 0, 1)


DRAW: Mapping[str, Callable[[Canvas], None]] = {
    "artisanal_gold_mine": draw_artisanal_gold_mine,
    "dredge_mining": draw_dredge_mining,
    "random_background": draw_random_background,
    "hard_negative": draw_hard_negative,
    "aquaculture_pond": draw_aquaculture_pond,
    "industrial": draw_industrial,
    "landslide": draw_landslide,
    "riverbank": draw_riverbank,
    "cloud_remnant": draw_cloud_remnant,
}
MINES = ("artisanal_gold_mine", "dredge_mining")
