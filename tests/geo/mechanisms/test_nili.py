import math
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra geo brings torch")

import torch
from torch import Tensor
from torch.nn import functional

from kgpipe.geo.mechanisms.nili import LocalInterpolation, tile_coordinates
from kgpipe.tiles import Box
from tests.geo.exported import export

DIM, ROWS, COLUMNS = 4, 3, 5


def layer(seed: int = 0, out: int = 6) -> LocalInterpolation:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return LocalInterpolation(dim=DIM, out=out).double()


def grid(batch: int = 1, seed: int = 1) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(batch, DIM, ROWS, COLUMNS, generator=generator, dtype=torch.float64)


def at(*pairs: tuple[float, float]) -> Tensor:
    return torch.tensor(pairs, dtype=torch.float64)


def centre(row: int, column: int) -> tuple[float, float]:
    return -1 + (2 * column + 1) / COLUMNS, -1 + (2 * row + 1) / ROWS


def picking_the_centre() -> LocalInterpolation:
    """Weights that copy the middle one of the nine neighbours."""
    picks = LocalInterpolation(dim=DIM, out=DIM).double()
    with torch.no_grad():
        picks.predict.weight.zero_()
        picks.predict.bias.zero_()
        picks.predict.weight[:, 4 * DIM : 5 * DIM] = torch.eye(DIM)
    return picks


def formula(module: LocalInterpolation, tokens: Tensor, x: float, y: float) -> Tensor:
    """The paper's formula for one point, word by word: four shifted queries, opposite areas."""
    unfolded = functional.unfold(tokens[None], 3, padding=1)  # [1, D * 9, h * w], channels first
    blocks = unfolded.reshape(DIM, 9, ROWS, COLUMNS).transpose(0, 1).reshape(-1, ROWS, COLUMNS)
    found, areas = [], []
    for east in (-1, 1):
        for south in (-1, 1):
            most = 1 - 1e-6
            near_x = min(max(x + east / COLUMNS + 1e-6, -most), most)
            near_y = min(max(y + south / ROWS + 1e-6, -most), most)
            column = math.floor((near_x + 1) / 2 * COLUMNS)
            row = math.floor((near_y + 1) / 2 * ROWS)
            there_x, there_y = centre(row, column)
            rel = at(((x - there_x) * COLUMNS, (y - there_y) * ROWS))[0]
            found.append(module.predict(torch.cat([blocks[:, row, column], rel])))
            areas.append(float(rel.prod().abs()) + 1e-9)
    opposite = areas[::-1]
    return sum(
        (area * one for area, one in zip(opposite, found, strict=True)), torch.zeros(())
    ) / sum(areas)


def test_at_the_centre_of_a_cell_it_is_the_token_there() -> None:
    tokens = grid()
    for row in range(ROWS):
        for column in range(COLUMNS):
            found = picking_the_centre()(tokens, at(centre(row, column)))
            torch.testing.assert_close(found[0], tokens[0, :, row, column])


@pytest.mark.parametrize(
    ("x", "y"), [(0.0, 0.0), (-0.3, 0.41), (0.97, -0.99), (-1.0, 1.0), (0.21, 0.9), (0.6, -0.6)]
)
def test_is_the_formula_of_the_paper(x: float, y: float) -> None:
    tokens = grid()
    expected = formula(layer(), tokens[0], x, y)
    torch.testing.assert_close(layer()(tokens, at((x, y)))[0], expected, atol=1e-5, rtol=1e-5)


def test_it_is_continuous_everywhere() -> None:
    # Lines across the tile in both directions: no jump at any border of cells, nor at the edges.
    tokens, step = grid(), 1e-5
    for fixed in (-0.97, 0.1, 0.66):
        line = torch.arange(-1.1, 1.1, 0.01, dtype=torch.float64)
        borders = at(*((2 * column / COLUMNS - 1, fixed) for column in range(COLUMNS + 1)))
        middles = at(*((centre(0, column)[0], fixed) for column in range(COLUMNS)))
        points = torch.cat([torch.stack([line, torch.full_like(line, fixed)], 1), borders, middles])
        for flipped in (points, points.flip(1)):
            many = tokens.expand(len(flipped), -1, -1, -1)
            jumps = (layer()(many, flipped + step) - layer()(many, flipped - step)).abs().max()
            assert jumps < 50 * step


