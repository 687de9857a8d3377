from typing import Any

import pytest

torch: Any = pytest.importorskip("torch")

from kgpipe.geo.mechanisms.descriptors import (  # noqa: E402
    Descriptors,
    average_symmetries,
    cell_gradients,
    level_shares,
    normalise_blocks,
)


def _picture(rows: int = 48, columns: int = 48, channels: int = 3) -> Any:
    noise = torch.randn(2, channels, rows, columns, generator=torch.Generator().manual_seed(0))
    # Sums of noise have edges at all scales.
    drawn = noise.cumsum(-1).cumsum(-2)
    return (drawn - drawn.mean((2, 3), keepdim=True)) / drawn.std((2, 3), keepdim=True)


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("turns", range(4))
def test_a_turned_or_mirrored_picture_has_the_same_descriptors(turns: int, mirrored: bool) -> None:
    describe, picture = Descriptors(3), _picture()
    seen = torch.rot90(picture.flip(-1) if mirrored else picture, turns, (-2, -1))
    assert torch.allclose(describe(seen), describe(picture), atol=1e-5)


def test_other_pictures_have_others() -> None:
    one, other = Descriptors(3)(_picture())
    assert (one - other).abs().max() > 0.1


def test_the_average_keeps_a_hundred_of_eight_hundred_numbers() -> None:
    average = average_symmetries(6, 8)
    assert average.shape == (800, 100)
    assert torch.allclose(average.sum(dim=0), torch.ones(100))
    # Every number belongs to one orbit, of eight places or, on an axis of symmetry, of four.
    assert ((average > 0).sum(dim=1) == 1).all()
    assert set((average > 0).sum(dim=0).tolist()) <= {4, 8}


@pytest.mark.parametrize(("rows", "columns"), [(48, 48), (32, 40), (96, 48)])
def test_any_size_gives_the_same_width(rows: int, columns: int) -> None:
    describe = Descriptors(2)
    found = describe(_picture(rows, columns, 2))
    assert found.shape == (2, describe.width) == (2, 132)
    assert found.isfinite().all()


def test_a_slope_to_the_right_is_one_direction() -> None:
    slope = torch.arange(48.0).expand(1, 48, 48)
    cells = cell_gradients(slope)
    # All edges run one way, and those at the borders are half as strong.
    strength = cells.sum(dim=(2, 3))[0]
    assert (strength > 0).sum() == 1
    assert cells[0, strength.argmax(), 2, 2] == pytest.approx(1)


def test_levels_are_shares_and_far_ones_count_at_the_ends() -> None:
    pixels = torch.tensor([-9.0, -2.5, 2.5, 9.0]).view(1, 1, 2, 2)
    shares = level_shares(pixels)[0, 0]
    assert shares.sum() == pytest.approx(1)
    assert shares[0] == shares[-1] == pytest.approx(0.5)


def test_stronger_light_changes_no_block() -> None:
    cells = torch.rand(1, 8, 6, 6, generator=torch.Generator().manual_seed(1)) + 1
    assert torch.allclose(normalise_blocks(cells), normalise_blocks(3 * cells), atol=1e-3)


def test_a_picture_without_contrast_is_finite_and_has_no_edges() -> None:
    found = Descriptors(3)(torch.zeros(1, 3, 48, 48))
    assert found.isfinite().all()
    assert found[:, :100].abs().max() < 1e-3
