"""The decoder of SatMAE over dated frames, and its loss.

Cong et al., NeurIPS 2022, arXiv 2207.08051: 8 blocks of 16 heads on tokens of width 512 that carry
encodings of their own. Targets are normalised patch by patch, unless one asks for plain pixels.
"""

from torch import Tensor, nn

from kgpipe.geo.mechanisms.decoder import TokenDecoder, masked_mean, normalise_patches
from kgpipe.geo.mechanisms.encodings import date_encodings
from kgpipe.geo.mechanisms.patches import patchify


class TemporalDecoder(nn.Module):
    """Predicts the pixels of every patch of every frame.

    Args:
        channels: bands of each frame.
        dim: width of the encoder's tokens, D.
        patch: side of a patch in pixels.
        width: of the tokens here.
    """

    def __init__(
        self,
        *,
        channels: int,
        dim: int,
        patch: int,
        width: int = 512,
        depth: int = 8,
        heads: int = 16,
    ) -> None:
        super().__init__()
        self.width = width
        self.tokens = TokenDecoder(dim=dim, width=width, depth=depth, heads=heads)
        self.predict = nn.Linear(width, channels * patch * patch)

    def forward(
        self, kept: Tensor, dates: Tensor, *, grid: tuple[int, int], restore: Tensor
    ) -> Tensor:
        """Return the pixels of every patch, frame after frame, as `patchify` orders them.

        Args:
            kept: tokens of the encoder, [B, K, D].
            dates: year, month (1 to 12) and hour of each frame, [B, T, 3].
            grid: rows and columns of patches.
            restore: of the mask over the frames, [B, T * L].

        Returns:
            [B, T * L, channels * patch * patch]
        """
        encodings = date_encodings(grid, dates, dim=self.width)
        predicted: Tensor = self.predict(self.tokens(kept, encodings, restore=restore))
        return predicted


def frame_reconstruction_loss(
    predicted: Tensor, pixels: Tensor, mask: Tensor, *, patch: int, normalise: bool = True
) -> Tensor:
    """Mean squared error over the removed tokens, each the mean over its pixels.

    Args:
        predicted: [B, T * L, C * patch * patch].
        pixels: the frames, [B, T, C, H, W].
        mask: True = removed, [B, T * L], frame after frame.
        patch: side of a patch in pixels.
        normalise: compare with normalised patches.
    """
    target = patchify(pixels.flatten(0, 1), patch)  # [B * T, L, C * P * P]
    target = target.reshape(predicted.shape)
    target = normalise_patches(target) if normalise else target
    return masked_mean((predicted.float() - target).square().mean(dim=-1), mask)
