import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra geo brings torch")

import torch

from kgpipe.bench.geo_temporal import (
    TRAININGS,
    Frames,
    Places,
    choose_step,
    draw_places,
    embed,
    pretrain,
    run,
)

SYSTEMS = {
    "dates_independent_masks", "dates_consistent_masks", "without_dates", "newest_picture",
    "any_picture", "untrained", "mean_colours_in_order", "mean_colours_of_all",
}  # fmt: skip
FEW = {"train": 24, "validation": 12, "test": 16}


def test_the_report_compares_every_system_with_the_recipe(tmp_path: Path) -> None:
    report = run(tmp_path, places=FEW, steps=(1, 2), seeds=(1, 2), resamples=20)
    written = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert written == report
    assert set(report["systems"]) == SYSTEMS
    assert report["by_chance"]["grows"] == 0.5
    for name, system in report["systems"].items():
        assert system["steps"] in ((1, 2) if name.endswith(("masks", "dates", "picture")) else (0,))
        for question in ("grows", "large"):
            found = system[question]
            figure = found["average_precision"]
            assert figure["n"] == 16
            assert figure["value"] == pytest.approx(np.mean(found["by_seed"]), abs=1e-4)
            assert len(found["by_seed"]) == (1 if "colours" in name else 2)
    assert report["systems"]["dates_independent_masks"]["grows"]["against_recipe"]["value"] == 0


def test_parts_are_other_places() -> None:
    parts = draw_places(FEW)
    train, test = (parts[name].frames.pixels for name in ("train", "test"))
    assert train.shape == (24, 3, 6, 24, 24)
    assert train.min() >= 0 and train.max() <= 1
    assert not (train[:16] == test).flatten(1).all(dim=1).any()
    assert parts["test"].answers.shape == (16, 2)


def test_without_dates_the_order_of_pictures_is_not_seen() -> None:
    frames = draw_places(FEW)["test"].frames
    backwards = Frames(frames.pixels.flip(1), frames.dates)
    dated, undated = (training.reads[name] for training, name in (
        (TRAININGS[0], "dates_independent_masks"), (TRAININGS[2], "without_dates")))  # fmt: skip
    _, encoder = next(pretrain(frames, consistent=False, seed=1, steps=(1,)))
    np.testing.assert_allclose(
        embed(encoder, undated(frames)), embed(encoder, undated(backwards)), atol=1e-5
    )
    assert np.abs(embed(encoder, dated(frames)) - embed(encoder, dated(backwards))).max() > 1e-3


def test_single_pictures_are_of_their_place() -> None:
    frames = draw_places(FEW)["test"].frames
    newest, whichever = (TRAININGS[3].reads[name] for name in ("newest_picture", "any_picture"))
    assert torch.equal(newest(frames).pixels[:, 0], frames.pixels[:, -1])
    chosen = whichever(frames)
    found = (chosen.dates == frames.dates).all(dim=2)  # [n, T]
    assert (found.sum(dim=1) == 1).all()
    assert found.any(dim=0).all()


def test_the_same_seed_learns_the_same_and_learning_changes_the_encoder() -> None:
    frames = draw_places(FEW)["train"].frames
    one, other = (
        [embed(encoder, frames) for _, encoder in pretrain(
            frames, consistent=True, seed=3, steps=(1, 3))]
        for _ in range(2)
    )  # fmt: skip
    np.testing.assert_array_equal(one, other)
    assert len(one) == 3
    assert np.abs(one[0] - one[2]).max() > 1e-4


def test_validation_chooses_the_step_and_the_test_does_not() -> None:
    nothing = Frames(torch.empty(0), torch.empty(0))
    answers = np.tile([[0.0, 1.0], [1.0, 0.0]], (20, 1))
    parts = {part: Places(nothing, answers) for part in FEW}
    noise = np.random.default_rng(0).standard_normal((40, 2))
    right, wrong = answers + 0.1 * noise, -answers + 0.1 * noise
    at_first = {"train": right, "validation": wrong, "test": right}
    later = {"train": right, "validation": right, "test": wrong}
    step, (scores,) = choose_step({1: {100: at_first, 200: later}}, parts)
    assert step == 200
    assert scores[answers == 1].max() < scores[answers == 0].min()
