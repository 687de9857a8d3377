"""Synthetic places at several dates: mines that grow, and mines that the forest takes back.

The two differ in nothing but the order of time: the one's pictures, backwards, are the other's. So
a model that ignores the dates cannot tell them apart, and what it gains by them can be measured.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kgpipe.errors import UsageError
from kgpipe.geo.data.sheets import DEFAULT_SIDE
from kgpipe.geo.data.synthetic_ground import DRAW, MINES, Canvas
from kgpipe.geo.data.synthetic_sensing import Air, sense
from kgpipe.geo.data.units import REFLECTANCE_UNIT

_FIRST_YEARS = range(2016, 2021)
# Months between two pictures of a place.
_STEPS = range(5, 15)
# Sentinel-2 passes over the Amazon at about 14 hours UTC.
_HOURS = (13, 16)


class Series(NamedTuple):
    """Places through time.

    Attributes:
        s2: reflectance, (places, dates, 12, side, side), in the order of time.
        dates: year, month from 1, hour of each picture, (places, dates, 3).
        grows: whether the mine grows, else it is overgrown; (places,).
        mined: share of the place that the mine takes when it is whole, (places,).
    """

    s2: NDArray[np.float32]
    dates: NDArray[np.int64]
    grows: NDArray[np.bool_]
    mined: NDArray[np.float64]


def make_series(places: int, *, dates: int = 3, side: int = DEFAULT_SIDE, seed: int = 0) -> Series:
    """Draw places at several dates; half of their mines grow.

    Args:
        places: how many.
        dates: pictures of each place, at least 2.
        side: pixels of ten metres.
        seed: the same seed gives the same places, whatever their number.

    Raises:
        UsageError: no places, or nothing that could change.
    """
    if places < 1 or dates < 2:
        raise UsageError(f"{places} places at {dates} dates: at least 1 and 2 are wanted.")
    drawn = [
        _draw_place(np.random.default_rng([seed, place]), dates, side) for place in range(places)
    ]
    grows = np.arange(places) % 2 == 0
    # Backwards is what the forest does; dates and light keep their order.
    s2 = np.stack(
        [one.frames if up else one.frames[::-1] for one, up in zip(drawn, grows, strict=True)]
    )
    mined = np.array([one.mined for one in drawn])
    return Series(s2, np.stack([one.days for one in drawn]), grows, mined)


class _Place(NamedTuple):
    frames: NDArray[np.float32]
    days: NDArray[np.int64]
    mined: float


def _draw_place(rng: np.random.Generator, dates: int, side: int) -> _Place:
    """One place, its mine growing from picture to picture."""
    canvas = Canvas(side, rng)
    forest = canvas.surface.copy()
    DRAW[str(rng.choice(MINES))](canvas)
    mine = canvas.surface.copy()
    # Pixels are dug away in the order of a smooth field, from somewhere outwards.
    order = np.argsort(np.argsort(canvas.noise(6).ravel())).reshape(side, side) / (side * side)
    frames = []
    for share in np.linspace(0.1, 1.0, dates) * rng.uniform(0.9, 1.0):
        canvas.surface = np.where(order < share, mine, forest)
        air = Air(light=rng.uniform(0.92, 1.08), haze=1.0, tilt=0.0)
        frames.append(sense(canvas, air=air).s2 / np.float32(REFLECTANCE_UNIT))
    months = 12 * rng.choice(_FIRST_YEARS) + rng.integers(12)
    months = months + np.concatenate([[0], np.cumsum(rng.choice(_STEPS, size=dates - 1))])
    hours = rng.integers(*_HOURS, size=dates)
    days = np.stack([months // 12, months % 12 + 1, hours], axis=1)
    mined = float((mine != forest).mean())
    return _Place(np.stack(frames).astype(np.float32), days.astype(np.int64), mined)
