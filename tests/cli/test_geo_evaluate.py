import json
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the extra geo brings torch")
pytest.importorskip("onnxscript", reason="the extra geo brings onnxscript")

from tests.cli.calls import Call

SMALL = (
    "dim=16", "heads=2", "width=8", "projector=8", "decoder=16", "batch=16", "epochs=1",
    'sensors=["S2"]', "weights.points=0", "weights.text=0", "weights.location=0",
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from kgpipe.geo.data.synthetic import write_synthetic

    made = tmp_path_factory.mktemp("tiles")
    write_synthetic(made / "a", 60, side=16, seed=1)
    write_synthetic(made / "b", 60, side=16, seed=2)
    return made


def test_a_report_and_pictures(call: Call, folder: Path, tmp_path: Path) -> None:
    learned, asked = folder / "a" / "tiles.csv", folder / "b" / "tiles.csv"
    model, report, pictures = tmp_path / "model", tmp_path / "r.json", tmp_path / "pictures"
    changes = [part for change in SMALL for part in ("--set", change)]
    answer = call(
        "geo", "train", "--tiles", learned, "--out", model, "--preset", "demo", *changes
    )  # fmt: skip
    assert answer.code == 0, answer.err
    answer = call(
        "geo", "evaluate", "--model", model, "--train-tiles", learned, "--tiles", asked,
        "--json", report, "--out", pictures,
    )  # fmt: skip
    assert answer.code == 0, answer.err
    assert "average_precision:" in answer.err
    found = json.loads(report.read_text())
    # Spectra of mining ponds and of forest are told apart even by an untrained encoder.
    assert found["average_precision"] > found["average_precision_by_chance"] + 0.1
    assert found["counts"]["test"] == 60
    assert found["warnings"] == []
    assert {path.name for path in pictures.iterdir()} == {"verdicts.png", "map.png"}

    # The very tiles that it learned from are a warning.
    answer = call(
        "geo", "evaluate", "--model", model, "--train-tiles", learned, "--tiles", learned,
        "--json", report,
    )  # fmt: skip
    assert answer.code == 0, answer.err
    assert "60 of 60 tested tiles are among the training tiles" in answer.err


def test_a_folder_without_a_model(call: Call, folder: Path, tmp_path: Path) -> None:
    tiles = folder / "a" / "tiles.csv"
    answer = call(
        "geo", "evaluate", "--model", tmp_path, "--train-tiles", tiles, "--tiles", tiles,
        "--json", tmp_path / "r.json",
    )  # fmt: skip
    assert answer.code == 2
    assert "holds no trained model" in answer.err
