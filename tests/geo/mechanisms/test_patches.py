"""Images as patches, and back."""

import pytest

torch = pytest.importorskip("torch", reason="the extra geo brings torch")
pytest.importorskip("einops", reason="the extra geo brings einops")

from kgpipe.errors import UsageError  # noqa: E402
from kgpipe.geo.mechanisms.patches import grid_shape, patchify, token_grid, unpatchify  # noqa: E402


def test_patches_run_row_by_row_and_each_band_by_band() -> None:
    pixels = torch.arange(2 * 4 * 6).reshape(1, 2, 4, 6)
    patches = patchify(pixels, 2)
    assert patches.shape == (1, 6, 8)
    for row in range(2):
        for column in range(3):
            part = pixels[0, :, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
            assert torch.equal(patches[0, 3 * row + column], part.flatten())


def test_images_come_back() -> None:
    pixels = torch.rand(3, 5, 24, 16)
    rows, columns = grid_shape(pixels, 8)
    assert torch.equal(unpatchify(patchify(pixels, 8), rows=rows, columns=columns, patch=8), pixels)


def test_tokens_as_a_picture() -> None:
    tokens = torch.rand(2, 12, 7)
    grid = token_grid(tokens, rows=3, columns=4)
    assert torch.equal(grid[1, :, 2, 1], tokens[1, 9])


@pytest.mark.parametrize("size", [(30, 32), (32, 4), (33, 33)])
def test_refuses_what_cannot_be_cut_evenly(size: tuple[int, int]) -> None:
    with pytest.raises(UsageError, match=rf"{size[0]} x {size[1]} .* multiples of 8"):
        patchify(torch.rand(1, 2, *size), 8)