def test_weights_sum_to_one() -> None:
    # Equal predictions at all corners must come out as they are, wherever the point lies.
    same = layer()
    with torch.no_grad():
        same.predict.weight.zero_()
    generator = torch.Generator().manual_seed(5)
    points = 2 * torch.rand(200, 2, generator=generator, dtype=torch.float64) - 1
    found = same(grid(200), points)
    torch.testing.assert_close(found, same.predict.bias.detach().expand(200, -1))


@pytest.mark.parametrize("axis", ["east-west", "north-south"])
def test_a_mirrored_tile_gives_the_mirrored_answer(axis: str) -> None:
    plain, mirrored = layer(), layer()
    dim, sign = (3, at((-1, 1))) if axis == "east-west" else (2, at((1, -1)))
    with torch.no_grad():
        weight = plain.predict.weight
        blocks = weight[:, :-2].reshape(-1, 3, 3, DIM).flip(dim - 1)
        mirrored.predict.weight[:, :-2] = blocks.reshape(len(weight), -1)
        mirrored.predict.weight[:, -2:] = weight[:, -2:] * sign
    tokens = grid(50)
    points = 2 * torch.rand(50, 2, generator=torch.Generator().manual_seed(2)).double() - 1
    torch.testing.assert_close(mirrored(tokens.flip(dim), points * sign), plain(tokens, points))


def test_columns_run_to_the_east_and_rows_to_the_south() -> None:
    tokens = grid()
    box = Box(-63.0, 2.0, -62.0, 4.0)
    north_east = tile_coordinates([[-62.01, 3.99]], box)
    found = picking_the_centre()(tokens, torch.from_numpy(north_east).double())
    torch.testing.assert_close(found[0], tokens[0, :, 0, -1])
    south_west = tile_coordinates([[-62.99, 2.01]], box)
    found = picking_the_centre()(tokens, torch.from_numpy(south_west).double())
    torch.testing.assert_close(found[0], tokens[0, :, -1, 0])


def test_midway_between_two_cells_it_is_their_mean() -> None:
    tokens = grid()
    (x, y), (further, _) = centre(1, 2), centre(1, 3)
    found = picking_the_centre()(tokens, at(((x + further) / 2, y)))
    torch.testing.assert_close(found[0], tokens[0, :, 1, 2:4].mean(dim=1))


def test_each_tile_of_a_batch_has_its_own_point() -> None:
    tokens = grid(3)
    points = at((-0.5, 0.2), (0.9, 0.9), (0.0, -1.0))
    together = layer()(tokens, points)
    for row in range(3):
        alone = layer()(tokens[row : row + 1], points[row : row + 1])
        torch.testing.assert_close(together[row : row + 1], alone)


def test_a_grid_of_one_cell_and_other_sizes_work() -> None:
    one = torch.randn(2, DIM, 1, 1, dtype=torch.float64)
    found = picking_the_centre()(one, at((0.3, -0.9), (-1, 1)))
    torch.testing.assert_close(found, one.flatten(1))


def test_gradients_reach_tokens_and_point() -> None:
    tokens, point = grid().requires_grad_(), at((0.3, 0.2)).requires_grad_()
    assert torch.autograd.gradcheck(layer(), (tokens, point))


def test_runs_as_onnx_with_any_batch(tmp_path: Path) -> None:
    module, tokens = layer().float(), grid(7).float()
    points = (2 * torch.rand(7, 2, generator=torch.Generator().manual_seed(3)) - 1) * 1.1
    exported = export(
        module, {"grid": tokens[:2], "coordinates": points[:2]}, tmp_path / "points.onnx"
    )
    for count in (1, 7):
        expected = module(tokens[:count], points[:count]).detach().numpy()
        found = exported(grid=tokens[:count].numpy(), coordinates=points[:count].numpy())
        np.testing.assert_allclose(found, expected, atol=1e-5)
