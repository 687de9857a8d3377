"""CROMA: radar and optical images of one place, seen through different masks, are brought together.

Fuller, Millard and Green, "CROMA: Remote Sensing Representations with Contrastive Radar-Optical
Masked Autoencoders", NeurIPS 2023, arXiv 2311.00566. Written from the paper's formulas; that its
two losses count alike is our reconstruction.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from kgpipe.errors import UsageError
from kgpipe.geo.mechanisms.alibi import alibi_2d, cross_alibi
from kgpipe.geo.mechanisms.contrastive import info_nce
from kgpipe.geo.mechanisms.croma_decoder import CromaDecoder, croma_reconstruction_loss
from kgpipe.geo.mechanisms.croma_encoders import CrossEncoder, SensorEncoder
from kgpipe.geo.mechanisms.masking import Masking, random_masking
from kgpipe.geo.mechanisms.patches import grid_shape

__all__ = ["Croma", "CromaLoss", "CromaOutput", "CrossEncoder", "SensorEncoder", "croma_loss"]

# The learned scale of the logits starts at the inverse of this temperature (CLIP, CROMA).
_TEMPERATURE = 0.07


class CromaOutput(NamedTuple):
    """Tokens [B, K, D] (K = N without masks) and one vector an image [B, D]."""

    radar: Tensor
    optical: Tensor
    # In the places of the radar tokens.
    joint: Tensor
    radar_pooled: Tensor
    optical_pooled: Tensor
    # The mean, with no layer after it.
    joint_pooled: Tensor
    radar_masking: Masking | None
    optical_masking: Masking | None


class CromaLoss(NamedTuple):
    """What pretraining makes small, scalars."""

    contrastive: Tensor
    reconstruction: Tensor

    @property
    def total(self) -> Tensor:
        """Their sum with equal weights (our reconstruction)."""
        return self.contrastive + self.reconstruction


class Croma(nn.Module):
    """The whole model: encoders, the projections of the contrastive loss, the decoder.

    The base model of the paper has dim 768, depth 12 and 16 heads, the large one 1024 and 24.

    Args:
        radar_channels: bands of Sentinel-1: 2.
        optical_channels: bands of Sentinel-2: 12, without B10.
        dim: width of a token, D.
        depth: of the optical encoder; half of it, at least one, is that of the two others.
        heads: of all encoders.
        patch: side of a patch in pixels.
        decoder_width: of the tokens in the decoder.
    """

    def __init__(
        self,
        *,
        radar_channels: int = 2,
        optical_channels: int = 12,
        dim: int = 768,
        depth: int = 12,
        heads: int = 16,
        patch: int = 8,
        decoder_width: int = 512,
    ) -> None:
        super().__init__()
        half = max(1, depth // 2)
        self.radar = SensorEncoder(
            channels=radar_channels, dim=dim, depth=half, heads=heads, patch=patch
        )
        self.optical = SensorEncoder(
            channels=optical_channels, dim=dim, depth=depth, heads=heads, patch=patch
        )
        self.cross = CrossEncoder(dim=dim, depth=half, heads=heads)
        self.project_radar = nn.Linear(dim, dim)
        self.project_optical = nn.Linear(dim, dim)
        self.log_scale = nn.Parameter(torch.tensor(-math.log(_TEMPERATURE)))
        channels = radar_channels + optical_channels
        self.decoder = CromaDecoder(dim=dim, width=decoder_width, channels=channels, patch=patch)

    def forward(
        self, s1: Tensor, s2: Tensor, *, generator: torch.Generator | None, ratio: float = 0.75
    ) -> CromaOutput:
        """Encode pairs under independent masks, as pretraining sees them.

        Args:
            s1: radar images, [B, 2, H, W], scaled to 0 to 1.
            s2: optical images of the same squares, [B, 12, H, W].
            generator: draws the masks, first of radar, then of optical images.
            ratio: share of each sensor's patches to remove.
        """
        rows, columns = grid_shape(s1, self.radar.patch)
        one, other = (
            random_masking(
                len(s1), rows * columns, ratio=ratio, generator=generator, device=s1.device
            )
            for _ in range(2)
        )
        return self._join(s1, s2, one, other)

    def encode(self, s1: Tensor, s2: Tensor) -> CromaOutput:
        """Encode whole pairs, of any size whose sides are multiples of the patch."""
        return self._join(s1, s2, None, None)

    def _join(
        self, s1: Tensor, s2: Tensor, one: Masking | None, other: Masking | None
    ) -> CromaOutput:
        if s1.shape[-2:] != s2.shape[-2:]:
            raise UsageError(
                f"radar images of {tuple(s1.shape[-2:])} pixels and optical ones of "
                f"{tuple(s2.shape[-2:])} cannot show the same squares: resample one sensor"
            )
        radar = self.radar(s1, one.keep if one else None)
        optical = self.optical(s2, other.keep if other else None)
        rows, columns = grid_shape(s1, self.radar.patch)
        heads = self.radar.transformer.heads
        bias = alibi_2d(rows, columns, heads=heads, device=s1.device)  # [H, N, N]
        if one is None or other is None:
            bias = bias[None]
        else:
            bias = cross_alibi(bias, query_ids=one.keep, key_ids=other.keep)  # [B, H, K, K]
        joint = self.cross(radar, optical, bias)
        return CromaOutput(
            radar=radar,
            optical=optical,
            joint=joint,
            radar_pooled=self.radar.pool(radar),
            optical_pooled=self.optical.pool(optical),
            joint_pooled=joint.mean(dim=1),
            radar_masking=one,
            optical_masking=other,
        )


def croma_loss(model: Croma, output: CromaOutput, *, s1: Tensor, s2: Tensor) -> CromaLoss:
    """Contrast and reconstruction of a batch that `model` encoded under masks.

    Args:
        model: has the projections and the decoder.
        output: of `model(s1, s2, ...)`.
        s1: [B, 2, H, W].
        s2: [B, 12, H, W].
    """
    one, other = output.radar_masking, output.optical_masking
    if one is None or other is None:
        raise ValueError("there is nothing to reconstruct: encode under masks, by model(s1, s2)")
    radar = model.project_radar(output.radar_pooled)  # [B, D]
    optical = model.project_optical(output.optical_pooled)
    contrastive = info_nce(radar, optical, scale=model.log_scale.exp())
    patch = model.radar.patch
    predicted = model.decoder(output.joint, grid=grid_shape(s1, patch), restore=one.restore)
    reconstruction = croma_reconstruction_loss(
        predicted, s1=s1, s2=s2, radar_mask=one.mask, optical_mask=other.mask, patch=patch
    )
    return CromaLoss(contrastive, reconstruction)
