import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

pytest.importorskip("torch", reason="the extra geo brings torch")
pytest.importorskip("onnxscript", reason="the extra geo brings onnxscript")

from kgpipe.errors import KgpipeError, UsageError
from kgpipe.geo.embedding.encoder import load_encoder
from kgpipe.geo.embedding.model import read_model, write_model
from kgpipe.geo.embedding.scaling import scale
from kgpipe.ports import Port, TileEncoder
from tests.conftest import REPOSITORY
from tests.geo.toy_tiles import BANDS, WORDS, WordEmbedder, make_toys, train_toy

TOYS = make_toys(10, sensors=["S1", "S2"], seed=3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    trained = tmp_path_factory.mktemp("model")
    train_toy(trained, sensors=["S1", "S2"])
    return trained


@pytest.fixture(scope="module")
def encoder(folder: Path) -> TileEncoder:
    return load_encoder(folder, embedder=WORDS)


def test_every_trained_part_was_written(folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == [
        "checkpoint.pt", "locations.onnx", "log.jsonl", "model.json", "points_S1.onnx",
        "points_S2.onnx", "texts.onnx", "tiles_S1+S2.onnx", "tiles_S1.onnx", "tiles_S2.onnx",
    ]  # fmt: skip


def lengths(rows: Any) -> Any:
    return np.linalg.norm(rows, axis=1)


@pytest.mark.parametrize("sensors", [["S1"], ["S2"], ["S1", "S2"]])
def test_any_sensors_give_rows_of_length_one(encoder: TileEncoder, sensors: list[str]) -> None:
    rows = encoder.embed_tiles({sensor: TOYS.pixels[sensor] for sensor in sensors})
    assert rows.shape == (10, 8)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(lengths(rows), 1, atol=1e-5)


def test_a_tile_is_the_same_alone_and_among_others(encoder: TileEncoder) -> None:
    alone = encoder.embed_tiles({sensor: values[4:5] for sensor, values in TOYS.pixels.items()})
    np.testing.assert_allclose(encoder.embed_tiles(TOYS.pixels)[4:5], alone, atol=1e-5)


def test_a_tile_without_data_is_nan_and_its_other_sensor_is_enough(encoder: TileEncoder) -> None:
    radar, optical = (TOYS.pixels[sensor].copy() for sensor in ("S1", "S2"))
    radar[2] = radar[3] = np.nan
    optical[3] = np.nan
    rows = encoder.embed_tiles({"S1": radar, "S2": optical})
    assert np.isnan(rows).all(axis=1).tolist() == [i == 3 for i in range(10)]
    np.testing.assert_allclose(rows[2:3], encoder.embed_tiles({"S2": optical[2:3]}), atol=1e-5)


@pytest.mark.parametrize("times", [2, 4])
def test_larger_tiles_are_embedded(encoder: TileEncoder, times: int) -> None:
    larger = np.tile(TOYS.pixels["S2"][:2], (1, 1, times, times))
    np.testing.assert_allclose(lengths(encoder.embed_tiles({"S2": larger})), 1, atol=1e-5)


def test_points_count_y_to_the_north(encoder: TileEncoder, folder: Path) -> None:
    model = read_model(folder)
    scaled = scale(TOYS.pixels["S2"], model.ranges["S2"], clip=model.settings.clip)
    offsets = np.random.default_rng(0).uniform(-1, 1, (10, 2)).astype(np.float32)
    (grid,) = run(folder, "tiles_S2", ["grid"], pixels=scaled)
    # Rows of the grid run to the south.
    (wanted,) = run(folder, "points_S2", None, grid=grid, coordinates=offsets * [1, -1])
    rows = encoder.embed_points({"S2": TOYS.pixels["S2"]}, offsets)
    np.testing.assert_allclose(rows, wanted, atol=1e-5)
    np.testing.assert_allclose(lengths(rows), 1, atol=1e-5)
    assert not np.allclose(
        rows, encoder.embed_points({"S2": TOYS.pixels["S2"]}, -offsets), atol=0.01
    )


def run(folder: Path, part: str, outputs: list[str] | None, **feeds: Any) -> Any:
    session = onnxruntime.InferenceSession(str(folder / f"{part}.onnx"))
    return session.run(outputs, {name: value.astype(np.float32) for name, value in feeds.items()})


@pytest.mark.parametrize("offsets", [[[2.0, 0.0]], [[np.nan, 0.0]], [[0.0]]])
def test_a_point_outside_of_its_tile_is_refused(encoder: TileEncoder, offsets: Any) -> None:
    with pytest.raises(UsageError, match="-1 to 1"):
        encoder.embed_points({"S2": TOYS.pixels["S2"][:1]}, np.array(offsets, dtype=np.float32))


def test_texts_and_locations_lie_in_the_same_space(encoder: TileEncoder) -> None:
    texts = encoder.embed_texts(["gold mine", "forest in Brazil"])
    places = encoder.embed_locations(np.array([[-60.0, -3.0], [np.nan, 0.0], [179.0, 89.0]]))
    assert texts.shape == (2, 8)
    np.testing.assert_allclose(lengths(texts), 1, atol=1e-5)
    assert np.isnan(places[1]).all()
    np.testing.assert_allclose(lengths(places[[0, 2]]), 1, atol=1e-5)


def test_swapped_coordinates_are_refused(encoder: TileEncoder) -> None:
    with pytest.raises(UsageError, match="longitude stands first"):
        encoder.embed_locations(np.array([[-3.0, -120.0]]))


def test_other_bands_are_refused_with_both_lists(encoder: TileEncoder) -> None:
    with pytest.raises(UsageError, match=r"RGB.*S1: VV VH; S2: B02 B03 B04 B08"):
        encoder.embed_tiles({"RGB": np.zeros((1, 3, 16, 16), np.float32)})
    with pytest.raises(UsageError, match=r"\(1, 3, 16, 16\).*B02 B03 B04 B08"):
        encoder.embed_tiles({"S2": np.zeros((1, 3, 16, 16), np.float32)})


def test_sides_that_patches_do_not_fill_are_refused(encoder: TileEncoder) -> None:
    with pytest.raises(UsageError, match="multiples"):
        encoder.embed_tiles({"S2": np.zeros((1, 4, 20, 16), np.float32)})


def test_sensors_that_do_not_fit_together_are_refused(encoder: TileEncoder) -> None:
    with pytest.raises(UsageError, match="differ in number or size"):
        encoder.embed_tiles({"S1": TOYS.pixels["S1"], "S2": TOYS.pixels["S2"][:4]})


def test_the_name_tells_the_model_apart(folder: Path, encoder: TileEncoder, tmp_path: Path) -> None:
    assert load_encoder(folder).name == encoder.name
    other = read_model(folder)
    write_model(tmp_path, other.model_copy(update={"files": {"tiles_S1.onnx": "00"}}))
    assert load_encoder(tmp_path).name != encoder.name
    assert encoder.bands == {sensor: BANDS[sensor] for sensor in ("S1", "S2")}


def test_a_changed_file_is_refused(folder: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    file = copy / "tiles_S2.onnx"
    file.write_bytes(file.read_bytes() + b"\0")
    encoder = load_encoder(copy)
    with pytest.raises(KgpipeError, match=r"tiles_S2\.onnx is not the file"):
        encoder.embed_tiles({"S2": TOYS.pixels["S2"]})


def test_what_was_not_trained_is_told(folder: Path, tmp_path: Path) -> None:
    model = read_model(folder).model_copy(
        update={"files": {}, "left_out": {"location": "fewer than two tiles have coordinates"}}
    )
    write_model(tmp_path, model)
    encoder = load_encoder(tmp_path, embedder=WORDS)
    with pytest.raises(UsageError, match="trained without texts"):
        encoder.embed_texts(["gold mine"])
    with pytest.raises(UsageError, match="fewer than two tiles have coordinates"):
        encoder.embed_locations(np.zeros((1, 2)))


def test_another_embedder_is_refused(folder: Path) -> None:
    with pytest.raises(UsageError, match="embedded by words, not other"):
        load_encoder(folder, embedder=Port("other", WordEmbedder))
    with pytest.raises(UsageError, match="no sentence embedder"):
        load_encoder(folder).embed_texts(["gold mine"])


def test_nothing_imports_torch(folder: Path) -> None:
    script = (
        "import sys, numpy as np; from pathlib import Path\n"
        "import kgpipe.cli.geo_embed, kgpipe.geo.embedding.embeddings\n"
        "from kgpipe.geo.embedding.encoder import load_encoder\n"
        f"encoder = load_encoder(Path({str(folder)!r}))\n"
        "assert encoder.embed_tiles({'S2': np.zeros((2, 4, 16, 16), np.float32)}).shape == (2, 8)\n"
        "assert not {'torch', 'einops', 'onnx', 'onnxscript'} & {*sys.modules}\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=REPOSITORY, timeout=120)
