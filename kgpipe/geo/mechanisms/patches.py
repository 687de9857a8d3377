"""Images as rows of patches, and back."""

import torch
from einops import rearrange
from torch import Tensor

from kgpipe.errors import UsageError


def grid_shape(pixels: Tensor, patch: int) -> tuple[int, int]:
    """Rows and columns of patches in images [..., H, W]; refuse what cannot be cut evenly."""
    height, width = pixels.shape[-2:]
    if height < patch or width < patch or height % patch or width % patch:
        raise UsageError(
            f"tiles of {height} x {width} pixels cannot be cut into patches of {patch}: both sides "
            f"must be multiples of {patch}. Crop or resize the tiles, or train with another patch."
        )
    return height // patch, width // patch


def patchify(pixels: Tensor, patch: int) -> Tensor:
    """Cut images into patches, row by row, each flattened band by band (CROMA's order).

    [B, C, H, W] -> [B, N, C * patch * patch] with N = H * W / patch^2
    """
    grid_shape(pixels, patch)
    return rearrange(pixels, "b c (h i) (w j) -> b (h w) (c i j)", i=patch, j=patch)


def unpatchify(patches: Tensor, *, rows: int, columns: int, patch: int) -> Tensor:
    """Undo `patchify`: [B, rows * columns, C * patch * patch] -> [B, C, H, W]."""
    return rearrange(
        patches, "b (h w) (c i j) -> b c (h i) (w j)", h=rows, w=columns, i=patch, j=patch
    )


def token_grid(tokens: Tensor, *, rows: int, columns: int) -> Tensor:
    """Tokens as a picture of features: [B, rows * columns, D] -> [B, D, rows, columns]."""
    return rearrange(tokens, "b (h w) d -> b d h w", h=rows, w=columns)


def average_cells(features: Tensor, across: int) -> Tensor:
    """The mean over each cell of a grid laid over pictures of any size: [..., H, W] -> [..., n, n].

    A cell that is smaller than a pixel of the picture and holds none is 0.
    """
    rows, columns = (
        _share_cells(side, across).to(features) for side in (features.shape[-2], features.shape[-1])
    )
    return torch.einsum("ih,...hw,jw->...ij", rows, features, columns)


def _share_cells(side: int, across: int) -> Tensor:
    """Which pixels each cell averages: [cells, side], rows summing to 1, or to 0 without pixels."""
    # In parts of a pixel of which both cells and pixels are whole numbers.
    pixels, cells = torch.arange(side) * across, torch.arange(across)[:, None] * side
    inside = ((pixels >= cells) & (pixels < cells + side)).float()
    return inside / inside.sum(dim=1, keepdim=True).clamp(min=1)
