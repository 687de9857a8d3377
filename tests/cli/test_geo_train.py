import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra geo brings torch")
pytest.importorskip("onnxscript", reason="the extra geo brings onnxscript")

from tests.cli.calls import Answer, Call

SMALL = (
    "dim=16", "heads=2", "width=8", "projector=8", "decoder=16", "location_hidden=16",
    "location_features=8", "batch=16", "epochs=2", 'sensors=["S2"]', "weights.points=0",
)  # fmt: skip


@pytest.fixture(scope="module")
def tiles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from kgpipe.geo.data.synthetic import write_synthetic

    return write_synthetic(tmp_path_factory.mktemp("tiles"), 50, side=16)


def train(call: Call, tiles: Path, out: Path, *options: str | Path) -> Answer:
    changes = [part for change in SMALL for part in ("--set", change)]
    return call(
        "geo", "train", "--tiles", tiles, "--out", out, "--preset", "demo", *changes, *options
    )


def test_train_and_embed(call: Call, tiles: Path, tmp_path: Path) -> None:
    model, out = tmp_path / "model", tmp_path / "vectors"
    answer = train(call, tiles, model, "--seed", "3", "--json")
    assert answer.code == 0, answer.err
    assert answer.json["tiles"] == 50
    assert "50 tiles to learn from" in answer.err
    assert "`inter` is left out: the tiles have one sensor only" in answer.err
    assert "epoch 2 of 2" in answer.err and "tiles/s" in answer.err
    description = json.loads((model / "model.json").read_text())
    assert description["settings"]["seed"] == 3
    assert set(description["files"]) == {"tiles_S2.onnx", "texts.onnx", "locations.onnx"}

    answer = call("geo", "embed", "--model", model, "--tiles", tiles, "--out", out, "--json")
    assert answer.code == 0, answer.err
    assert answer.json["tiles"] == 50
    assert answer.json["origin"] == {"tiles": str(tiles), "sheets": None, "raster": []}
    assert "tiles/s" in answer.err
    vectors = np.load(out / "vectors.npy")
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)

    # A folder that holds another training is not overwritten.
    answer = train(call, tiles, model, "--seed", "4")
    assert answer.code == 1
    assert "other settings or other tiles" in answer.err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--set", "dims=3"), "dims"),
        (("--preset", "huge"), "demo"),
        (("--set", 'sensors=["S3"]'), "no S3"),
    ],
)
def test_a_wrong_option_is_a_usage_error(
    options: tuple[str, str], message: str, call: Call, tiles: Path, tmp_path: Path
) -> None:
    answer = train(call, tiles, tmp_path / "model", *options)
    assert answer.code == 2
    assert message in answer.err
    assert not (tmp_path / "model").exists()


def test_tiles_that_do_not_exist_are_a_usage_error(call: Call, tmp_path: Path) -> None:
    answer = train(call, tmp_path / "none.csv", tmp_path / "model")
    assert answer.code == 2
    assert "none.csv" in answer.err
