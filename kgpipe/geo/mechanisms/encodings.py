"""Fixed sine and cosine encodings of places, band groups and dates (SatMAE, arXiv 2207.08051).

Vaswani et al. 2017, as in MAE: omega_k = 10000^(-k / (d / 2)), the sines in the first half, the
cosines in the second. What tells groups or dates apart stands in the last dimensions, after the
place.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from kgpipe.errors import UsageError
from kgpipe.geo.mechanisms.constant import made_once

# Of the longest wave, in units of the position (Vaswani et al. 2017, section 3.5).
_LONGEST = 10_000.0
# Years are counted from here (SatMAE: no picture of its set is older).
_FIRST_YEAR = 2002


def sincos_1d(positions: Tensor, *, dim: int) -> Tensor:
    """Encode numbers: [...] -> [..., dim]; `dim` is even."""
    if dim % 2:
        raise UsageError(f"{dim} dimensions cannot hold as many sines as cosines: take an even one")
    steps = torch.arange(dim // 2, device=positions.device).float()
    omega = _LONGEST ** (-steps / (dim / 2))  # [dim / 2]
    angles = positions.float()[..., None] * omega  # [..., dim / 2]
    return torch.cat([angles.sin(), angles.cos()], dim=-1)


@made_once
def sincos_2d(
    rows: int,
    columns: int,
    *,
    dim: int,
    trained: int | None = None,
    device: torch.device | str | None = None,
) -> Tensor:
    """Encode the cells of a grid, row by row: [rows * columns, dim]; `dim` is a multiple of 4.

    The first half of the dimensions tells the row, the second the column. The result is kept and
    shared: do not write into it.

    Args:
        rows: of the grid.
        columns: of the grid.
        dim: of each encoding.
        trained: rows and columns seen in training. The positions of a longer side are squeezed
            into that range, as one interpolates the encodings of a ViT for larger pictures.
        device: where the encodings are needed.
    """
    if dim % 4:
        raise UsageError(f"{dim} dimensions cannot tell rows and columns: take a multiple of 4")
    down, right = (
        torch.arange(side, device=device).float() * min(1.0, (trained or side) / side)
        for side in (rows, columns)
    )
    by_row = sincos_1d(down, dim=dim // 2)[:, None].expand(-1, columns, -1)
    by_column = sincos_1d(right, dim=dim // 2)[None].expand(rows, -1, -1)
    return torch.cat([by_row, by_column], dim=-1).flatten(0, 1)


def encode_dates(dates: Tensor, *, dim: int) -> Tensor:
    """Encode (year, month 1 to 12, hour): [..., 3] -> [..., dim], a third each."""
    if dim % 6:
        raise UsageError(f"{dim} dimensions cannot hold year, month and hour: take a multiple of 6")
    since = dates.float() - torch.tensor([_FIRST_YEAR, 1.0, 0.0], device=dates.device)
    return sincos_1d(since, dim=dim // 3).flatten(-2)


def join_encodings(places: Tensor, sets: Tensor) -> Tensor:
    """Encode each cell of each set (a band group, a frame), set after set.

    Args:
        places: of the cells, [L, P].
        sets: of the sets, [..., G, S].

    Returns:
        [..., G * L, P + S]: the place first, then what tells the sets apart.
    """
    lead: Sequence[int] = (*sets.shape[:-1], len(places))  # [..., G, L]
    joined = torch.cat(
        [places.expand(*lead, -1), sets[..., None, :].expand(*lead, -1)], dim=-1
    )  # [..., G, L, P + S]
    return joined.flatten(-3, -2)


def group_encodings(
    grid: tuple[int, int],
    *,
    groups: int,
    dim: int,
    group_dim: int | None = None,
    trained: int | None = None,
    device: torch.device | str | None = None,
) -> Tensor:
    """What tells the tokens of each cell and group apart: [groups * L, dim], group after group.

    Args:
        grid: rows and columns; L is their product.
        groups: how many, G.
        dim: width of a token.
        group_dim: how many of its last dimensions tell the group; a quarter if None, as 256 of
            1024 in SatMAE's encoder and 128 of 512 in its decoder.
        trained: rows and columns seen in training (see `sincos_2d`).
        device: where the encodings are needed.
    """
    group_dim = dim // 4 if group_dim is None else group_dim
    places = sincos_2d(*grid, dim=dim - group_dim, trained=trained, device=device)
    sets = sincos_1d(torch.arange(groups, device=device), dim=group_dim)  # [G, group_dim]
    return join_encodings(places, sets)


def date_encodings(
    grid: tuple[int, int],
    dates: Tensor,
    *,
    dim: int,
    trained: int | None = None,
) -> Tensor:
    """What tells the tokens of each cell and frame apart: [B, T * L, dim], frame after frame.

    The last three eighths of the dimensions tell year, month and hour, as 384 of 1024 in SatMAE's
    encoder and 192 of 512 in its decoder.

    Args:
        grid: rows and columns; L is their product.
        dates: year, month (1 to 12) and hour of each frame, [B, T, 3].
        dim: width of a token, a multiple of 32.
        trained: rows and columns seen in training (see `sincos_2d`).
    """
    if dim % 32:
        raise UsageError(f"a width of {dim} cannot hold place and date: take a multiple of 32")
    date_dim = 3 * dim // 8
    places = sincos_2d(*grid, dim=dim - date_dim, trained=trained, device=dates.device)
    return join_encodings(places, encode_dates(dates, dim=date_dim))
