"""The picture of a probe's verdicts: the surest right and the surest wrong ones, side by side."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from kgpipe.geo.data.tileset import TileSet
from kgpipe.geo.measuring.metrics import Floats
from kgpipe.geo.searching.renderings import render

_COLUMNS, _SIDE, _GAP, _LINE = 8, 120, 8, 20


def rank_verdicts(scores: Floats, outcomes: Floats, *, most: int) -> dict[str, NDArray[np.int64]]:
    """Rows by kind of verdict, the most telling first."""
    order = np.argsort(-scores, kind="stable")
    positive = outcomes[order] == 1
    return {
        "best hits": order[positive][:most],
        "worst false alarms": order[~positive][:most],
        "worst misses": order[positive][::-1][:most],
        "surest rejections": order[~positive][::-1][:most],
    }


def write_verdicts(
    tiles: TileSet, places: NDArray[np.int64], scores: Floats, outcomes: Floats, path: Path,
    *, most: int = 16,
) -> None:  # fmt: skip
    """Draw the tiles of `rank_verdicts` into a PNG, each with its log-odds.

    Args:
        tiles: that hold the pixels.
        places: of the scored tiles in `tiles`, shape (n,).
        scores: log-odds, shape (n,).
        outcomes: 1 or 0, shape (n,).
        path: file to write.
        most: tiles of each kind.

    Raises:
        UsageError: the tiles have no bands that make a picture.
    """
    ranked = rank_verdicts(scores, outcomes, most=most)
    rows = [row for kind in ranked.values() for row in kind.tolist()]
    # Drawn together, so that they are stretched alike.
    drawn = dict(zip(rows, _draw(tiles, [int(places[row]) for row in rows]), strict=True))
    cell = _SIDE + _LINE
    lines = {kind: -(-max(len(found), 1) // _COLUMNS) for kind, found in ranked.items()}
    height = sum(_LINE + count * cell + _GAP for count in lines.values()) + _GAP
    sheet = Image.new("RGB", (_GAP + _COLUMNS * (_SIDE + _GAP), height), "white")
    canvas = ImageDraw.Draw(sheet)
    top = _GAP
    for kind, found in ranked.items():
        canvas.text((_GAP, top), kind, fill="black")
        for place, row in enumerate(found.tolist()):
            left = _GAP + place % _COLUMNS * (_SIDE + _GAP)
            upper = top + _LINE + place // _COLUMNS * cell
            sheet.paste(drawn[row], (left, upper))
            canvas.text((left, upper + _SIDE + 2), f"{scores[row]:+.2f}", fill="black")
        top += _LINE + lines[kind] * cell + _GAP
    sheet.save(path, format="PNG", optimize=True)


def _draw(tiles: TileSet, places: Sequence[int]) -> list[Image.Image]:
    pictures = render(tiles.read(places), tiles.bands)
    return [Image.fromarray(one).resize((_SIDE, _SIDE), Image.Resampling.NEAREST)
            for one in pictures]  # fmt: skip
