from pathlib import Path

import pytest

from kgpipe.errors import KgpipeError
from kgpipe.geo.embedding import stored_tiles
from kgpipe.geo.embedding.stored_tiles import StoredTiles
from kgpipe.tiles import Tile
from tests.geo.made_tiles import make_tile

TILES = [
    make_tile("a", -60.0, -5.0, start="2023-01-01", places=("Brazil", "Yanomami")),
    make_tile('Río "Beni"\n\\1', 180.0, 0.0),
    # An id that begins as another one, and one that stands within a record.
    make_tile("ab"),
    make_tile("c", places=('\\n{"id":"d"',)),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "tiles.jsonl"
    lines = [tile.model_dump_json() + "\n" for tile in TILES]
    file.write_text("".join(lines), encoding="utf-8")
    return file


@pytest.mark.parametrize("block", [1, 7, 1 << 20])
def test_tiles_come_back_one_by_one(
    block: int, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_tiles, "_BLOCK", block)
    stored = StoredTiles(path)
    assert len(stored) == len(TILES)
    assert [*stored] == TILES
    assert [stored[at] for at in (2, 0, -1)] == [TILES[2], TILES[0], TILES[3]]
    assert stored[1:3] == TILES[1:3]
    with pytest.raises(IndexError):
        stored[4]


def test_a_tile_is_read_when_it_is_looked_at(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[bytes] = []
    whole = Tile.model_validate_json

    def note(line: bytes) -> Tile:
        read.append(line)
        return whole(line)

    monkeypatch.setattr(Tile, "model_validate_json", note)
    stored = StoredTiles(path)
    assert (len(stored), stored.row_of("c"), read) == (4, 3, [])
    assert stored[2].id == "ab"
    assert read == [path.read_bytes().splitlines(keepends=True)[2]]


def test_an_id_is_found_whole_and_as_an_id_alone(path: Path) -> None:
    stored = StoredTiles(path)
    assert [stored.row_of(tile.id) for tile in TILES] == [0, 1, 2, 3]
    assert [stored.row_of(name) for name in ("d", "", "b", "Río", 'a"')] == [None] * 5


def test_a_damaged_line_is_told_when_it_is_looked_at(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], b"{}\n", *lines[2:]]))
    stored = StoredTiles(path)
    assert stored[2].id == "ab"
    with pytest.raises(KgpipeError, match=r"tiles\.jsonl is damaged in line 2"):
        stored[1]


def test_a_cut_line_or_an_empty_file_is_refused(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(ValueError, match=r"the last line of tiles\.jsonl is cut"):
        StoredTiles(path)
    path.write_bytes(b"")
    with pytest.raises(ValueError, match="empty"):
        StoredTiles(path)


def test_the_digest_changes_with_any_tile(path: Path) -> None:
    before = StoredTiles(path).digest
    assert StoredTiles(path).digest == before
    path.write_text(path.read_text(encoding="utf-8").replace("2023", "2024"), encoding="utf-8")
    assert StoredTiles(path).digest != before
