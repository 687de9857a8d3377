"""The decoder of SatMAE over groups of bands, and its loss.

Cong et al., NeurIPS 2022, arXiv 2207.08051: 8 blocks of 16 heads on tokens of width 512 that carry
encodings of their own. Targets are normalised patch by patch, unless one asks for plain pixels.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from kgpipe.geo.mechanisms.decoder import TokenDecoder, masked_mean, normalise_patches
from kgpipe.geo.mechanisms.encodings import group_encodings
from kgpipe.geo.mechanisms.patches import patchify, unpatchify


class GroupDecoder(nn.Module):
    """Predicts the pixels of every patch of every group.

    Args:
        groups: for each group the places of its bands in the images.
        dim: width of the encoder's tokens, D.
        patch: side of a patch in pixels.
        width: of the tokens here.
    """

    def __init__(
        self,
        *,
        groups: Sequence[Sequence[int]],
        dim: int,
        patch: int,
        width: int = 512,
        depth: int = 8,
        heads: int = 16,
    ) -> None:
        super().__init__()
        self.width = width
        self.tokens = TokenDecoder(dim=dim, width=width, depth=depth, heads=heads)
        self.predict = nn.ModuleList(
            nn.Linear(width, len(group) * patch * patch) for group in groups
        )

    def forward(self, kept: Tensor, *, grid: tuple[int, int], restore: Tensor) -> list[Tensor]:
        """Return for each group the pixels of every patch, as `patchify` orders them.

        Args:
            kept: tokens of the encoder, [B, K, D].
            grid: rows and columns of patches.
            restore: of the mask over the groups, [B, G * L].

        Returns:
            For each group [B, L, bands * patch * patch].
        """
        groups = len(self.predict)
        encodings = group_encodings(grid, groups=groups, dim=self.width, device=kept.device)
        tokens = self.tokens(kept, encodings, restore=restore)  # [B, G * L, W]
        parts = tokens.chunk(groups, dim=1)  # G of [B, L, W]
        return [layer(part) for layer, part in zip(self.predict, parts, strict=True)]


def group_reconstruction_loss(
    predicted: Sequence[Tensor],
    pixels: Tensor,
    mask: Tensor,
    *,
    groups: Sequence[Sequence[int]],
    patch: int,
    normalise: bool = True,
) -> Tensor:
    """Mean squared error over the removed tokens, each the mean over its bands and pixels.

    So a token counts once whether its group has two bands or four.

    Args:
        predicted: for each group [B, L, bands * patch * patch].
        pixels: the images, [B, C, H, W].
        mask: True = removed, [B, G * L], group after group.
        groups: for each group the places of its bands.
        patch: side of a patch in pixels.
        normalise: compare with normalised patches.
    """
    errors = []
    for part, group in zip(predicted, groups, strict=True):
        target = patchify(pixels[:, list(group)], patch)  # [B, L, bands * P * P]
        target = normalise_patches(target) if normalise else target
        errors.append((part.float() - target).square().mean(dim=-1))
    return masked_mean(torch.cat(errors, dim=1), mask)


def join_groups(
    predicted: Sequence[Tensor],
    *,
    groups: Sequence[Sequence[int]],
    channels: int,
    grid: tuple[int, int],
    patch: int,
) -> Tensor:
    """Lay predicted patches out as images: [B, C, H, W], NaN in bands that no group has.

    Args:
        predicted: for each group [B, L, bands * patch * patch].
        groups: for each group the places of its bands in the images.
        channels: bands of the images, C.
        grid: rows and columns of patches.
        patch: side of a patch in pixels.
    """
    rows, columns = grid
    shape = (len(predicted[0]), channels, rows * patch, columns * patch)
    images = predicted[0].new_full(shape, torch.nan)
    for part, group in zip(predicted, groups, strict=True):
        images[:, list(group)] = unpatchify(part, rows=rows, columns=columns, patch=patch)
    return images
