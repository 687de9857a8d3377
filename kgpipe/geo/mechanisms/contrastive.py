"""Contrastive objectives over pairs of embeddings; pure functions of tensors.

Rows are scaled to length 1 here, and the logits are computed in float32 also where the encoders run
in bfloat16. Row i of both sides is the same place; every other row is a negative.
"""

import torch
from torch import Tensor
from torch.nn import functional

from kgpipe.geo.mechanisms.precision import in_float32


def unit(rows: Tensor) -> Tensor:
    """Scale rows to length 1, in float32."""
    return functional.normalize(rows.float(), dim=-1)


@in_float32
def info_nce(
    a: Tensor, b: Tensor, *, temperature: float | None = None, scale: Tensor | None = None
) -> Tensor:
    """Symmetric InfoNCE: the mean of the cross entropies a -> b and b -> a.

    CROMA, arXiv 2311.00566, section 3.2 (`scale` = exp of a learned number, first 1/0.07); GAIR,
    arXiv 2503.16683, its implicit neural contrastive loss (`temperature` .07, fixed).

    Args:
        a: [B, D].
        b: [B, D].
        temperature: divides the cosines; either this or `scale`.
        scale: multiplies them, a scalar.

    Raises:
        ValueError: neither or both of `temperature` and `scale` are given.
    """
    if (temperature is None) == (scale is None):
        raise ValueError("info_nce takes either temperature or scale")
    factor = scale.float() if scale is not None else 1 / (temperature or 1)
    logits = factor * unit(a) @ unit(b).T  # [B, B]
    return (_diagonal(logits) + _diagonal(logits.T)) / 2


@in_float32
def nt_xent(a: Tensor, b: Tensor, *, temperature: float) -> Tensor:
    """NT-Xent: each of 2B views picks its other view among all 2B - 1.

    SimCLR, arXiv 2002.05709, equation 1.

    Args:
        a: [B, D], one view of each place.
        b: [B, D], another view of the same sensor.
        temperature: divides the cosines.
    """
    count = len(a)
    views = unit(torch.cat([a, b]))  # [2B, D]
    logits = views @ views.T / temperature  # [2B, 2B]
    itself = torch.eye(2 * count, dtype=torch.bool, device=logits.device)
    logits = logits.masked_fill(itself, -torch.inf)
    other = torch.arange(2 * count, device=logits.device).roll(count)  # [2B]
    return functional.cross_entropy(logits, other)


@in_float32
def info_nce_with_queue(
    anchor: Tensor, positive: Tensor, negatives: Tensor, *, temperature: float
) -> Tensor:
    """InfoNCE of each anchor's one positive against the same negatives for all.

    MoCo, arXiv 1911.05722, equation 1; GAIR, arXiv 2503.16683, its spatially explicit loss, with
    the encoded locations of past batches as negatives (see `memory`). Zero while there are no
    negatives.

    Args:
        anchor: [B, D].
        positive: [B, D].
        negatives: [K, D].
        temperature: divides the cosines.
    """
    anchors = unit(anchor)
    right = (anchors * unit(positive)).sum(dim=1, keepdim=True)  # [B, 1]
    wrong = anchors @ unit(negatives).T  # [B, K]
    logits = torch.cat([right, wrong], dim=1) / temperature  # [B, 1 + K]
    return functional.cross_entropy(logits, logits.new_zeros(len(logits), dtype=torch.long))


@in_float32
def match_descriptions(tiles: Tensor, texts: Tensor, fits: Tensor, *, scale: Tensor) -> Tensor:
    """Symmetric cross entropy whose target is shared by all that fit.

    UniCL, arXiv 2204.03610, section 3.2: a text that describes several tiles of the batch is a
    negative of none of them.

    Args:
        tiles: [M, D].
        texts: [M, D]; row j was chosen for tile j.
        fits: [M, M] of 0 and 1: does text j describe tile i? 1 on the diagonal.
        scale: multiplies the cosines, a scalar.
    """
    logits = scale.float() * unit(tiles) @ unit(texts).T  # [M, M]
    sides = ((logits, fits), (logits.T, fits.T))
    losses = [
        functional.cross_entropy(found, wanted / wanted.sum(dim=1, keepdim=True))
        for found, wanted in sides
    ]
    return torch.stack(losses).mean()


@in_float32
def cosine_distillation(z: Tensor, teacher: Tensor) -> Tensor:
    """1 - the mean cosine to a frozen teacher's embeddings, which get no gradient.

    GAIR, arXiv 2503.16683: it adds -0.2 times the mean cosine, which differs by a constant.

    Args:
        z: [B, D].
        teacher: [B, D].
    """
    return 1 - (unit(z) * unit(teacher.detach())).sum(dim=1).mean()


def _diagonal(logits: Tensor) -> Tensor:
    """Cross entropy where row i should pick column i, [B, B] -> scalar."""
    return functional.cross_entropy(logits, torch.arange(len(logits), device=logits.device))
