"""Descriptors by hand: what little training data cannot teach an encoder about edges and colours.

Histograms of oriented gradients (Dalal and Triggs, "Histograms of Oriented Gradients for Human
Detection", CVPR 2005) over a grid of cells, averaged over the eight symmetries of the square, since
a tile seen from above has no up; and histograms of each band's levels. Nothing here is learned.
"""

import math

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional

from kgpipe.geo.mechanisms.patches import average_cells

# Cells across a picture of any side; blocks of 2 x 2 of them are normalised together.
_CELLS = 6
# Directions without sign. An even number, so that a quarter turn moves whole bins.
_DIRECTIONS = 8
# Levels a band, between these standard deviations from its mean.
_LEVELS, _REACH = 16, 2.5
# Against the noise of a block without edges, in standard deviations a pixel.
_FAINT = 0.02


class Descriptors(nn.Module):
    """Pictures of standardised bands [B, C, H, W] -> [B, 100 + 16 C], for any H and W.

    The 100 are all different numbers that the 800 of a 6 x 6 grid with 8 directions become when
    those are averaged over the turned and mirrored picture.

    Args:
        channels: bands, C.
    """

    symmetric: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        # [4 * directions * (cells - 1)^2, 100]
        self.register_buffer("symmetric", average_symmetries(_CELLS, _DIRECTIONS), persistent=False)
        self.width = self.symmetric.shape[1] + _LEVELS * channels

    def forward(self, pixels: Tensor) -> Tensor:
        """Describe each picture."""
        # Roots, so that rare levels count.
        levels = (level_shares(pixels) + 1e-6).sqrt().flatten(1)  # [B, C * 16]
        grey = pixels.mean(dim=1)  # [B, H, W]
        blocks = normalise_blocks(cell_gradients(grey))  # [B, 4, directions, 5, 5]
        return torch.cat([blocks.flatten(1) @ self.symmetric, levels], dim=1)


def level_shares(pixels: Tensor) -> Tensor:
    """Shares of a band's pixels near each level, a pixel shared by two: [B, C, H, W] -> [B, C, K].

    Pixels beyond the outermost levels count there.
    """
    step = 2 * _REACH / (_LEVELS - 1)
    places = (pixels.clamp(-_REACH, _REACH) + _REACH) / step
    # One level at a time: all at once would take sixteen times the memory of the pixels.
    near = [(1 - (places - level).abs()).clamp(min=0).mean(dim=(2, 3)) for level in range(_LEVELS)]
    return torch.stack(near, dim=-1)


def cell_gradients(grey: Tensor) -> Tensor:
    """How strong edges of each direction are in each cell: [B, H, W] -> [B, directions, 6, 6]."""
    padded = functional.pad(grey[:, None], (1, 1, 1, 1), mode="replicate")[:, 0]
    right = (padded[:, 1:-1, 2:] - padded[:, 1:-1, :-2]) / 2
    down = (padded[:, 2:, 1:-1] - padded[:, :-2, 1:-1]) / 2
    # The root of 0 has no gradient.
    length = (right.square() + down.square() + 1e-12).sqrt()
    votes = length[:, None] * _nearest_direction(right, down)  # [B, directions, H, W]
    return average_cells(votes, _CELLS)


def _nearest_direction(right: Tensor, down: Tensor) -> Tensor:
    """1 for the bin that an edge's direction falls in: [B, H, W] twice -> [B, directions, H, W].

    Bin k holds angles from k to k + 1 times pi / directions; it is told by doubled angles, in which
    a direction and its opposite are one.
    """
    twice_x = right.square() - down.square()
    twice_y = 2 * right * down
    middles = (torch.arange(_DIRECTIONS) + 0.5) * (2 * math.pi / _DIRECTIONS)
    x, y = (one.to(right)[:, None, None] for one in (middles.cos(), middles.sin()))
    likeness = twice_x[:, None] * x + twice_y[:, None] * y  # [B, directions, H, W]
    return (likeness >= likeness.amax(dim=1, keepdim=True)).to(right)


def normalise_blocks(cells: Tensor) -> Tensor:
    """Each cell beside the strength of each block it is in: [B, K, n, n] -> [B, 4, K, n-1, n-1]."""
    inner = _CELLS - 1
    strength = cells.square().sum(dim=1)  # [B, n, n]
    corners = [(y, x) for y in (0, 1) for x in (0, 1)]
    block = sum(strength[:, y : y + inner, x : x + inner] for y, x in corners)
    norm = (torch.as_tensor(block) + _FAINT**2).sqrt()[:, None]  # [B, 1, n-1, n-1]
    return torch.stack(
        [cells[:, :, y : y + inner, x : x + inner] / norm for y, x in corners], dim=1
    )


def average_symmetries(cells: int, directions: int) -> Tensor:
    """The mean over a square's symmetries as a matrix: [4 K (n-1)^2, different ones].

    A turned or mirrored picture has the same numbers in other places, so the mean over all eight is
    the mean over the places that they carry one number to.
    """
    inner = cells - 1
    number = torch.arange(directions * cells * cells).view(directions, cells, cells)
    place = torch.arange(inner * inner).view(1, 1, inner, inner)
    names = [
        _name_blocks(_transform(number, turns, mirrored, directed=True), cells) * inner * inner
        + _transform(place, turns, mirrored)
        for turns in range(4)
        for mirrored in (False, True)
    ]
    # The smallest of the eight names that a number goes by is the name of its orbit.
    where = torch.empty(int(names[0].max()) + 1, dtype=torch.long)
    where[names[0].flatten()] = torch.arange(names[0].numel())
    moved = torch.stack([where[one.flatten()] for one in names])  # [8, numbers]
    orbit = torch.unique(moved.amin(dim=0), return_inverse=True)[1]
    matrix = functional.one_hot(orbit).float()
    return matrix / matrix.sum(dim=0)


def _name_blocks(number: Tensor, cells: int) -> Tensor:
    """Which cell and direction stands at each place of the blocks: -> [4, K, n-1, n-1]."""
    windows = number.unfold(1, cells - 1, 1).unfold(2, cells - 1, 1)  # [K, 2, 2, n-1, n-1]
    return rearrange(windows, "k y x i j -> (y x) k i j")


def _transform(grid: Tensor, turns: int, mirrored: bool, *, directed: bool = False) -> Tensor:
    """Mirror and turn the last two axes, and with them the directions, the first axis."""
    if mirrored:
        grid = grid.flip(-1)
        grid = grid.flip(0) if directed else grid
    grid = torch.rot90(grid, turns, (-2, -1))
    return grid.roll(len(grid) // 2, 0) if directed and turns % 2 else grid
