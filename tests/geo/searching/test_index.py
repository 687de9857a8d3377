from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from kgpipe.errors import KgpipeError, UsageError
from kgpipe.geo.embedding.embeddings import Embeddings
from kgpipe.geo.embedding.stored_tiles import StoredTiles
from kgpipe.geo.searching import index as index_module
from kgpipe.geo.searching.cells import (
    build_cells,
    exact_nearest,
    load_cells,
    save_cells,
    share_found,
)
from kgpipe.geo.searching.index import FILE, GROUND_FILE, TileIndex, digest_vectors
from tests.geo.made_tiles import DIMENSIONS, embedded, made_vectors, make_tile, unit

# So that cells are searched in a fast test.
FEW = 300


def index_of(vectors: NDArray[np.float32], **options: object) -> TileIndex:
    tiles = [make_tile(f"t{row:05}") for row in range(len(vectors))]
    return TileIndex(embedded(tiles, vectors), **options)  # type: ignore[arg-type]


def by_hand(
    vectors: NDArray[np.float32], query: NDArray[np.float32], among: NDArray[np.bool_], limit: int
) -> list[int]:
    scores = np.round(vectors.astype(np.float64) @ query.astype(np.float64), 6)
    rows = [row for row in np.flatnonzero(among).tolist() if np.isfinite(vectors[row]).all()]
    return sorted(rows, key=lambda row: (-scores[row], row))[:limit]


@given(st.integers(0, 50), st.integers(1, 60), st.integers(1, 12), st.data())
@settings(max_examples=60, deadline=None)
def test_the_best_among_those_that_may_be_found(
    seed: int, count: int, limit: int, data: st.DataObject
) -> None:
    # Few distinct vectors, so that many tie.
    vectors = made_vectors(7, seed=seed)[np.random.default_rng(seed).integers(7, size=count)]
    blind = data.draw(st.lists(st.booleans(), min_size=count, max_size=count))
    vectors[np.array(blind)] = np.nan
    among = np.array(data.draw(st.lists(st.booleans(), min_size=count, max_size=count)))
    if np.isnan(vectors).any(axis=1).all():
        with pytest.raises(KgpipeError, match="nothing to search"):
            index_of(vectors)
        return
    query = made_vectors(1, seed=seed + 1)[0]
    found = index_of(vectors).search(query, limit=limit, among=among)
    assert [one.row for one in found] == by_hand(vectors, query, among, limit)
    assert sorted((-one.score, one.row) for one in found) == [
        (-one.score, one.row) for one in found
    ]


def test_nothing_embedded_is_said() -> None:
    with pytest.raises(KgpipeError, match="No tile is embedded: there is nothing to search"):
        index_of(np.empty((0, DIMENSIONS), dtype=np.float32))


def test_a_query_of_another_model_is_refused() -> None:
    index = index_of(made_vectors(5))
    with pytest.raises(UsageError, match=r"\(8,\), and the tiles' vectors 16 dimensions"):
        index.search(made_vectors(1, dimensions=8)[0], limit=1)
    with pytest.raises(UsageError, match="no numbers"):
        index.search(np.full(DIMENSIONS, np.nan), limit=1)
    with pytest.raises(UsageError, match="embedded with hash:1, and the model named is other:2"):
        index.check_model("other:2")
    index.check_model("hash:1")


def test_an_unknown_tile_is_answered_with_the_nearest_ids() -> None:
    index = index_of(made_vectors(30))
    assert index.row_of("t00007") == 7
    with pytest.raises(UsageError, match=r"No tile 't0007' is embedded. The nearest ids: t00007"):
        index.row_of("t0007")


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> NDArray[np.float32]:
    """Vectors in bunches, some of them of nothing seen; too many to be compared one by one."""
    monkeypatch.setattr(index_module, "MAX_EXACT", FEW)
    bunches = made_vectors(40)
    generator = np.random.default_rng(1)
    noise = generator.standard_normal((4_000, DIMENSIONS), dtype=np.float32)
    vectors = unit(bunches[generator.integers(40, size=4_000)] + 0.1 * noise)
    vectors[::97] = np.nan
    return vectors


def test_cells_find_nearly_all_that_is_near(many: NDArray[np.float32]) -> None:
    index = index_of(many)
    usable = np.flatnonzero(index.usable)
    queries = many[usable[::40]]
    truth = exact_nearest(queries, many, limit=10, rows=usable)
    found = [np.array([one.row for one in index.search(one, limit=10)]) for one in queries]
    assert share_found(found, queries, many, truth) >= 0.95
    assert index.cells.recall >= 0.98
    assert index.cells.probes < index.cells.index.nlist
    for query, rows in zip(queries, found, strict=True):
        scores = index.score(rows, query)
        assert (np.diff(scores) <= 0).all()


def test_a_filter_that_leaves_many_still_fills_the_list(many: NDArray[np.float32]) -> None:
    index = index_of(many)
    # What may be found lies far from the query: cells near it hold none of it.
    query = many[1]
    scores = np.nan_to_num(many @ query, nan=-2.0)
    among = scores < np.sort(scores)[FEW + 200]
    among &= index.usable
    assert int(among.sum()) > 100
    found = index.search(query, limit=10, among=among)
    assert [one.row for one in found] == by_hand(many, query, among, 10)
    large = scores < np.quantile(scores, 0.6)
    rows = [one.row for one in index.search(query, limit=10, among=large)]
    assert len(rows) == 10
    assert (large & index.usable)[rows].all()


