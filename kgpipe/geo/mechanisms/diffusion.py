"""A small diffusion model of tiles, conditioned on their category.

It conjures the images that "Conjuring Semantic Similarity" compares (see `conjure`), so that
categories of tiles, and entities that name them, get a distance by what they look like. DDPM's
forward process (arXiv 2006.11239) over continuous times, a U-Net of two levels that predicts v
(Salimans & Ho, arXiv 2202.00512, section 4), and DDIM's sampler (arXiv 2010.02502, equation 12,
without added noise).
"""

import pickle
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from kgpipe.errors import KgpipeError
from kgpipe.geo.mechanisms.conjure import STEPS, Distances, Floats, Weighting, conjured_distances
from kgpipe.geo.mechanisms.denoiser import ANGLE, PATCH, Denoiser, signal_and_noise

Pictures = NDArray[np.float32]
# Share of the steps in which the learning rate rises.
_WARM_UP = 0.05


class TileDiffusion:
    """A trained network as a `ScoreModel`, whose expressions are the names of the categories.

    Args:
        network: trained.
        names: of the categories, by number.
        size: side of the tiles in pixels.
    """

    def __init__(self, network: Denoiser, *, names: Sequence[str], size: int) -> None:
        self.names = tuple(names)
        self.size = size
        self._network = network.eval()
        self._device = next(network.parameters()).device

    def walk(
        self, condition: str, *, samples: int, steps: int, seed: int
    ) -> Iterator[tuple[Floats, Floats]]:
        """Yield t = 1, 1 - 1/steps, ..., 1/steps and the sampler's pictures [n, 3, H, W]."""
        x = self._start(samples, seed)
        for step in range(steps, 0, -1):
            yield np.full(samples, step / steps), x.cpu().numpy().astype(np.float64)
            x = self._step(x, step / steps, (step - 1) / steps, condition)

    def score(self, points: Floats, times: Floats, condition: str) -> Floats:
        """-noise / sigma_t, [n, 3, H, W]."""
        x = torch.as_tensor(points, dtype=torch.float32, device=self._device)
        when = torch.as_tensor(times, dtype=torch.float32, device=self._device)
        signal, level = signal_and_noise(when)
        noise = level * x + signal * self._predict(x, when, condition)
        return -(noise / level).cpu().numpy().astype(np.float64)

    def noise_level(self, times: Floats) -> Floats:
        """sigma_t, [n] -> [n]."""
        return np.sin(ANGLE * times)

    def conjure(self, condition: str, *, samples: int, seed: int, steps: int = 50) -> Pictures:
        """Draw pictures of a category, [n, 3, H, W] in [-1, 1]."""
        x = self._start(samples, seed)
        for step in range(steps, 0, -1):
            x = self._step(x, step / steps, (step - 1) / steps, condition)
        return x.cpu().numpy().astype(np.float32)

    def save(self, path: Path) -> None:
        """Write the weights and what is needed to read them again (see `load_diffusion`)."""
        content = {
            "names": list(self.names),
            "size": self.size,
            "width": self._network.width,
            "weights": self._network.state_dict(),
        }
        torch.save(content, path)

    def _start(self, samples: int, seed: int) -> Tensor:
        generator = torch.Generator().manual_seed(seed)
        return torch.randn(samples, 3, self.size, self.size, generator=generator).to(self._device)

    @torch.no_grad()
    def _predict(self, x: Tensor, times: Tensor, condition: str) -> Tensor:
        if condition not in self.names:
            raise KgpipeError(
                f"The model knows no category {condition!r}. It knows: {', '.join(self.names)}."
            )
        number = torch.full((len(x),), self.names.index(condition), device=self._device)
        v: Tensor = self._network(x, times, number)
        return v

    def _step(self, x: Tensor, start: float, end: float, condition: str) -> Tensor:
        """DDIM from time `start` to `end`; the picture it foresees is kept within [-1, 1]."""
        now, then = (torch.full((len(x),), time, device=self._device) for time in (start, end))
        signal, level = signal_and_noise(now)
        foreseen = (signal * x - level * self._predict(x, now, condition)).clamp(-1, 1)
        noise = (x - signal * foreseen) / level
        signal, level = signal_and_noise(then)
        return signal * foreseen + level * noise


