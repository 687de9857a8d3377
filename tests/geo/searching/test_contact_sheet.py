from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kgpipe.errors import UsageError
from kgpipe.geo.data.tileset import Pixels
from kgpipe.geo.searching.contact_sheet import draw_sheet, write_sheet
from kgpipe.geo.searching.hits import Found, Hit
from kgpipe.tiles import Tile
from kgpipe.types import Rejection
from tests.geo.made_tiles import make_tile


class PlainTiles:
    """A `TileSet` whose tiles are of one colour each."""

    bands: Mapping[str, tuple[str, ...]] = {"RGB": ("R", "G", "B")}
    rejections: Sequence[Rejection] = ()

    def __init__(self, colours: dict[str, tuple[int, int, int]]) -> None:
        self.tiles: Sequence[Tile] = [make_tile(name) for name in colours]
        self._colours = list(colours.values())

    def read(self, places: Sequence[int]) -> Pixels:
        colours = np.array([self._colours[place] for place in places], dtype=np.float32) / 255
        return {"RGB": np.ascontiguousarray(np.tile(colours[:, :, None, None], (1, 1, 6, 6)))}


def found(*names: str) -> Found:
    hits = [
        Hit(rank=rank, tile=make_tile(name, -60.0, -5.0, places=("Brazil",)), score=1 / rank)
        for rank, name in enumerate(names, start=1)
    ]
    return Found(query="mining ponds", model="hash:1", hits=tuple(hits))


def test_tiles_stand_by_rank(tmp_path: Path) -> None:
    colours = {"blue": (0, 0, 250), "red": (250, 0, 0), "green": (0, 250, 0)}
    path = tmp_path / "hits.png"
    assert write_sheet(found("red", "green", "blue"), PlainTiles(colours), path) == 0
    with Image.open(path) as sheet:
        picture = np.asarray(sheet.convert("RGB"))
    where = [
        np.argwhere((picture == colours[name]).all(axis=2)).min(axis=0)[1]
        for name in ("red", "green", "blue")
    ]
    assert where == sorted(where)
    # Pixels are squares of one size.
    assert (picture == colours["red"]).all(axis=2).sum() > 150 * 150


def test_what_the_tiles_lack_is_left_blank_and_counted(tmp_path: Path) -> None:
    tiles = PlainTiles({"red": (250, 0, 0)})
    assert write_sheet(found("red", "gone"), tiles, tmp_path / "hits.png") == 1
    with pytest.raises(UsageError, match="not even gone"):
        write_sheet(found("gone"), tiles, tmp_path / "other.png")
    with pytest.raises(UsageError, match="nothing to draw"):
        write_sheet(found(), tiles, tmp_path / "other.png")
    assert not (tmp_path / "other.png").exists()


def test_a_long_list_goes_on_in_the_next_row() -> None:
    names = [f"tile-with-a-long-name-{number}" for number in range(12)]
    pictures = {name: np.zeros((4, 8, 3), dtype=np.uint8) for name in names}
    few, many = draw_sheet(found(*names[:5]), pictures), draw_sheet(found(*names), pictures)
    assert many.width == few.width
    assert many.height > 2 * few.height - 200


def test_letters_of_other_languages_are_no_fault() -> None:
    hits = Found(query="garimpo à beira do rio, 金矿", model="m", hits=found("a").hits)
    assert draw_sheet(hits, {}).width > 500
