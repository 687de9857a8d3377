"""Random masks over tokens, and the way back from kept tokens to all (MAE; CROMA; SatMAE).

CROMA (arXiv 2311.00566) draws one mask for each sensor. SatMAE (arXiv 2207.08051) masks the frames
or groups of one place independently, or consistently: the same cells in all.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from kgpipe.errors import UsageError


class Masking(NamedTuple):
    """Which tokens are shown."""

    # Places of the kept tokens, in the order in which an encoder gets them: [B, K].
    keep: Tensor
    # True where a token is removed: [B, N].
    mask: Tensor
    # Of each token its place in the row of the kept and then the removed ones: [B, N].
    restore: Tensor


def random_masking(
    batch: int,
    tokens: int,
    *,
    ratio: float,
    generator: torch.Generator | None = None,
    device: torch.device | str | None = None,
    sets: int = 1,
    consistent: bool = False,
) -> Masking:
    """Draw a mask for each item of a batch.

    Args:
        batch: B.
        tokens: cells of a grid, L.
        ratio: share of the tokens to remove, from 0 to below 1; K is rounded down.
        generator: where the randomness comes from, on whatever device; equal seeds there give
            equal masks on every `device`.
        device: where the mask is needed; that of the generator if None.
        sets: frames or groups, each with all the cells; N = sets * L, set after set.
        consistent: remove the same cells from each set, instead of any tokens of all.
    """
    if not 0 <= ratio < 1:
        raise UsageError(f"the share of masked tokens is {ratio}: it must be from 0 to below 1")
    length, copies = (tokens, sets) if consistent else (sets * tokens, 1)
    # 1 - 0.9 is a little less than 0.1 in floating point, and would cost one token of ten.
    kept = max(1, int(round(length * (1 - ratio), 6)))
    source = device if generator is None else generator.device
    noise = torch.rand(batch, length, generator=generator, device=source)
    order = noise.argsort(dim=1, stable=True).to(device)  # [B, length]
    shifts = length * torch.arange(copies, device=order.device)
    order = order[:, None, :] + shifts[:, None]  # [B, copies, length]
    keep = order[..., :kept].flatten(1)  # [B, K]
    removed = order[..., kept:].flatten(1)  # [B, N - K]
    mask = torch.ones(batch, sets * tokens, dtype=torch.bool, device=order.device)
    restore = torch.cat([keep, removed], dim=1).argsort(dim=1)
    return Masking(keep=keep, mask=mask.scatter(1, keep, False), restore=restore)


def take_tokens(tokens: Tensor, keep: Tensor) -> Tensor:
    """The tokens at some places: [B, N, D], [B, K] -> [B, K, D]."""
    return tokens.gather(1, keep[:, :, None].expand(-1, -1, tokens.shape[-1]))


def fill_removed(kept: Tensor, filler: Tensor, *, restore: Tensor) -> Tensor:
    """Put kept tokens back to their places, and a filler to all others.

    Args:
        kept: [B, K, D].
        filler: the mask token, [D].
        restore: [B, N], of the mask that chose the kept tokens.

    Returns:
        [B, N, D]
    """
    removed = restore.shape[1] - kept.shape[1]
    fillers = filler.to(kept.dtype).expand(len(kept), removed, -1)
    return take_tokens(torch.cat([kept, fillers], dim=1), restore)
