"""Stable Diffusion pipelines of the library diffusers as a `ScoreModel`; prompts are expressions.

"Conjuring Semantic Similarity", arXiv 2410.16431, has Stable Diffusion 1.4, about ten steps.
Written from the documented interface of `StableDiffusionPipeline` (tokenizer, text_encoder, unet,
scheduler) and tested against a fake of that shape only: diffusers is not a dependency, and no
weights were at hand. Scores are those of the latent space, without classifier-free guidance.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from kgpipe.errors import KgpipeError
from kgpipe.geo.mechanisms.conjure import Floats


class DiffusersModel:
    """Wraps a pipeline: `DiffusersModel(StableDiffusionPipeline.from_pretrained(...))`.

    The scheduler must be deterministic, keep no memory between steps and visit each time once, as
    DDIM does: `pipe.scheduler = DDIMScheduler.from_config(pipe.scheduler.config)`. (PNDM, which
    Stable Diffusion 1.4 comes with, visits one time twice and remembers.)

    Args:
        pipeline: on the device on which it shall run.
    """

    def __init__(self, pipeline: Any) -> None:
        kind = pipeline.scheduler.config.prediction_type
        if kind != "epsilon":
            raise KgpipeError(f"the pipeline predicts {kind!r}; only noise (epsilon) is understood")
        self._pipeline = pipeline
        self._device = torch.device(pipeline.device)
        self._prompts: dict[str, Tensor] = {}

    def walk(
        self, condition: str, *, samples: int, steps: int, seed: int
    ) -> Iterator[tuple[Floats, Floats]]:
        """Yield the scheduler's times over the training's, and the latents [n, c, h, w]."""
        unet, scheduler = self._pipeline.unet, self._pipeline.scheduler
        scheduler.set_timesteps(steps)
        size = unet.config.sample_size
        shape = (samples, unet.config.in_channels, size, size)
        generator = torch.Generator().manual_seed(seed)
        latents = torch.randn(shape, generator=generator) * scheduler.init_noise_sigma
        latents = latents.to(self._device)
        trained = scheduler.config.num_train_timesteps
        for timestep in scheduler.timesteps:
            yield np.full(samples, float(timestep) / trained), _numbers(latents)
            noise = self._noise(latents, timestep, condition)
            latents = scheduler.step(noise, timestep, latents).prev_sample

    def score(self, points: Floats, times: Floats, condition: str) -> Floats:
        """-noise / sigma_t, [n, c, h, w]; all points of a call are of one time."""
        trained = self._pipeline.scheduler.config.num_train_timesteps
        timestep = torch.tensor(round(float(times[0]) * trained))
        latents = torch.as_tensor(points, dtype=torch.float32, device=self._device)
        noise = _numbers(self._noise(latents, timestep, condition))
        level = self.noise_level(times).reshape(-1, *[1] * (points.ndim - 1))
        score: Floats = -noise / level
        return score

    def noise_level(self, times: Floats) -> Floats:
        """sigma_t = sqrt(1 - alphas_cumprod[t]), [n] -> [n]."""
        scheduler = self._pipeline.scheduler
        places = np.rint(times * scheduler.config.num_train_timesteps).astype(np.int64)
        kept: Floats = _numbers(torch.as_tensor(scheduler.alphas_cumprod))[places]
        return np.asarray(np.sqrt(1 - kept))

    @torch.no_grad()
    def _noise(self, latents: Tensor, timestep: Tensor, condition: str) -> Tensor:
        prompt = self._encode(condition).expand(len(latents), -1, -1)
        scaled = self._pipeline.scheduler.scale_model_input(latents, timestep)
        noise: Tensor = self._pipeline.unet(
            scaled.to(prompt.dtype), timestep, encoder_hidden_states=prompt
        ).sample
        return noise.float()

    def _encode(self, condition: str) -> Tensor:
        """The text encoder's states of a prompt, [1, tokens, width]; each prompt once."""
        if condition not in self._prompts:
            tokenizer = self._pipeline.tokenizer
            tokens = tokenizer(
                condition,
                padding="max_length",
                max_length=tokenizer.model_max_length,
                truncation=True,
                return_tensors="pt",
            )
            with torch.no_grad():
                states = self._pipeline.text_encoder(tokens.input_ids.to(self._device))
            self._prompts[condition] = states[0]
        return self._prompts[condition]


def _numbers(tensor: Tensor) -> Floats:
    return tensor.detach().cpu().numpy().astype(np.float64)
