"""The decoder of CROMA: both sensors' patches from the joint tokens.

Fuller, Millard and Green, NeurIPS 2023, arXiv 2311.00566: one block of 8 heads on tokens of width
512 with fixed encodings of their places, and no ALiBi.
"""

import torch
from torch import Tensor, nn

from kgpipe.geo.mechanisms.decoder import TokenDecoder, masked_mean, normalise_patches
from kgpipe.geo.mechanisms.encodings import sincos_2d
from kgpipe.geo.mechanisms.patches import patchify


class CromaDecoder(nn.Module):
    """Predicts the pixels of every patch in all bands, radar first.

    Args:
        dim: width of the joint tokens, D.
        width: of the tokens here.
        channels: of radar and optical images together: 14.
        patch: side of a patch in pixels.
    """

    def __init__(
        self,
        *,
        dim: int,
        channels: int,
        patch: int,
        width: int = 512,
        depth: int = 1,
        heads: int = 8,
    ) -> None:
        super().__init__()
        self.width = width
        self.tokens = TokenDecoder(dim=dim, width=width, depth=depth, heads=heads)
        self.predict = nn.Linear(width, channels * patch * patch)

    def forward(self, joint: Tensor, *, grid: tuple[int, int], restore: Tensor) -> Tensor:
        """Return normalised pixels of every patch.

        Args:
            joint: tokens in the places that the radar mask keeps, [B, K, D].
            grid: rows and columns of patches.
            restore: of the radar mask, [B, N].

        Returns:
            [B, N, channels * patch * patch]
        """
        encodings = sincos_2d(*grid, dim=self.width, device=joint.device)  # [N, W]
        predicted: Tensor = self.predict(self.tokens(joint, encodings, restore=restore))
        return predicted


def croma_reconstruction_loss(
    predicted: Tensor,
    *,
    s1: Tensor,
    s2: Tensor,
    radar_mask: Tensor,
    optical_mask: Tensor,
    patch: int,
) -> Tensor:
    """Squared error of each sensor over the patches that were hidden from it: a scalar.

    Each patch is normalised over the bands of both sensors together.

    Args:
        predicted: [B, N, (C1 + C2) * patch * patch].
        s1: radar images, [B, C1, H, W].
        s2: optical images, [B, C2, H, W].
        radar_mask: True = hidden, [B, N].
        optical_mask: [B, N].
        patch: side of a patch in pixels.
    """
    target = normalise_patches(patchify(torch.cat([s1, s2], dim=1), patch))
    errors = (predicted.float() - target).square()  # [B, N, (C1 + C2) * P * P]
    own = s1.shape[1] * patch * patch
    return masked_mean(errors[..., :own].mean(dim=-1), radar_mask) + masked_mean(
        errors[..., own:].mean(dim=-1), optical_mask
    )
