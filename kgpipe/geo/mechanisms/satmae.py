"""SatMAE: encoders that tell groups of bands, or dates, apart by fixed encodings.

Cong et al., "SatMAE: Pre-training Transformers for Temporal and Multi-Spectral Satellite Imagery",
NeurIPS 2022, arXiv 2207.08051. Written from the paper's formulas. There is no class token here: an
image is the mean of its tokens, as in MAE's variant with global pooling.
"""

from collections.abc import Sequence

import torch
from einops import rearrange
from torch import Tensor, nn

from kgpipe.geo.mechanisms.encodings import date_encodings, group_encodings
from kgpipe.geo.mechanisms.masking import take_tokens
from kgpipe.geo.mechanisms.patches import grid_shape, patchify
from kgpipe.geo.mechanisms.transformer import Transformer

# The ten bands of Sentinel-2 without B01, B09, B10: those of 10 m, red edge with B8A, short wave.
SENTINEL_2_GROUPS = ((0, 1, 2, 6), (3, 4, 5, 7), (8, 9))


class GroupEncoder(nn.Module):
    """Encodes images as patches of band groups, each group with its own embedding.

    Args:
        groups: for each group the places of its bands in the images.
        dim: width of a token, D, a multiple of 16.
        depth: blocks.
        heads: of which `dim` is a multiple.
        patch: side of a patch in pixels; 8 in SatMAE.
        size: side of the training images in pixels. Larger images are encoded as if their cells
            were finer, so that no position is one that was never seen.
    """

    def __init__(
        self,
        *,
        groups: Sequence[Sequence[int]] = SENTINEL_2_GROUPS,
        dim: int,
        depth: int,
        heads: int,
        patch: int,
        size: int,
    ) -> None:
        super().__init__()
        self.groups = tuple(tuple(group) for group in groups)
        self.patch = patch
        self.trained = size // patch
        self.dim = dim
        self.embeds = nn.ModuleList(
            nn.Linear(len(group) * patch * patch, dim) for group in self.groups
        )
        self.transformer = Transformer(dim=dim, depth=depth, heads=heads)

    def forward(self, pixels: Tensor, keep: Tensor | None = None) -> Tensor:
        """Return a token for each patch of each group, or for the kept ones.

        Args:
            pixels: scaled to 0 to 1, [B, C, H, W]; sides are multiples of the patch.
            keep: places among the G * L tokens, group after group, that are shown, [B, K].

        Returns:
            [B, G * L, D], or [B, K, D] in the order of `keep`.
        """
        embedded = [
            embed(patchify(pixels[:, list(group)], self.patch))  # [B, L, D]
            for group, embed in zip(self.groups, self.embeds, strict=True)
        ]
        encodings = group_encodings(
            grid_shape(pixels, self.patch),
            groups=len(self.groups),
            dim=self.dim,
            trained=self.trained,
            device=pixels.device,
        )
        tokens = torch.cat(embedded, dim=1) + encodings  # [B, G * L, D]
        encoded: Tensor = self.transformer(tokens if keep is None else take_tokens(tokens, keep))
        return encoded

    def pool(self, tokens: Tensor) -> Tensor:
        """One vector for an image, the mean of its visible tokens: [B, K, D] -> [B, D]."""
        return tokens.mean(dim=1)


class TemporalEncoder(nn.Module):
    """Encodes any number of dated frames of one place.

    Args:
        channels: bands of each frame.
        dim: width of a token, D, a multiple of 32.
        depth: blocks.
        heads: of which `dim` is a multiple.
        patch: side of a patch in pixels; 16 in SatMAE.
        size: side of the training images in pixels (see `GroupEncoder`).
    """

    def __init__(
        self, *, channels: int, dim: int, depth: int, heads: int, patch: int, size: int
    ) -> None:
        super().__init__()
        self.patch = patch
        self.trained = size // patch
        self.dim = dim
        self.embed = nn.Linear(channels * patch * patch, dim)
        self.transformer = Transformer(dim=dim, depth=depth, heads=heads)

    def forward(self, pixels: Tensor, dates: Tensor, keep: Tensor | None = None) -> Tensor:
        """Return a token for each patch of each frame, or for the kept ones.

        Args:
            pixels: scaled to 0 to 1, [B, T, C, H, W]; sides are multiples of the patch.
            dates: year, month (1 to 12) and hour of each frame, [B, T, 3].
            keep: places among the T * L tokens, frame after frame, that are shown, [B, K].

        Returns:
            [B, T * L, D], or [B, K, D] in the order of `keep`.
        """
        frames = pixels.shape[1]
        patches = patchify(pixels.flatten(0, 1), self.patch)  # [B * T, L, C * P * P]
        embedded = rearrange(self.embed(patches), "(b t) l d -> b (t l) d", t=frames)
        grid = grid_shape(pixels, self.patch)
        tokens = embedded + date_encodings(grid, dates, dim=self.dim, trained=self.trained)
        encoded: Tensor = self.transformer(tokens if keep is None else take_tokens(tokens, keep))
        return encoded

    def pool(self, tokens: Tensor) -> Tensor:
        """One vector for a place, the mean of its visible tokens: [B, K, D] -> [B, D]."""
        return tokens.mean(dim=1)
