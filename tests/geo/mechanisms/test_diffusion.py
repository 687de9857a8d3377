from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("torch", reason="the extra geo brings torch")

import torch

from kgpipe.errors import KgpipeError
from kgpipe.geo.mechanisms.diffusion import (
    TileDiffusion,
    concept_distances,
    load_diffusion,
    train_diffusion,
)

SIDE = 8
NAMES = ("forest", "plantation", "water")
COLOURS = ((-0.6, -0.1, -0.7), (-0.5, 0.1, -0.6), (0.3, 0.4, 0.7))


def tiles(each: int = 40, side: int = SIDE) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Two kinds of green and one of blue, each with its speckle."""
    rng = np.random.default_rng(0)
    numbers = np.repeat(np.arange(3), each)
    pixels = np.array(COLOURS)[numbers][:, :, None, None] * np.ones((1, 1, side, side))
    pixels += rng.normal(0, 0.1, pixels.shape) + rng.normal(0, 0.1, (len(numbers), 1, 1, 1))
    return pixels.clip(-1, 1).astype(np.float32), numbers


def train(steps: int = 3, seed: int = 0) -> TileDiffusion:
    return train_diffusion(*tiles(), steps=steps, seed=seed, names=NAMES, width=16)


def test_paths_share_their_noise_and_their_times() -> None:
    model = train()
    walks = [list(model.walk(name, samples=2, steps=4, seed=7)) for name in NAMES[::2]]
    for walk in walks:
        np.testing.assert_allclose([times[0] for times, _ in walk], [1, 0.75, 0.5, 0.25])
        assert all(points.shape == (2, 3, SIDE, SIDE) for _, points in walk)
    np.testing.assert_array_equal(walks[0][0][1], walks[1][0][1])
    other = next(iter(model.walk(NAMES[0], samples=2, steps=4, seed=8)))
    assert not np.allclose(walks[0][0][1], other[1])


def test_the_score_is_the_noise_over_its_level() -> None:
    model = train()
    (times, points), *_ = model.walk("water", samples=3, steps=2, seed=1)
    network = model._network
    with torch.no_grad():
        v = network(
            torch.as_tensor(points, dtype=torch.float32),
            torch.as_tensor(times, dtype=torch.float32),
            torch.full((3,), 2),
        ).numpy()
    level = model.noise_level(times)[:, None, None, None]
    signal = np.sqrt(1 - level**2)
    # x = a picture + sigma noise and v = a noise - sigma picture.
    expected = -(level * points + signal * v) / level
    np.testing.assert_allclose(model.score(points, times, "water"), expected, rtol=1e-4, atol=1e-6)


def test_the_same_seed_gives_the_same_model_and_distances() -> None:
    first, again, other = (
        concept_distances(train(seed=seed), NAMES, samples=2, seed=1).paths for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)


def test_a_saved_model_says_the_same(tmp_path: Path) -> None:
    model = train()
    model.save(tmp_path / "model.pt")
    loaded = load_diffusion(tmp_path / "model.pt")
    assert loaded.names == NAMES and loaded.size == SIDE
    np.testing.assert_array_equal(
        concept_distances(loaded, NAMES, samples=2, seed=1).paths,
        concept_distances(model, NAMES, samples=2, seed=1).paths,
    )


@pytest.mark.parametrize("content", [None, b"no model", {"names": ["a"]}])
def test_another_file_is_refused(tmp_path: Path, content: object) -> None:
    file = tmp_path / "model.pt"
    if isinstance(content, bytes):
        file.write_bytes(content)
    elif content is not None:
        torch.save(content, file)
    with pytest.raises(KgpipeError, match="no diffusion model"):
        load_diffusion(file)


def test_training_leaves_the_random_state_alone() -> None:
    before = torch.random.get_rng_state()
    train()
    assert torch.equal(torch.random.get_rng_state(), before)


def test_progress_tells_a_falling_loss() -> None:
    told: list[tuple[int, float]] = []
    train_diffusion(
        *tiles(), steps=40, seed=0, width=8, progress=lambda step, loss: told.append((step, loss))
    )
    losses = [loss for _, loss in told]
    assert [step for step, _ in told] == list(range(40))
    assert np.mean(losses[-8:]) < 0.9 * np.mean(losses[:4])


def test_a_category_the_model_does_not_know_is_refused() -> None:
    with pytest.raises(KgpipeError, match=r"no category 'cloud'.*forest, plantation, water"):
        concept_distances(train(), ["forest", "cloud"], samples=2, seed=0)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"pixels": np.zeros((4, 3, 6, 6), np.float32)}, "multiple of 4"),
        ({"pixels": np.zeros((4, 1, 8, 8), np.float32)}, r"\(4, 1, 8, 8\)"),
        ({"pixels": np.full((4, 3, 8, 8), np.nan, np.float32)}, r"\[-1, 1\]"),
        ({"pixels": np.full((4, 3, 8, 8), 2, np.float32)}, r"\[-1, 1\]"),
        ({"categories": np.array([0, 1, 2])}, "needs a category"),
        ({"categories": np.array([0, 2, 2, 0])}, "Category 1 has no tile"),
        ({"names": ("only",)}, "1 names for 2 categories"),
    ],
)
def test_bad_tiles_are_refused(change: dict[str, object], told: str) -> None:
    given = {"pixels": np.zeros((4, 3, 8, 8), np.float32), "categories": np.array([0, 1, 0, 1])}
    with pytest.raises(KgpipeError, match=told):
        train_diffusion(**(given | change), steps=1, seed=0, width=8)  # type: ignore[arg-type]


@pytest.mark.slow
def test_what_looks_alike_is_near() -> None:
    model = train(steps=400)
    found = concept_distances(model, NAMES, samples=24, seed=1)
    for anchor, near in (("forest", "plantation"), ("plantation", "forest")):
        gap, error = found.nearer(anchor, near, "water")
        assert gap > 5 * error > 0
    drawn = [model.conjure(name, samples=16, seed=2).mean(axis=(0, 2, 3)) for name in NAMES]
    for colour, mean in zip(COLOURS, drawn, strict=True):
        np.testing.assert_allclose(mean, colour, atol=0.2)
    errors = [concept_distances(model, NAMES, samples=n, seed=3).error[0, 2] for n in (4, 16, 64)]
    assert all(more > fewer for more, fewer in pairwise(errors))
