from typing import Any

import pytest

torch: Any = pytest.importorskip("torch")

from kgpipe.errors import UsageError  # noqa: E402
from kgpipe.geo.mechanisms.patches import average_cells  # noqa: E402
from kgpipe.geo.training.settings import choose_settings  # noqa: E402
from kgpipe.geo.training.tower import Levels, Standardise, Tower  # noqa: E402

SMALL = ["dim=16", "heads=2", "width=64", "cell_width=2", "stem=patch", "descriptors=[]"]


def _tower(*changes: str) -> Any:
    torch.manual_seed(0)
    settings = choose_settings(changes=[*SMALL, *changes])
    return Tower(settings, sensor="S2", bands=("B02", "B03"), side=32, depth=2)


def _pixels() -> Any:
    return torch.rand(4, 2, 32, 32, generator=torch.Generator().manual_seed(0))


def _embed(tower: Any, pixels: Any) -> Any:
    with torch.no_grad():
        return tower.embed(tower(pixels), pixels)


def _placed(tower: Any, tokens: Any) -> Any:
    """The cells' shares, [B, cells, cell_width], of 4 x 4 patches."""
    with torch.no_grad():
        return tower.embed(tokens, _pixels())[:, :32].unflatten(1, (16, 2))


def test_a_share_of_the_embedding_belongs_to_each_cell() -> None:
    tower = _tower("cells=4").eval()
    tokens = torch.rand(4, 16, 16, generator=torch.Generator().manual_seed(1))
    changed = tokens.clone()
    changed[:, 7] += 1  # row 1, column 3 of 4 x 4 patches
    moved = (_placed(tower, changed) - _placed(tower, tokens)).norm(dim=2)
    assert moved.argmax(dim=1).tolist() == [7] * 4


def test_cells_tell_what_differs_within_a_tile_and_nothing_else() -> None:
    tower = _tower("cells=4").eval()
    tokens = torch.rand(4, 16, 16, generator=torch.Generator().manual_seed(1))
    found = _placed(tower, tokens)
    assert torch.allclose(found.mean(dim=1), torch.zeros(4, 2), atol=1e-6)
    assert torch.allclose(found.flatten(1).norm(dim=1), torch.ones(4))
    # Neither the tile's own level nor how strongly its cells differ.
    faint = 5 + tokens / 10
    assert torch.allclose(found, _placed(tower, faint), atol=1e-4)
    with torch.no_grad():
        rest = tower.embed(tokens, _pixels())[:, 32:]
    assert torch.allclose(rest.norm(dim=1), torch.full((4,), 0.5))


@pytest.mark.parametrize("shape", [(32, 32), (64, 96)])
def test_cells_and_what_is_told_by_hand_leave_the_width_as_it_is(shape: tuple[int, int]) -> None:
    tower = _tower("cells=4", 'descriptors=["S2"]', 'levels=["S2"]').eval()
    assert _embed(tower, torch.rand(2, 2, *shape)).shape == (2, 64)


def test_what_is_told_by_hand_is_hidden_from_some_tiles_of_a_step_and_never_afterwards() -> None:
    tower = _tower('levels=["S2"]')
    # Tokens tell nothing, so that whatever differs comes from the levels.
    tower.project.project.weight.data[:, :32] = 0
    pixels = _pixels().repeat(8, 1, 1, 1)
    rest = tower.project.project.bias
    tower.train()
    hidden = (_embed(tower, pixels) - rest).abs().amax(dim=1) < 1e-6
    assert 0 < hidden.sum() < len(hidden)
    tower.eval()
    assert ((_embed(tower, pixels) - rest).abs().amax(dim=1) > 1e-6).all()


def test_levels_are_means_and_deviations() -> None:
    pixels = _pixels()
    found = Levels(2)(pixels)
    assert torch.allclose(found[:, :2], pixels.mean(dim=(2, 3)), atol=1e-6)
    assert torch.allclose(found[:, 2:], pixels.std(dim=(2, 3), unbiased=False), atol=1e-5)


def test_a_faint_band_is_not_blown_up() -> None:
    noise = torch.randn(1, 1, 32, 32, generator=torch.Generator().manual_seed(0))
    strong, faint = (Standardise(0.01)(noise * size).std() for size in (1.0, 0.001))
    assert strong == pytest.approx(1, abs=0.02)
    assert faint < 0.1


def test_cells_that_fill_the_width_are_refused() -> None:
    with pytest.raises(UsageError, match="leaves no room beside the cells, which take 128"):
        choose_settings(changes=["width=128", "cells=4", "cell_width=8"])
    with pytest.raises(UsageError, match="cells = 1 tells nothing"):
        choose_settings(changes=["cells=1"])


def test_cells_over_a_picture_of_any_size() -> None:
    picture = torch.arange(6.0).expand(1, 6, 6)
    assert average_cells(picture, 3)[0, 0].tolist() == [0.5, 2.5, 4.5]
    # Five columns over two cells: the third lies in the first.
    assert average_cells(picture[:, :5, :5], 2)[0, 0].tolist() == [1.0, 3.5]
    assert average_cells(torch.ones(1, 2, 2), 4).sum() == 4
