import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from kgpipe.errors import KgpipeError, UsageError
from kgpipe.geo.embedding.embeddings import (
    Origin,
    embed_set,
    read_embeddings,
    read_origin,
    read_rejections,
    shared_bands,
    write_embeddings,
)
from kgpipe.types import Rejection
from tests.geo.toy_tiles import BANDS, ToyTiles, make_toys, without


class MeanEncoder:
    """`TileEncoder` that sees the direction of a tile's mean over its pixels."""

    name = "mean"

    def __init__(self, sensor: str = "S2", bands: tuple[str, ...] = BANDS["S2"]) -> None:
        self.bands: Mapping[str, tuple[str, ...]] = {sensor: bands}

    def embed_tiles(self, pixels: Any) -> NDArray[np.float32]:
        (values,) = pixels.values()
        means = values.mean(axis=(2, 3))
        return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True), dtype=np.float32)

    def embed_points(self, pixels: Any, offsets: Any) -> NDArray[np.float32]:
        raise NotImplementedError

    def embed_texts(self, texts: Any) -> NDArray[np.float32]:
        raise NotImplementedError

    def embed_locations(self, lonlat: Any) -> NDArray[np.float32]:
        raise NotImplementedError


TOYS = make_toys(10, sensors=["S2"])


def write(folder: Path, toys: ToyTiles, **options: Any) -> dict[str, Any]:
    encoder = MeanEncoder()
    return write_embeddings(
        folder, embed_set(toys, encoder=encoder, batch=4), encoder=encoder, bands=encoder.bands,
        **options,
    )  # fmt: skip


def test_embeddings_come_back_in_order_and_without_labels(tmp_path: Path) -> None:
    manifest = write(tmp_path, TOYS)
    found = read_embeddings(tmp_path)
    assert [tile.id for tile in found.tiles] == [tile.id for tile in TOYS.tiles]
    np.testing.assert_array_equal(found.vectors, MeanEncoder().embed_tiles(TOYS.pixels))
    assert found.model == "mean"
    assert found.bands == {"S2": BANDS["S2"]}
    assert {tile.labels for tile in found.tiles} == {()}
    assert "mine" not in (tmp_path / "tiles.jsonl").read_text()
    assert (manifest["tiles"], manifest["width"], manifest["rejections"]) == (10, 4, {})
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "manifest.json", "rejections.jsonl", "tiles.jsonl", "vectors.npy",
    ]  # fmt: skip


def test_vectors_are_a_plain_npy_file(tmp_path: Path) -> None:
    write(tmp_path, TOYS)
    assert np.load(tmp_path / "vectors.npy").shape == (10, 4)


def test_bad_tiles_are_counted_and_cost_no_other(tmp_path: Path) -> None:
    toys = replace(without(TOYS, 5, sensor="S2"), unreadable=frozenset({2}))
    before = [Rejection(stage="geo", item="x", reason="missing_sheet", detail="no sheet")]
    manifest = write(tmp_path, toys, rejections=before)
    assert manifest["rejections"] == {"missing_sheet": 1, "no_data": 1, "truncated": 1}
    assert [r.item for r in read_rejections(tmp_path)] == ["x", "toy002", "toy005"]
    found = read_embeddings(tmp_path)
    assert len(found.tiles) == 8
    assert np.isfinite(found.vectors).all()


def test_a_set_of_which_nothing_can_be_embedded_leaves_the_old_folder(tmp_path: Path) -> None:
    write(tmp_path, TOYS)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(KgpipeError, match=r"No tile could be embedded \(10 truncated\)"):
        write(tmp_path, replace(TOYS, unreadable=frozenset(range(10))))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_bands_are_found_by_name(tmp_path: Path) -> None:
    encoder = MeanEncoder(bands=("B08", "B02"))
    assert shared_bands(TOYS, encoder) == {"S2": [3, 0]}
    parts = list(embed_set(TOYS, encoder=encoder))
    np.testing.assert_array_equal(
        parts[0].vectors, encoder.embed_tiles({"S2": TOYS.pixels["S2"][:, [3, 0]]})
    )


def test_a_model_for_other_bands_names_both_lists() -> None:
    with pytest.raises(UsageError, match=r"B02 B11.*B02 B03 B04 B08, without B11"):
        shared_bands(TOYS, MeanEncoder(bands=("B02", "B11")))
    with pytest.raises(UsageError, match=r"S1: VV VH; the tiles have S2: B02 B03 B04 B08"):
        shared_bands(TOYS, MeanEncoder("S1", ("VV", "VH")))


def test_a_folder_without_embeddings_says_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="geo embed"):
        read_embeddings(tmp_path)


@pytest.mark.parametrize("name", ["tiles.jsonl", "vectors.npy", "manifest.json"])
def test_a_damaged_folder_is_an_error(name: str, tmp_path: Path) -> None:
    write(tmp_path, TOYS)
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(KgpipeError, match="damaged"):
        read_embeddings(tmp_path)


def test_a_tile_too_few_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, TOYS)
    lines = (tmp_path / "tiles.jsonl").read_text().splitlines()
    (tmp_path / "tiles.jsonl").write_text("\n".join(lines[1:]) + "\n")
    with pytest.raises(KgpipeError, match="damaged: 9 tiles"):
        read_embeddings(tmp_path)


def test_missing_pixels_are_counted(tmp_path: Path) -> None:
    values = TOYS.pixels["S2"].copy()
    toys = replace(TOYS, pixels={"S2": values})
    manifest = write(tmp_path, toys)
    assert manifest["missing_pixels"] == 0
    assert json.loads((tmp_path / "manifest.json").read_text()) == manifest


@pytest.mark.parametrize("origin", [
    Origin(Path("tiles/brazil.csv")),
    Origin(Path("../tiles.csv"), Path("sheets"), ("side=0", "offset=-1000")), None,
])  # fmt: skip
def test_the_origin_of_the_tiles_comes_back_as_it_was_given(
    origin: Origin | None, tmp_path: Path
) -> None:
    write(tmp_path, TOYS, origin=origin)
    assert read_origin(tmp_path) == origin


def test_a_folder_that_does_not_tell_its_origin_can_be_read(tmp_path: Path) -> None:
    manifest = write(tmp_path, TOYS)
    del manifest["origin"]
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    assert read_origin(tmp_path) is None
    assert len(read_embeddings(tmp_path).tiles) == 10
    (tmp_path / "manifest.json").write_text('{"origin": 3}')
    with pytest.raises(KgpipeError, match="damaged"):
        read_origin(tmp_path)
