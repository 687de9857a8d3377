"""2D-ALiBi and X-ALiBi against their formula, worked by hand."""

import math
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the extra geo brings torch")

import torch

from kgpipe.geo.mechanisms.alibi import alibi_2d, alibi_slopes, cross_alibi


def test_slopes_of_eight_heads_halve() -> None:
    expected = [1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32, 1 / 64, 1 / 128, 1 / 256]
    assert alibi_slopes(8).tolist() == expected


def test_slopes_of_sixteen_heads_start_at_the_root_of_a_half() -> None:
    assert alibi_slopes(16).tolist() == pytest.approx([2 ** (-k / 2) for k in range(1, 17)])


@pytest.mark.parametrize(
    ("heads", "expected"),
    [
        (1, [1 / 256]),
        (3, [1 / 16, 1 / 256, 1 / 4]),
        (6, [1 / 4, 1 / 16, 1 / 64, 1 / 256, 1 / 2, 1 / 8]),
        # Those of 8, then 2^-0.5, 2^-1.5, ... of 16.
        (12, [2.0**-k for k in range(1, 9)] + [2 ** -(k + 0.5) for k in range(4)]),
    ],
)
def test_slopes_of_other_numbers_of_heads(heads: int, expected: list[float]) -> None:
    assert alibi_slopes(heads).tolist() == pytest.approx(expected)


def test_bias_of_a_grid_of_two_by_two() -> None:
    bias = alibi_2d(2, 2, heads=8)
    root = math.sqrt(2)
    distances = [[0, 1, 1, root], [1, 0, root, 1], [1, root, 0, 1], [root, 1, 1, 0]]
    assert bias.shape == (8, 4, 4)
    for head in range(8):
        expected = -(2.0 ** -(head + 1)) * torch.tensor(distances)
        torch.testing.assert_close(bias[head], expected)


def test_the_bias_is_built_once() -> None:
    assert alibi_2d(5, 4, heads=2) is alibi_2d(5, 4, heads=2)


def test_cells_count_row_by_row() -> None:
    bias = alibi_2d(2, 5, heads=2)
    # Cell 4 is the last one of the first row, cell 5 lies below cell 0; slopes 1/16 and 1/256.
    assert bias[0, 0, 4].item() == pytest.approx(-4 / 16)
    assert bias[0, 0, 5].item() == pytest.approx(-1 / 16)
    assert bias[1, 3, 5].item() == pytest.approx(-math.hypot(1, 3) / 256)


def test_bias_is_symmetric_with_a_zero_diagonal_and_below_it_elsewhere() -> None:
    bias = alibi_2d(6, 4, heads=16)
    assert torch.equal(bias, bias.transpose(1, 2))
    diagonal = torch.eye(24, dtype=torch.bool)
    assert (bias[:, diagonal] == 0).all()
    assert (bias[:, ~diagonal] < 0).all()


def test_heads_differ_by_the_ratio_of_their_slopes() -> None:
    bias = alibi_2d(5, 5, heads=16)
    apart = ~torch.eye(25, dtype=torch.bool)
    ratios = bias[1:, apart] / bias[:-1, apart]
    torch.testing.assert_close(ratios, torch.full_like(ratios, 2**-0.5))


def test_grids_of_225_and_of_400_cells_share_distances() -> None:
    small, large = alibi_2d(15, 15, heads=16), alibi_2d(20, 20, heads=16)
    shared = [row * 20 + column for row in range(15) for column in range(15)]
    assert torch.equal(large[:, shared][:, :, shared], small)


@pytest.mark.parametrize("times", [1, 2, 4])
def test_shared_cells_have_one_bias_at_any_side(times: int) -> None:
    small, side = alibi_2d(6, 6, heads=4), 6 * times
    large = alibi_2d(side, side, heads=4)
    # Anywhere in the larger grid, not only in its first corner.
    for shift in (0, side - 6):
        cells = [(shift + row) * side + shift + column for row in range(6) for column in range(6)]
        assert torch.equal(large[:, cells][:, :, cells], small)


def test_cross_bias_of_all_cells_is_the_bias() -> None:
    bias = alibi_2d(3, 4, heads=2)
    every = torch.arange(12).expand(5, 12)
    gathered = cross_alibi(bias, query_ids=every, key_ids=every)
    assert torch.equal(gathered, bias.expand(5, 2, 12, 12))


def test_cross_bias_has_radar_rows_and_optical_columns() -> None:
    bias = alibi_2d(4, 4, heads=3)
    radar = torch.tensor([[3, 0], [15, 7]])
    optical = torch.tensor([[5, 1, 14], [2, 15, 0]])
    gathered = cross_alibi(bias, query_ids=radar, key_ids=optical)
    assert gathered.shape == (2, 3, 2, 3)
    for item in range(2):
        for i, query in enumerate(radar[item].tolist()):
            for j, key in enumerate(optical[item].tolist()):
                assert torch.equal(gathered[item, :, i, j], bias[:, query, key])


def test_the_same_as_that_of_torchgeo() -> None:
    reference = pytest.importorskip("torchgeo.models.croma", reason="torchgeo needs torchvision")
    for heads in (16, 12):
        theirs = reference.get_2dalibi(num_heads=heads, num_patches=225).reshape(heads, 225, 225)
        torch.testing.assert_close(alibi_2d(15, 15, heads=heads), theirs.float())


class BiasOf(torch.nn.Module):
    """The bias of the cells of a picture: what an exported encoder computes from its input."""

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        rows, columns = pixels.shape[-2] // 4, pixels.shape[-1] // 4
        return alibi_2d(rows, columns, heads=3) + 0 * pixels.sum()


def test_onnxruntime_computes_the_same_bias_for_any_side(tmp_path: Path) -> None:
    pytest.importorskip("onnxscript", reason="the extra geo brings onnxscript")
    onnxruntime = pytest.importorskip("onnxruntime")
    free = torch.export.Dim.DYNAMIC
    path = tmp_path / "bias.onnx"
    torch.onnx.export(
        BiasOf(), (torch.zeros(2, 3, 16, 24),), path, dynamo=True, verbose=False,
        input_names=["pixels"], dynamic_shapes=({0: free, 2: free, 3: free},),
    )  # fmt: skip
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    for times in (1, 2, 4):
        for sides in ((16 * times, 16 * times), (16 * times, 24)):
            pixels = torch.zeros(1, 3, *sides)
            (found,) = session.run(None, {"pixels": pixels.numpy()})
            expected = alibi_2d(sides[0] // 4, sides[1] // 4, heads=3)
            torch.testing.assert_close(torch.from_numpy(found), expected, rtol=0, atol=1e-6)
