"""MoSAiC's objective: within each sensor, between the sensors, and by shared labels, at once.

A reconstruction of MoSAiC, arXiv 2507.08683 (IEEE Sensors Journal 2025), from its abstract: neither
code nor the body was readable. The abstract names the three losses; temperature and weights are
ours, in the range of SimCLR and SupCon.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from kgpipe.geo.mechanisms.contrastive import info_nce, nt_xent
from kgpipe.geo.mechanisms.multilabel import Weighting, multilabel_supcon

TEMPERATURE = 0.1


class MosaicLoss(NamedTuple):
    """Scalars: the three losses; their weighted sum is what one trains on."""

    intra: Tensor
    inter: Tensor
    supervised: Tensor

    def total(self, *, intra: float = 1, inter: float = 1, supervised: float = 1) -> Tensor:
        """The sum by these weights."""
        return intra * self.intra + inter * self.inter + supervised * self.supervised


def mosaic_loss(
    s1: tuple[Tensor, Tensor],
    s2: tuple[Tensor, Tensor],
    labels: Tensor,
    *,
    weighting: Weighting = "jaccard",
    temperature: float = TEMPERATURE,
) -> MosaicLoss:
    """Return the three losses of a batch of places that both sensors saw.

    The supervised one goes over all 4B embeddings, so that a positive may be another place with
    like labels, seen by either sensor.

    Args:
        s1: two augmented views of the radar tile, [B, D] each.
        s2: two of the optical tile.
        labels: [B, L] of 0 and 1; a row of zeros is a place nobody labelled.
        weighting: as in `multilabel_supcon`.
        temperature: divides the cosines.
    """
    return MosaicLoss(
        intra=nt_xent(*s1, temperature=temperature) + nt_xent(*s2, temperature=temperature),
        inter=info_nce(s1[0], s2[0], temperature=temperature),
        supervised=multilabel_supcon(
            torch.cat([*s1, *s2]),
            labels.repeat(4, 1),
            weighting=weighting,
            temperature=temperature,
        ),
    )
