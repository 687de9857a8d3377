"""Masked reconstruction of whatever sensors a set has.

CROMA (arXiv 2311.00566, section 3.3) where radar and optical tokens are joined: independent masks,
both sensors from the joint tokens. Else one sensor from its own tokens: SatMAE's loss by band
groups (arXiv 2207.08051), which with one group is MAE's.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from kgpipe.geo.mechanisms.alibi import alibi_2d, cross_alibi
from kgpipe.geo.mechanisms.croma_decoder import CromaDecoder, croma_reconstruction_loss
from kgpipe.geo.mechanisms.masking import Masking, random_masking
from kgpipe.geo.mechanisms.patches import grid_shape
from kgpipe.geo.mechanisms.satmae_decoder import GroupDecoder, group_reconstruction_loss
from kgpipe.geo.training.aligner import OPTICAL, RADAR, Aligner
from kgpipe.geo.training.settings import GeoSettings
from kgpipe.geo.training.tower import band_groups

# CROMA's decoder has 1 block of 8 heads; SatMAE's 8 blocks are for encoders of 24.
_DECODER = {"depth": 1, "heads": 8}


class Reconstruction(nn.Module):
    """Decoders of each sensor, and one of the joint tokens."""

    def __init__(self, settings: GeoSettings, *, bands: Mapping[str, tuple[str, ...]]) -> None:
        super().__init__()
        self.patch = settings.patch
        self.ratio = settings.mask
        size = {"dim": settings.dim, "patch": settings.patch, "width": settings.decoder}
        # The joint tokens of CROMA are one a cell, those of SatMAE's encoder one a group.
        self.joint = settings.encoder == "croma" and settings.joint and {RADAR, OPTICAL} <= {*bands}
        self.groups = {
            sensor: band_groups(settings.groups, names)
            if settings.encoder == "satmae"
            else (tuple(range(len(names))),)
            for sensor, names in bands.items()
            if not (self.joint and sensor in (RADAR, OPTICAL))
        }
        self.decoders = nn.ModuleDict(
            {
                sensor: GroupDecoder(groups=groups, **size, **_DECODER)
                for sensor, groups in self.groups.items()
            }
        )
        if self.joint:
            channels = len(bands[RADAR]) + len(bands[OPTICAL])
            self.decode_joint = CromaDecoder(channels=channels, **size, **_DECODER)

    def forward(
        self, aligner: Aligner, pixels: Mapping[str, Tensor], *, generator: torch.Generator
    ) -> Tensor:
        """The mean loss over the decoders: a scalar.

        Args:
            aligner: whose encoders see the patches that are left.
            pixels: of each sensor, [B, C, H, W]; they are the targets too.
            generator: of the masks.
        """
        losses = [
            self._rebuild(aligner.tower(sensor), pixels[sensor], sensor, generator)
            for sensor in self.decoders
        ]
        if self.joint:
            losses.append(self._rebuild_joint(aligner, pixels, generator))
        return torch.stack(losses).mean()

    def _mask(self, pixels: Tensor, generator: torch.Generator, *, sets: int = 1) -> Masking:
        rows, columns = grid_shape(pixels, self.patch)
        return random_masking(
            len(pixels), rows * columns, ratio=self.ratio, generator=generator, sets=sets,
            device=pixels.device,
        )  # fmt: skip

    def _rebuild(
        self, tower: nn.Module, pixels: Tensor, sensor: str, generator: torch.Generator
    ) -> Tensor:
        groups = self.groups[sensor]
        masking = self._mask(pixels, generator, sets=len(groups))
        predicted = self.decoders[sensor](
            tower(pixels, masking.keep),
            grid=grid_shape(pixels, self.patch),
            restore=masking.restore,
        )
        return group_reconstruction_loss(
            predicted, pixels, masking.mask, groups=groups, patch=self.patch
        )

    def _rebuild_joint(
        self, aligner: Aligner, pixels: Mapping[str, Tensor], generator: torch.Generator
    ) -> Tensor:
        s1, s2 = pixels[RADAR], pixels[OPTICAL]
        one, other = self._mask(s1, generator), self._mask(s2, generator)
        rows, columns = grid_shape(s1, self.patch)
        bias = alibi_2d(rows, columns, heads=aligner.heads, device=s1.device)
        joint = aligner.cross(
            aligner.tower(RADAR)(s1, one.keep),
            aligner.tower(OPTICAL)(s2, other.keep),
            cross_alibi(bias, query_ids=one.keep, key_ids=other.keep),
        )
        predicted = self.decode_joint(joint, grid=(rows, columns), restore=one.restore)
        return croma_reconstruction_loss(
            predicted, s1=s1, s2=s2, radar_mask=one.mask, optical_mask=other.mask, patch=self.patch
        )
