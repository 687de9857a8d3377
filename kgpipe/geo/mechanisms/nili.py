"""Neural implicit local interpolation: the embedding of any point inside a tile.

GAIR, arXiv 2503.16683, section on NILI; the local ensemble is LIIF's (Chen, Liu & Wang, CVPR 2021,
section 3). Each of the four cells whose centres surround a point predicts the point's embedding
from its own 3 x 3 neighbourhood and the point's offset; the predictions are weighed by the areas of
the opposite rectangles, which is to interpolate them bilinearly, so that the embedding is
continuous over the borders of cells.

The coordinates are those of GAIR's release: x to the east, y to the south, in [-1, 1]. Its earlier
training code fed [0, 1] and mixed the axes.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from kgpipe.geo.data.lonlat import tile_coordinates

__all__ = ["LocalInterpolation", "tile_coordinates"]

# Rows and columns of the neighbourhood around a cell.
_SIDE = 3
_CORNERS = ((0, 0), (0, 1), (1, 0), (1, 1))


class LocalInterpolation(nn.Module):
    """One linear layer over (3 x 3 neighbours, offset), ensembled over the four nearest cells.

    The layer's input is [9 * dim + 2]: the neighbours row by row from the north-west, each with its
    `dim` values, zero beyond the tile's edge; then the offset (x, y) from the cell's centre, in
    halves of a cell.

    Args:
        dim: of a token.
        out: of the embedding.
    """

    def __init__(self, *, dim: int, out: int) -> None:
        super().__init__()
        self.predict = nn.Linear(_SIDE * _SIDE * dim + 2, out)

    def forward(self, grid: Tensor, coordinates: Tensor) -> Tensor:
        """Embed one point of each tile.

        Args:
            grid: tokens [B, D, h, w], row 0 in the north, column 0 in the west.
            coordinates: [B, 2] (x, y) in [-1, 1] (see `tile_coordinates`). What lies beyond is
                taken to the edge: whoever must not have that compares with 1 before.

        Returns:
            [B, out].
        """
        rows, columns = grid.shape[-2], grid.shape[-1]
        size = torch.tensor([columns, rows], device=grid.device)  # [2] as (x, y)
        # Cells are squares of side 1 here, and the centre of cell i lies at i.
        point = (coordinates.clamp(-1, 1) + 1) / 2 * size - 0.5  # [B, 2]
        corner = point.floor()  # the nearest centre in the north-west
        padded = functional.pad(grid, (1, 1, 1, 1)).flatten(start_dim=2)  # [B, D, (h+2)(w+2)]
        parts = []
        for south, east in _CORNERS:
            step = torch.tensor([east, south], device=grid.device)
            # Beyond the outermost centres both neighbours are the same cell.
            cell = (corner + step).clamp(min=0).minimum(size - 1)  # [B, 2]
            neighbours = _neighbours(padded, cell.long(), columns=columns)  # [B, 9 D]
            offset = 2 * (point - cell)  # [B, 2]
            prediction = self.predict(torch.cat([neighbours, offset], dim=-1))  # [B, out]
            # The area of the rectangle between the point and the opposite corner.
            area = (1 - (point - corner - step).abs()).prod(dim=-1, keepdim=True)  # [B, 1]
            parts.append(area * prediction)
        # The four areas sum to 1.
        return torch.stack(parts).sum(dim=0)


def _neighbours(padded: Tensor, cell: Tensor, *, columns: int) -> Tensor:
    """Gather the 3 x 3 tokens around a cell (x, y) each, [B, D, (h+2)(w+2)] -> [B, 9 D]."""
    around = torch.arange(_SIDE, device=padded.device)
    down = (cell[:, 1:] + around) * (columns + 2)  # [B, 3]
    right = cell[:, :1] + around  # [B, 3]
    places = (down[:, :, None] + right[:, None, :]).flatten(start_dim=1)  # [B, 9]
    index = places[:, None, :].expand(-1, padded.shape[1], -1)  # [B, D, 9]
    return padded.gather(2, index).transpose(1, 2).flatten(start_dim=1)
