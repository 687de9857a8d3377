"""Views of a tile: cut, turned, and with other light; all chance comes from one generator.

Cutting and turning is one affine map a tile, the same for all sensors, so that radar and optical
pixels stay registered and a point of the view can be found in the tile again.
"""

import torch
from torch import Tensor
from torch.nn import functional

from kgpipe.geo.mechanisms.precision import in_float32
from kgpipe.geo.training.settings import Augmentation

# Radar pictures have speckle, which is not blurred away.
_RADAR = "S1"
# The binomial filter, an approximation of a Gaussian with a standard deviation of 0.7 pixels.
_BINOMIAL = (0.25, 0.5, 0.25)


def draw_frames(batch: int, *, settings: Augmentation, generator: torch.Generator) -> Tensor:
    """Maps from coordinates of a view to those of its tile, both -1 to 1: [B, 2, 3].

    x runs along the columns and y along the rows; a column of the last axis is added.
    """
    share = settings.crop_from + (1 - settings.crop_from) * torch.rand(batch, generator=generator)
    side = share.sqrt()  # [B]
    turns = torch.randint(8 if settings.turn else 1, (batch,), generator=generator)
    shift = (2 * torch.rand(batch, 2, generator=generator) - 1) * (1 - side)[:, None]
    linear = side[:, None, None] * _symmetries()[turns]  # [B, 2, 2]
    return torch.cat([linear, shift[:, :, None]], dim=2)


def whole_frames(batch: int) -> Tensor:
    """The maps of views that are the tiles themselves: [B, 2, 3]."""
    return torch.eye(2, 3).expand(batch, 2, 3)


def _symmetries() -> Tensor:
    """The eight symmetries of the square: [8, 2, 2], the identity first."""
    turn = torch.tensor([[0.0, -1.0], [1.0, 0.0]])
    flip = torch.tensor([[-1.0, 0.0], [0.0, 1.0]])
    quarter = [torch.linalg.matrix_power(turn, n) for n in range(4)]
    return torch.stack(quarter + [flip @ q for q in quarter])


@in_float32
def cut(pixels: Tensor, frames: Tensor) -> Tensor:
    """Show tiles through frames: [B, C, H, W], [B, 2, 3] -> [B, C, H, W]."""
    grid = functional.affine_grid(frames.to(pixels), list(pixels.shape), align_corners=False)
    # A corner's sample may lie half a pixel outside.
    view: Tensor = functional.grid_sample(pixels, grid, padding_mode="border", align_corners=False)
    return view


@in_float32
def place_points(frames: Tensor, points: Tensor) -> Tensor:
    """Points of views as points of their tiles: [B, 2, 3], [B, 2] -> [B, 2]."""
    return torch.einsum("bij,bj->bi", frames[:, :, :2], points) + frames[:, :, 2]


def view_centres(frames: Tensor) -> Tensor:
    """Where the tiles' centres lie in the views; beyond 1 if a view leaves it out: [B, 2]."""
    centres: Tensor = torch.linalg.solve(frames[:, :, :2], -frames[:, :, 2])
    return centres


def relight(
    pixels: Tensor, *, sensor: str, settings: Augmentation, generator: torch.Generator
) -> Tensor:
    """Change brightness, contrast and the gain of each band; blur some, add noise.

    Args:
        pixels: scaled to 0 .. 1, [B, C, H, W].
        sensor: "S1" gets no blur.
        settings: the strengths.
        generator: of the processor, whatever device the pixels are on.
    """
    batch, channels = pixels.shape[:2]

    def draw(*shape: int) -> Tensor:
        return (2 * torch.rand(*shape, generator=generator) - 1).to(pixels)

    brightness = settings.brightness * draw(batch, 1, 1, 1)
    contrast = 1 + settings.contrast * draw(batch, 1, 1, 1)
    gain = 1 + settings.gain * draw(batch, channels, 1, 1)
    noise = torch.randn(pixels.shape, generator=generator).to(pixels) * settings.noise
    blurred = torch.rand(batch, generator=generator).to(pixels.device) < settings.blur
    if sensor != _RADAR:
        pixels = torch.where(blurred[:, None, None, None], _blur(pixels), pixels)
    mean = pixels.mean(dim=(2, 3), keepdim=True)  # [B, C, 1, 1]
    lit = (mean + contrast * (pixels - mean)) * gain + brightness + noise
    return lit.clamp(0, 1)


@in_float32
def _blur(pixels: Tensor) -> Tensor:
    channels = pixels.shape[1]
    line = torch.tensor(_BINOMIAL).to(pixels)
    kernel = torch.outer(line, line).expand(channels, 1, 3, 3)
    padded = functional.pad(pixels, (1, 1, 1, 1), mode="replicate")
    blurred: Tensor = functional.conv2d(padded, kernel, groups=channels)
    return blurred
