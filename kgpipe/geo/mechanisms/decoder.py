"""What the decoders of masked autoencoders share (He et al., MAE, CVPR 2022, arXiv 2111.06377)."""

import torch
from torch import Tensor, nn

from kgpipe.geo.mechanisms.masking import fill_removed
from kgpipe.geo.mechanisms.transformer import Transformer

# Under the root, so that a patch of one value, such as an edge of nodata, divides by no zero.
_TINY = 1e-6
# Standard deviation of the first mask token, as of every learned token of a ViT.
_SPREAD = 0.02


class TokenDecoder(nn.Module):
    """Guesses the removed tokens from the kept ones: a small transformer with fixed encodings."""

    def __init__(self, *, dim: int, width: int, depth: int, heads: int) -> None:
        super().__init__()
        self.narrow = nn.Linear(dim, width)
        self.mask_token = nn.Parameter(torch.randn(width) * _SPREAD)
        self.transformer = Transformer(dim=width, depth=depth, heads=heads)

    def forward(self, kept: Tensor, encodings: Tensor, *, restore: Tensor) -> Tensor:
        """Return a token for each place.

        Args:
            kept: what the encoder made of the kept tokens, [B, K, D].
            encodings: what tells the places apart, [N, W] or [B, N, W].
            restore: of the mask, [B, N].

        Returns:
            [B, N, W]
        """
        tokens = fill_removed(self.narrow(kept), self.mask_token, restore=restore)
        output: Tensor = self.transformer(tokens + encodings)
        return output


def normalise_patches(patches: Tensor) -> Tensor:
    """Give each patch mean 0 and variance 1 over all its values: [B, N, P] -> [B, N, P].

    The target of MAE with `norm_pix_loss`; the variance is the unbiased one, as there.
    """
    patches = patches.float()
    mean = patches.mean(dim=-1, keepdim=True)
    return (patches - mean) / (patches.var(dim=-1, keepdim=True) + _TINY).sqrt()


def masked_mean(errors: Tensor, mask: Tensor) -> Tensor:
    """Mean of the errors [B, N] of removed tokens (`mask` is True there); 0 if none is."""
    return (errors * mask).sum() / mask.sum().clamp(min=1)
