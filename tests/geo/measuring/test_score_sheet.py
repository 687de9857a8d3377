from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from kgpipe.geo.data.tileset import Pixels
from kgpipe.geo.measuring.score_sheet import rank_verdicts, write_verdicts
from kgpipe.tiles import Tile
from kgpipe.types import Rejection


class _Grey:
    """Tiles as grey as their number."""

    def __init__(self) -> None:
        self.tiles: Sequence[Tile] = [Tile(id=f"t{row}", source="made") for row in range(6)]
        self.bands: Mapping[str, tuple[str, ...]] = {"RGB": ("R", "G", "B")}
        self.rejections: Sequence[Rejection] = ()

    def read(self, places: Sequence[int]) -> Pixels:
        levels = np.array(places, dtype=np.float32) * 40 / 255
        return {"RGB": np.tile(levels[:, None, None, None], (1, 3, 8, 8))}


SCORES = np.array([3.0, -2.0, 1.0, 2.0, -1.0, 0.5])
OUTCOMES = np.array([1.0, 1.0, 1.0, 0.0, 0.0, 0.0])


def test_the_surest_right_and_wrong_ones_come_first() -> None:
    ranked = rank_verdicts(SCORES, OUTCOMES, most=2)
    assert {kind: rows.tolist() for kind, rows in ranked.items()} == {
        "best hits": [0, 2],
        "worst false alarms": [3, 5],
        "worst misses": [1, 2],
        "surest rejections": [4, 5],
    }


def test_the_tiles_are_drawn_in_that_order(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.png"
    # The scored tiles are the last five of the set.
    write_verdicts(_Grey(), np.arange(1, 6), SCORES[:5], OUTCOMES[:5], path, most=2)
    with Image.open(path) as sheet:
        # The first tile of the first row is tile 1 of the set, as grey as 40.
        assert sheet.getpixel((8 + 60, 8 + 20 + 60)) == (40, 40, 40)
        assert sheet.getpixel((8 + 128 + 60, 8 + 20 + 60)) == (120, 120, 120)
