"""The adapter against a fake of a diffusers pipeline's shape; the library itself is not here."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra geo brings torch")

import torch
from torch import Tensor

from kgpipe.errors import KgpipeError
from kgpipe.geo.mechanisms.conjure import conjured_distances
from kgpipe.geo.mechanisms.conjure_diffusers import DiffusersModel

TRAINED, TOKENS, WIDTH, CHANNELS, SIZE = 1000, 7, 5, 4, 6


class FakeTokenizer:
    model_max_length = TOKENS

    def __call__(self, text: str, **settings: Any) -> SimpleNamespace:
        assert settings == {
            "padding": "max_length",
            "max_length": TOKENS,
            "truncation": True,
            "return_tensors": "pt",
        }
        letters = [ord(one) for one in text][:TOKENS]
        return SimpleNamespace(input_ids=torch.tensor([letters + [0] * (TOKENS - len(letters))]))


class FakeUnet:
    """Predicts the noise of the data distribution N(mean of the prompt's states, 1) exactly."""

    config = SimpleNamespace(in_channels=CHANNELS, sample_size=SIZE)

    def __init__(self, kept: Tensor) -> None:
        self.kept = kept
        self.times: list[int] = []

    def __call__(
        self, x: Tensor, timestep: Tensor, *, encoder_hidden_states: Tensor
    ) -> SimpleNamespace:
        assert x.shape[1:] == (CHANNELS, SIZE, SIZE)
        assert encoder_hidden_states.shape == (len(x), TOKENS, WIDTH)
        self.times.append(int(timestep))
        kept = self.kept[int(timestep)]
        mean = encoder_hidden_states.mean(dim=(1, 2))[:, None, None, None]
        return SimpleNamespace(sample=torch.sqrt(1 - kept) * (x - torch.sqrt(kept) * mean))


class FakeDdim:
    """A scheduler with DDIM's interface and step (arXiv 2010.02502, equation 12)."""

    init_noise_sigma = 1.0

    def __init__(self, kind: str = "epsilon") -> None:
        self.config = SimpleNamespace(num_train_timesteps=TRAINED, prediction_type=kind)
        self.alphas_cumprod = torch.cumprod(1 - torch.linspace(1e-4, 0.02, TRAINED), dim=0)

    def set_timesteps(self, steps: int) -> None:
        self.stride = TRAINED // steps
        self.timesteps = torch.arange(steps - 1, -1, -1) * self.stride + 1

    def scale_model_input(self, sample: Tensor, timestep: Tensor) -> Tensor:
        return sample

    def step(self, noise: Tensor, timestep: Tensor, sample: Tensor) -> SimpleNamespace:
        now = self.alphas_cumprod[timestep]
        before = self.alphas_cumprod[max(int(timestep) - self.stride, 0)]
        clean = (sample - torch.sqrt(1 - now) * noise) / torch.sqrt(now)
        return SimpleNamespace(
            prev_sample=torch.sqrt(before) * clean + torch.sqrt(1 - before) * noise
        )


def fake_pipeline(kind: str = "epsilon") -> SimpleNamespace:
    scheduler = FakeDdim(kind)

    def text_encoder(ids: Tensor) -> tuple[Tensor]:
        return ((ids.float() / 100)[:, :, None].expand(-1, -1, WIDTH),)

    return SimpleNamespace(
        device="cpu",
        tokenizer=FakeTokenizer(),
        text_encoder=text_encoder,
        unet=FakeUnet(scheduler.alphas_cumprod),
        scheduler=scheduler,
    )


def test_the_walk_is_the_schedulers() -> None:
    pipeline = fake_pipeline()
    walk = list(DiffusersModel(pipeline).walk("mine", samples=2, steps=5, seed=1))
    times = [float(time[0]) for time, _ in walk]
    np.testing.assert_allclose(times, [0.801, 0.601, 0.401, 0.201, 0.001])
    assert pipeline.unet.times == [801, 601, 401, 201, 1]
    assert all(points.shape == (2, CHANNELS, SIZE, SIZE) for _, points in walk)


def test_the_score_belongs_to_the_prompt() -> None:
    pipeline = fake_pipeline()
    model = DiffusersModel(pipeline)
    points, times = np.zeros((2, CHANNELS, SIZE, SIZE)), np.full(2, 0.601)
    kept = float(pipeline.scheduler.alphas_cumprod[601])
    mean = sum(ord(one) for one in "mine") / TOKENS / 100
    expected = np.sqrt(kept) * mean
    np.testing.assert_allclose(model.score(points, times, "mine"), expected, rtol=1e-5)
    np.testing.assert_allclose(model.noise_level(times), np.sqrt(1 - kept), rtol=1e-6)


def test_distances_are_exact_for_a_pipeline_of_gaussians() -> None:
    # Equal spreads: the scores differ by a_t (mean_1 - mean_2) wherever they are evaluated.
    pipeline = fake_pipeline()
    found = conjured_distances(
        DiffusersModel(pipeline), ["mine", "nine", "zzzzzzz"], samples=3, steps=10, seed=0
    )
    kept = pipeline.scheduler.alphas_cumprod[pipeline.scheduler.timesteps].double().numpy()
    shift = (ord("n") - ord("m")) / TOKENS / 100
    expected = kept.mean() * shift**2 * CHANNELS * SIZE * SIZE
    assert found.mean[0, 1] == pytest.approx(expected, rel=1e-3)
    assert found.mean[0, 2] > found.mean[0, 1]
    assert found.error.max() < 1e-3 * found.mean.max()


def test_another_kind_of_prediction_is_refused() -> None:
    with pytest.raises(KgpipeError, match="v_prediction"):
        DiffusersModel(fake_pipeline("v_prediction"))
