from pathlib import Path

import pytest

from kgpipe.assets import asset_path
from kgpipe.geo.data.synthetic import write_synthetic
from kgpipe.geo.embedding.embeddings import read_embeddings
from kgpipe.geo.embedding.model import Model, read_model, write_model
from kgpipe.geo.embedding.scaling import BandRange
from kgpipe.geo.training.settings import GeoSettings
from tests.cli.calls import Call

MODEL = asset_path("data/geo/demo/model")


@pytest.fixture(scope="module")
def tiles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_synthetic(tmp_path_factory.mktemp("tiles"), 4, side=16)


def write(folder: Path, bands: dict[str, tuple[str, ...]]) -> Path:
    """A model of which only the description is there."""
    ranges = {sensor: (BandRange(mean=0, std=1),) * len(names) for sensor, names in bands.items()}
    folder.mkdir()
    model = Model(
        settings=GeoSettings(), bands=bands, ranges=ranges, side=16, embedder="", tiles=1,
        files={f"tiles_{sensor}.onnx": "00" for sensor in bands}, training_set="tiles",
        losses=("intra",), left_out={},
    )  # fmt: skip
    write_model(folder, model)
    return folder


def test_a_folder_without_a_model_is_a_usage_error(call: Call, tiles: Path, tmp_path: Path) -> None:
    answer = call("geo", "embed", "--model", tmp_path, "--tiles", tiles, "--out", tmp_path / "out")
    assert answer.code == 2
    assert "kgpipe geo train" in answer.err


def test_a_model_for_other_bands_names_both_lists(call: Call, tiles: Path, tmp_path: Path) -> None:
    model = write(tmp_path / "model", {"S2": ("B02", "B99")})
    answer = call("geo", "embed", "--model", model, "--tiles", tiles, "--out", tmp_path / "out")
    assert answer.code == 2
    assert "B02 B99" in answer.err and "B01 B02 B03" in answer.err
    assert not (tmp_path / "out").exists()


def test_a_model_whose_files_are_gone_is_told(call: Call, tiles: Path, tmp_path: Path) -> None:
    model = write(tmp_path / "model", {"S1": ("VV", "VH")})
    answer = call("geo", "embed", "--model", model, "--tiles", tiles, "--out", tmp_path / "out")
    assert answer.code == 1
    assert "tiles_S1.onnx" in answer.err


def test_rasters_are_read_as_told_and_drawn_so_again(call: Call, tmp_path: Path) -> None:
    pytest.importorskip("rasterio", reason="rasterio is an extra")
    from tests.geo.geotiff import plain, write_raster

    bands = read_model(MODEL).bands["S2"]
    folder = tmp_path / "rasters"
    folder.mkdir()
    for place, name in enumerate("ab"):
        write_raster(folder / f"{name}.tif", plain(len(bands), 64, 1000 + 500 * place, "int16"))
    asked = ["geo", "embed", "--model", MODEL, "--tiles", folder, "--out", tmp_path / "index"]
    answer = call(*asked)
    assert answer.code == 1
    assert "--raster bands=B02,B03,B04" in answer.err
    answer = call(*asked, "--raster", f"bands={','.join(bands)}", "--raster", "side=32")
    assert answer.code == 0, answer.err
    assert "8 tiles as vectors" in answer.err
    tile = read_embeddings(tmp_path / "index").tiles[0].id
    answer = call(
        "geo", "search", "--tile", tile, "--index", tmp_path / "index",
        "--sheet", tmp_path / "hits.png",
    )  # fmt: skip
    assert answer.code == 0, answer.err
    assert "Picture of 7 tiles" in answer.err
    assert "not among" not in answer.err
