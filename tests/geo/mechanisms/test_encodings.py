"""Fixed encodings against their formula, and what tells groups and dates apart."""

import math

import pytest

torch = pytest.importorskip("torch", reason="the extra geo brings torch")

from kgpipe.errors import UsageError  # noqa: E402
from kgpipe.geo.mechanisms.encodings import (  # noqa: E402
    date_encodings,
    encode_dates,
    group_encodings,
    sincos_1d,
    sincos_2d,
)


def test_one_number_by_hand() -> None:
    # omega is 1 and 10000^(-1/2) = 1/100.
    expected = [math.sin(3), math.sin(0.03), math.cos(3), math.cos(0.03)]
    assert sincos_1d(torch.tensor([3]), dim=4)[0].tolist() == pytest.approx(expected, abs=1e-6)


def test_a_cell_is_its_row_then_its_column() -> None:
    cells = sincos_2d(3, 4, dim=8)
    assert cells.shape == (12, 8)
    for row in range(3):
        for column in range(4):
            both = sincos_1d(torch.tensor([row, column]), dim=4).flatten()
            torch.testing.assert_close(cells[4 * row + column], both)


def test_cells_are_told_apart() -> None:
    assert len(torch.unique(sincos_2d(12, 12, dim=32), dim=0)) == 144


def test_a_longer_side_stays_in_the_trained_range() -> None:
    large = sincos_2d(8, 4, dim=8, trained=4)
    small = sincos_2d(4, 4, dim=8, trained=4)
    assert torch.equal(small, sincos_2d(4, 4, dim=8))
    # Each second row of twice as many is a row of the training grid.
    torch.testing.assert_close(large.reshape(8, 4, 8)[::2], small.reshape(4, 4, 8))
    # A smaller picture is a part of a training picture, not a coarser one.
    torch.testing.assert_close(sincos_2d(2, 2, dim=8, trained=4), sincos_2d(2, 2, dim=8))


def test_groups_differ_only_in_the_last_256_of_1024_dimensions() -> None:
    tokens = group_encodings((12, 12), groups=3, dim=1024).reshape(3, 144, 1024)
    for one, other in [(0, 1), (0, 2), (1, 2)]:
        assert torch.equal(tokens[one, :, :768], tokens[other, :, :768])
        assert (tokens[one, :, 768:] != tokens[other, :, 768:]).any(dim=1).all()
    # Within a group all cells have the same last dimensions.
    assert (tokens[:, :, 768:] == tokens[:, :1, 768:]).all()


def test_the_width_for_the_group_can_be_set() -> None:
    tokens = group_encodings((2, 2), groups=2, dim=768, group_dim=256).reshape(2, 4, 768)
    assert torch.equal(tokens[0, :, :512], tokens[1, :, :512])
    torch.testing.assert_close(tokens[1, 0, 512:], sincos_1d(torch.tensor(1), dim=256))


def test_dates_differ_only_in_the_last_384_of_1024_dimensions() -> None:
    dates = torch.tensor([[[2016, 3, 14], [2017, 3, 14], [2016, 4, 9]]])
    tokens = date_encodings((14, 14), dates, dim=1024).reshape(3, 196, 1024)
    for one, other in [(0, 1), (0, 2), (1, 2)]:
        assert torch.equal(tokens[one, :, :640], tokens[other, :, :640])
    # Year, month, hour: 128 dimensions each.
    assert not torch.equal(tokens[0, :, 640:768], tokens[1, :, 640:768])
    assert torch.equal(tokens[0, :, 768:], tokens[1, :, 768:])
    assert not torch.equal(tokens[0, :, 768:896], tokens[2, :, 768:896])
    assert not torch.equal(tokens[0, :, 896:], tokens[2, :, 896:])


def test_a_date_by_hand() -> None:
    encoded = encode_dates(torch.tensor([2005, 12, 6]), dim=6)
    expected = [f(value) for value in (3, 11, 6) for f in (math.sin, math.cos)]
    assert encoded.tolist() == pytest.approx(expected, abs=1e-6)


def test_refuses_widths_that_cannot_be_shared_out() -> None:
    with pytest.raises(UsageError, match="even"):
        sincos_1d(torch.arange(3), dim=3)
    with pytest.raises(UsageError, match="multiple of 4"):
        sincos_2d(2, 2, dim=6)
    with pytest.raises(UsageError, match="multiple of 32"):
        date_encodings((2, 2), torch.zeros(1, 1, 3), dim=48)