def test_the_built_index_is_kept_and_used_again(many: NDArray[np.float32], tmp_path: Path) -> None:
    said: list[str] = []
    file = tmp_path / "index.faiss"
    first = index_of(many, file=file, tell=said.append).search(many[1], limit=5)
    assert said == [f"Building the index of {np.isfinite(many[:, 0]).sum():,} tiles ..."]
    assert [path.name for path in tmp_path.iterdir()] == ["index.faiss"]
    written = file.read_bytes()
    assert index_of(many, file=file, tell=said.append).search(many[1], limit=5) == first
    assert len(said) == 1
    assert file.read_bytes() == written


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda content: content[: len(content) // 2], "damaged"),
        (lambda content: content[:-1], "damaged"),
        (lambda content: b"", "damaged"),
        (lambda content: b"[]\n" + content, "damaged"),
        (lambda content: content.replace(b'"format": 1', b'"format": 0'), "another version"),
    ],
)
def test_a_spoilt_index_is_built_again_and_said_so(
    many: NDArray[np.float32], tmp_path: Path, spoil: object, why: str
) -> None:
    file = tmp_path / "index.faiss"
    first = index_of(many, file=file).search(many[1], limit=5)
    written = file.read_bytes()
    file.write_bytes(spoil(written))  # type: ignore[operator]
    said: list[str] = []
    assert index_of(many, file=file, tell=said.append).search(many[1], limit=5) == first
    assert why in said[0]
    assert "built again" in said[0]
    assert file.read_bytes() == written


def test_an_index_of_other_vectors_is_stale(many: NDArray[np.float32], tmp_path: Path) -> None:
    file = tmp_path / "index.faiss"
    index_of(many, file=file).search(many[1], limit=5)
    changed = many.copy()
    changed[2] = many[1]
    said: list[str] = []
    found = index_of(changed, file=file, tell=said.append).search(many[1], limit=2)
    assert "the embeddings have changed since" in said[0]
    assert [one.row for one in found] == [1, 2]


def test_an_index_that_cannot_be_written_is_used_all_the_same(
    many: NDArray[np.float32], tmp_path: Path
) -> None:
    said: list[str] = []
    absent = tmp_path / "absent" / "index.faiss"
    assert index_of(many, file=absent, tell=said.append).search(many[1], limit=1)[0].row == 1
    assert "not kept" in said[-1]


def test_the_same_vectors_give_the_same_index(many: NDArray[np.float32], tmp_path: Path) -> None:
    rows = np.flatnonzero(np.isfinite(many).all(axis=1))
    for name in ("one", "two"):
        save_cells(build_cells(many, rows), tmp_path / name, digest=digest_vectors(many))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert load_cells(tmp_path / "one", digest="other") == "the embeddings have changed since"


def test_where_many_tiles_are_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_module, "_KEPT_FROM", 3)
    path, said = tmp_path / "tiles.jsonl", list[str]()

    def open_with(*lons: float) -> TileIndex:
        tiles = [make_tile(f"t{lon}", lon, 0.0) for lon in lons]
        path.write_text("".join(tile.model_dump_json() + "\n" for tile in tiles))
        made = Embeddings(StoredTiles(path), made_vectors(len(tiles)), "made", {})
        return TileIndex(made, file=tmp_path / FILE, tell=said.append)

    for lons in ((1.0, 2.0, 3.0), (1.0, 2.0, 3.0), (1.0, 2.0, 4.0)):
        index = open_with(*lons)
        assert index.ground.lon.tolist() == [*lons]
    # Read off the tiles at first, and after they changed.
    assert said == ["Reading where 3 tiles are ..."] * 2
    (tmp_path / GROUND_FILE).unlink()
    assert open_with(5.0, 6.0).ground.lon.tolist() == [5.0, 6.0]
    assert not (tmp_path / GROUND_FILE).exists()


def test_a_folder_that_cannot_be_written_costs_only_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_module, "_KEPT_FROM", 1)
    path, said = tmp_path / "tiles.jsonl", list[str]()
    path.write_text(make_tile("t", 7.0, 0.0).model_dump_json() + "\n")
    made = Embeddings(StoredTiles(path), made_vectors(1), "made", {})
    index = TileIndex(made, file=tmp_path / "absent" / FILE, tell=said.append)
    assert index.ground.lon.tolist() == [7.0]
    assert "cannot be written" in said[-1]


@given(st.lists(st.integers(0, 4), min_size=1, max_size=30), st.integers(1, 12))
@settings(max_examples=60, deadline=None)
def test_equal_scores_stand_in_the_order_of_ids(scores: list[int], limit: int) -> None:
    index = index_of(made_vectors(30))
    # Rows from the last one on, so that the order of ids is not that of the places.
    rows = np.arange(30)[::-1][: len(scores)]
    found = index.best(rows, np.array(scores, dtype=np.float64), limit)
    assert found == sorted(range(len(scores)), key=lambda at: (-scores[at], -at))[:limit]