def train_diffusion(
    pixels: Pictures,
    categories: NDArray[np.int64],
    *,
    steps: int,
    seed: int,
    names: Sequence[str] | None = None,
    width: int = 32,
    batch: int = 64,
    # Of .002, .005 and .01 the one with the least loss after 400 steps on synthetic tiles.
    rate: float = 5e-3,
    device: str = "cpu",
    progress: Callable[[int, float], None] | None = None,
) -> TileDiffusion:
    """Learn what the tiles of each category look like.

    Every category is drawn equally often, however few tiles it has: the distances compare what the
    categories look like, not how frequent they are. Tiles are turned and mirrored at random, since
    the ground has no upright. The same seed gives the same model on one machine and one number of
    threads.

    Args:
        pixels: [N, 3, H, H] in [-1, 1], H a multiple of 4.
        categories: [N], 0 to C - 1, each with a tile at least.
        steps: of the optimiser; its rate falls to 0 over them.
        seed: of weights, batches, times and noise.
        names: of the categories; their numbers where None.
        width: of the network (see `Denoiser`).
        batch: tiles a step.
        rate: of Adam, after a warm-up.
        device: "cpu" or "cuda".
        progress: called with the step and its loss.

    Raises:
        KgpipeError: shapes, values or categories are not as said.
    """
    counts = _check(pixels, categories)
    labels = tuple(names) if names is not None else tuple(str(one) for one in range(len(counts)))
    if len(labels) != len(counts):
        raise KgpipeError(f"{len(labels)} names for {len(counts)} categories: {labels}")
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = Denoiser(concepts=len(counts), width=width)
    network.to(device).train()
    by_category = torch.from_numpy(pixels[np.argsort(categories, kind="stable")])
    sizes = torch.from_numpy(counts)
    first = sizes.cumsum(0) - sizes
    optimiser = torch.optim.Adam(network.parameters(), lr=rate)
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = rate * _share(step, steps)
        drawn = torch.randint(len(counts), (batch,), generator=generator)
        chosen = (torch.rand(batch, generator=generator) * sizes[drawn]).long()
        clean = _turn(by_category[first[drawn] + chosen], generator)  # [B, 3, H, H]
        noise = torch.randn(clean.shape, generator=generator)
        # One time from each of B equal parts of [0, 1], in any order: that varies less.
        times = (
            torch.randperm(batch, generator=generator) + torch.rand(1, generator=generator)
        ) / batch
        signal, level = signal_and_noise(times)
        seen = signal * clean + level * noise
        guess = network(seen.to(device), times.to(device), drawn.to(device))
        loss = functional.mse_loss(guess, (signal * noise - level * clean).to(device))
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        if progress is not None:
            progress(step, float(loss.detach()))
    return TileDiffusion(network, names=labels, size=pixels.shape[-1])


def load_diffusion(path: Path, *, device: str = "cpu") -> TileDiffusion:
    """Read a model that `TileDiffusion.save` wrote.

    Raises:
        KgpipeError: there is none, or it is another file.
    """
    try:
        content = torch.load(path, map_location=device, weights_only=True)
        network = Denoiser(concepts=len(content["names"]), width=content["width"])
        network.load_state_dict(content["weights"])
    except (OSError, RuntimeError, KeyError, TypeError, pickle.UnpicklingError) as error:
        raise KgpipeError(f"{path} is no diffusion model of tiles: {error}") from error
    return TileDiffusion(network.to(device), names=content["names"], size=content["size"])


def concept_distances(
    model: TileDiffusion,
    categories: Sequence[str],
    *,
    samples: int,
    seed: int,
    steps: int = STEPS,
    weighting: Weighting = "noise",
) -> Distances:
    """How unlike the tiles of each two categories are, with standard errors.

    By default the differences are of predicted noises: the paper's formula divides them by
    sigma_t^2, which lets the last steps decide, where a small network's errors are amplified most.
    The errors count the finite number of paths, not how else training could have ended: train with
    other seeds to see that.

    Args:
        model: trained on the categories.
        categories: names to compare.
        samples: paths a category.
        seed: of the noise.
        steps: of the sampler.
        weighting: see `kgpipe.geo.mechanisms.conjure.Weighting`.

    Raises:
        KgpipeError: as `conjured_distances`, and for a category that the model does not know.
    """
    return conjured_distances(
        model, categories, samples=samples, seed=seed, steps=steps, weighting=weighting
    )


def _check(pixels: Pictures, categories: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many tiles each category has, [C]."""
    shape = pixels.shape
    if len(shape) != 4 or shape[1] != 3 or shape[2] != shape[3] or shape[2] % (2 * PATCH):
        raise KgpipeError(f"Tiles are [N, 3, H, H] with H a multiple of 4, not {shape}.")
    # A comparison with NaN is false.
    if not (np.abs(pixels) <= 1).all():
        raise KgpipeError("Pixels lie in [-1, 1]; some are beyond or no numbers.")
    if categories.shape != shape[:1] or not len(categories) or categories.min() < 0:
        raise KgpipeError(f"Each of the {shape[0]} tiles needs a category from 0 on.")
    counts = np.bincount(categories)
    if not counts.all():
        raise KgpipeError(f"Category {int(np.argmin(counts))} has no tile.")
    return counts.astype(np.int64)


def _share(step: int, steps: int) -> float:
    """Of the learning rate: up in the first twentieth, then down to 0 in a line."""
    warm = max(1, int(_WARM_UP * steps))
    return min((step + 1) / warm, (steps - step) / max(1, steps - warm))


def _turn(tiles: Tensor, generator: torch.Generator) -> Tensor:
    """Turn the batch by a random multiple of 90 degrees, and mirror it or not."""
    draw = int(torch.randint(8, (1,), generator=generator))
    turned = torch.rot90(tiles, draw % 4, dims=(2, 3))
    return turned.flip(3) if draw >= 4 else turned
