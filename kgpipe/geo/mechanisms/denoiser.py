"""The network of the small diffusion model of tiles, and how much noise there is at what time.

DDPM's forward process (arXiv 2006.11239) over continuous times; a U-Net of two levels, each layer
scaled and shifted by the time and the category (FiLM, arXiv 1709.07871).
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

# The signal a_t = cos(angle t) and the noise sigma_t = sin(angle t). A little below a right angle,
# at which the first picture of a path would be noise alone.
ANGLE = 0.98 * math.pi / 2
# Frequencies of the time's encoding, from one to a thousand radians over [0, 1].
_FREQUENCIES = 32
# Groups of channels that are normalised together; each width is a multiple.
_GROUPS = 8
# Side of the squares of pixels that the network sees as one: a quarter of the work.
PATCH = 2


def signal_and_noise(times: Tensor) -> tuple[Tensor, Tensor]:
    """a_t and sigma_t as [n, 1, 1, 1] for times [n]; their squares sum to 1."""
    angles = ANGLE * times[:, None, None, None]
    return torch.cos(angles), torch.sin(angles)


class _Block(nn.Module):
    """Two convolutions, the second scaled and shifted by the condition, around a shortcut."""

    def __init__(self, channels: int, out: int, *, condition: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(_GROUPS, channels)
        self.first = nn.Conv2d(channels, out, 3, padding=1)
        self.modulate = nn.Linear(condition, 2 * out)
        self.inner_norm = nn.GroupNorm(_GROUPS, out)
        self.second = nn.Conv2d(out, out, 3, padding=1)
        self.shortcut = nn.Conv2d(channels, out, 1) if channels != out else nn.Identity()

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """[B, channels, h, w] and [B, condition] -> [B, out, h, w]."""
        hidden = self.inner_norm(self.first(functional.silu(self.norm(x))))
        scale, shift = self.modulate(condition)[:, :, None, None].chunk(2, dim=1)
        hidden = self.second(functional.silu(hidden * (1 + scale) + shift))
        return torch.add(hidden, self.shortcut(x))


class Denoiser(nn.Module):
    """Tells v = a_t noise - sigma_t picture from x_t = a_t picture + sigma_t noise and a category.

    Noise and picture follow from v and x_t. A small network learns v several times as fast as the
    noise itself, which at late times is nearly all of x_t and would have to pass through it.

    Args:
        concepts: categories.
        width: channels of the upper level, a multiple of 8; twice as many in the lower.
    """

    def __init__(self, *, concepts: int, width: int) -> None:
        super().__init__()
        self.width = width
        condition = 4 * width
        squares = 3 * PATCH**2
        self.category = nn.Embedding(concepts, condition)
        self.time = nn.Sequential(
            nn.Linear(2 * _FREQUENCIES, condition), nn.SiLU(), nn.Linear(condition, condition)
        )
        self.stem = nn.Conv2d(squares, width, 3, padding=1)
        self.down = _Block(width, width, condition=condition)
        self.deep = _Block(width, 2 * width, condition=condition)
        self.deeper = _Block(2 * width, 2 * width, condition=condition)
        self.up = _Block(3 * width, width, condition=condition)
        self.norm = nn.GroupNorm(_GROUPS, width)
        self.head = nn.Conv2d(width, squares, 3, padding=1)
        # At first it predicts nothing, which makes a_t x_t of the picture: a fair first guess.
        nn.init.zeros_(self.head.weight)

    def forward(self, x: Tensor, times: Tensor, categories: Tensor) -> Tensor:
        """Predict [B, 3, H, W] for x_t [B, 3, H, W], times [B], categories [B]."""
        powers = torch.linspace(0, 3, _FREQUENCIES, device=x.device)
        angles = times[:, None] * 10**powers
        encoded = torch.cat([torch.cos(angles), torch.sin(angles)], dim=1)
        condition = functional.silu(self.time(encoded) + self.category(categories))  # [B, 4 width]
        grid = self.stem(functional.pixel_unshuffle(x, PATCH))  # [B, width, H/2, W/2]
        upper = self.down(grid, condition)
        lower = self.deep(functional.avg_pool2d(upper, 2), condition)  # [B, 2 width, H/4, W/4]
        lower = functional.interpolate(self.deeper(lower, condition), scale_factor=2)
        grid = self.up(torch.cat([upper, lower], dim=1), condition)
        v = self.head(functional.silu(self.norm(grid)))  # [B, 12, H/2, W/2]
        return functional.pixel_shuffle(v, PATCH)
