import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="the extra geo brings torch")
pytest.importorskip("onnxscript", reason="the extra geo brings onnxscript")

from kgpipe.errors import KgpipeError, UsageError  # noqa: E402
from kgpipe.geo.embedding.model import read_model  # noqa: E402
from kgpipe.geo.training.checkpoints import FILE_NAME, read_checkpoint  # noqa: E402
from kgpipe.geo.training.train import Step  # noqa: E402
from tests.conftest import REPOSITORY  # noqa: E402
from tests.geo.toy_tiles import (  # noqa: E402
    fit_toy,
    make_toys,
    train_toy,
)

# Epochs of the training that is killed; each takes some tens of milliseconds.
EPOCHS = 40
SCRIPT = f"""
import sys
from pathlib import Path
from tests.geo.toy_tiles import fit_toy
fit_toy(Path(sys.argv[1]), "epochs={EPOCHS}", sensors=["S1", "S2"])
"""


def weights(folder: Path) -> dict[str, bytes]:
    checkpoint = read_checkpoint(folder)
    assert checkpoint is not None
    return {name: value.numpy().tobytes() for name, value in checkpoint.learner.items()}


def test_the_same_seed_gives_the_same_model(tmp_path: Path) -> None:
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        fit_toy(tmp_path / name, f"seed={seed}", sensors=["S1", "S2"])
    assert weights(tmp_path / "a") == weights(tmp_path / "b")
    assert weights(tmp_path / "a") != weights(tmp_path / "c")


def test_all_losses_take_part_and_are_logged(tmp_path: Path) -> None:
    steps: list[Step] = []
    fitted = fit_toy(tmp_path, sensors=["S1", "S2"], watch=steps.append)
    names = {"reconstruction", "inter", "intra", "labels", "location", "text", "points"}
    assert set(fitted.losses) == names
    assert fitted.left_out == {}
    # 24 tiles in batches of 8, twice.
    assert [(s.epoch, s.step) for s in steps] == [(e, s) for e in (1, 2) for s in (1, 2, 3)]
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines] == [1, 2]
    assert set(lines[0]["losses"]) == names
    assert lines[0]["tiles_per_second"] > 0


def test_what_a_set_lacks_is_said_and_written_down(tmp_path: Path) -> None:
    said: list[str] = []
    toys = make_toys(labelled=False, located=False)
    fitted = fit_toy(tmp_path, toys=toys, say=said.append)
    assert set(fitted.losses) == {"reconstruction", "intra"}
    assert set(fitted.left_out) == {"inter", "labels", "location", "text", "points"}
    for name in fitted.left_out:
        assert any(f"`{name}` is left out" in line for line in said)


def test_a_training_that_is_killed_ends_with_the_same_weights(tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}

    def start(folder: Path) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-c", SCRIPT, str(folder)], cwd=REPOSITORY, env=environment
        )

    assert start(whole).wait(timeout=300) == 0
    for _ in range(2):
        process = start(killed)
        before = _epochs(killed)
        while process.poll() is None and _epochs(killed) < before + 5:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL, "it ended before it could be killed"
    assert 0 < _epochs(killed) < EPOCHS
    assert start(killed).wait(timeout=300) == 0
    assert weights(killed) == weights(whole)
    epochs = [json.loads(line)["epoch"] for line in (killed / "log.jsonl").open()]
    assert epochs == list(range(1, EPOCHS + 1))


def _epochs(folder: Path) -> int:
    log = folder / "log.jsonl"
    return len(log.read_text().splitlines()) if log.exists() else 0


def test_other_settings_or_tiles_are_not_mixed_into_a_training(tmp_path: Path) -> None:
    fit_toy(tmp_path)
    with pytest.raises(KgpipeError, match="other settings or other tiles"):
        fit_toy(tmp_path, "seed=5")
    with pytest.raises(KgpipeError, match="other settings or other tiles"):
        fit_toy(tmp_path, toys=make_toys(seed=9))


def test_a_finished_training_is_not_trained_again(tmp_path: Path) -> None:
    fit_toy(tmp_path)
    first = weights(tmp_path)
    steps: list[Step] = []
    fit_toy(tmp_path, watch=steps.append)
    assert steps == []
    assert weights(tmp_path) == first


def test_a_loss_that_is_no_number_tells_its_step(tmp_path: Path) -> None:
    with pytest.raises(KgpipeError, match=r"is no number at step \d+ of epoch \d+"):
        fit_toy(tmp_path, "rate=1e30", "epochs=20")


def test_a_model_describes_its_training(tmp_path: Path) -> None:
    model = train_toy(tmp_path, "weights.labels=0", "weights.text=0", "weights.points=0")
    assert set(model.losses) == {"reconstruction", "intra", "location"}
    assert set(model.files) == {"tiles_RGB.onnx", "locations.onnx"}
    assert set(model.left_out) == {"inter"}
    assert (model.tiles, model.side, model.embedder) == (24, 16, "words")
    assert read_model(tmp_path) == model
    # What is refused changes nothing.
    with pytest.raises(KgpipeError, match="other settings"):
        fit_toy(tmp_path, "seed=5")
    assert read_model(tmp_path) == model


def test_weights_can_start_from_another_model(tmp_path: Path) -> None:
    said: list[str] = []
    fit_toy(tmp_path / "old")
    fit_toy(tmp_path / "new", "epochs=1", init=tmp_path / "old", say=said.append)
    assert any("tensors start from" in line for line in said)


def test_no_weights_or_no_device_is_a_usage_error(tmp_path: Path) -> None:
    names = ("reconstruction", "inter", "intra", "labels", "location", "text", "points")
    with pytest.raises(UsageError, match="No loss is left"):
        fit_toy(tmp_path, *(f"weights.{name}=0" for name in names))
    if not torch.cuda.is_available():
        with pytest.raises(UsageError, match="--device cpu"):
            fit_toy(tmp_path, device="cuda")
    assert not (tmp_path / FILE_NAME).exists()
