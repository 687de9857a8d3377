"""2D-ALiBi and X-ALiBi: attention falls with the distance on the ground.

Fuller, Millard and Green, "CROMA: Remote Sensing Representations with Contrastive Radar-Optical
Masked Autoencoders", NeurIPS 2023, arXiv 2311.00566; after ALiBi, Press, Smith and Lewis, ICLR
2022, arXiv 2108.12409. Nothing is learned and no position is absolute, so a grid of any size has
its bias, equal to that of a smaller one wherever both have the cells.
"""

import torch
from torch import Tensor

from kgpipe.geo.mechanisms.constant import made_once


def alibi_slopes(heads: int) -> Tensor:
    """How fast each head forgets with distance: [H], falling, the last 1/256 for 2^k heads.

    For H = 2^k: m_h = 2^(-8 (h + 1) / H), h from 0. Otherwise those of the next lower 2^k, then
    every other one of twice as many heads (ALiBi, its authors' rule).
    """
    lower = 1 << (heads.bit_length() - 1)  # the largest 2^k <= H
    slopes = [2.0 ** (-8 * (head + 1) / lower) for head in range(lower)]
    between = [2.0 ** (-8 * (head + 1) / (2 * lower)) for head in range(0, 2 * lower, 2)]
    return torch.tensor(slopes + between[: heads - lower])


@made_once
def alibi_2d(
    rows: int, columns: int, *, heads: int, device: torch.device | str | None = None
) -> Tensor:
    """The bias on the logits of self-attention over a grid: [H, N, N] with N = rows * columns.

    bias[h, i, j] = -m_h * distance of cells i and j, in cells; cells count row by row. The result
    is kept and shared: do not write into it.
    """
    down, right = (torch.arange(side, device=device).float() for side in (rows, columns))
    row = down[:, None].expand(-1, columns).flatten()  # [N]
    column = right.expand(rows, -1).flatten()  # [N]
    squared = (row[:, None] - row).square() + (column[:, None] - column).square()  # [N, N]
    return -alibi_slopes(heads).to(squared.device)[:, None, None] * squared.sqrt()


def cross_alibi(bias: Tensor, *, query_ids: Tensor, key_ids: Tensor) -> Tensor:
    """The bias of chosen queries on chosen keys: X-ALiBi, and 2D-ALiBi under a mask.

    Radar and optical tokens lie on one grid, so the same distances serve across the sensors.

    Args:
        bias: of the whole grid, [H, N, N].
        query_ids: cells of the queries (radar), [B, Nq].
        key_ids: cells of the keys (optical), [B, Nk].

    Returns:
        [B, H, Nq, Nk]
    """
    return bias[:, query_ids[:, :, None], key_ids[:, None, :]].transpose(0, 1)
