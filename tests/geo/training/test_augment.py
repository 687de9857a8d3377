from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="the extra geo brings torch")

from kgpipe.geo.training.augment import (  # noqa: E402
    cut,
    draw_frames,
    place_points,
    relight,
    view_centres,
    whole_frames,
)
from kgpipe.geo.training.settings import Augmentation  # noqa: E402

NONE = Augmentation(crop_from=1.0, turn=False, brightness=0, contrast=0, gain=0, noise=0, blur=0)


def seeded(seed: int = 0) -> Any:
    return torch.Generator().manual_seed(seed)


def coordinates(side: int) -> Any:
    """A picture whose two bands are the coordinates of its pixels: [1, 2, side, side]."""
    centres = (torch.arange(side) + 0.5) / side * 2 - 1
    y, x = torch.meshgrid(centres, centres, indexing="ij")
    return torch.stack([x, y])[None]


def test_without_strengths_a_view_is_the_tile() -> None:
    pixels = torch.rand(4, 3, 8, 8)
    frames = draw_frames(4, settings=NONE, generator=seeded())
    assert torch.equal(frames, whole_frames(4))
    view = relight(cut(pixels, frames), sensor="RGB", settings=NONE, generator=seeded())
    torch.testing.assert_close(view, pixels)


def test_turns_are_the_eight_symmetries() -> None:
    pixels = torch.rand(1, 1, 6, 6)
    turned = {
        tuple(torch.rot90(p, k, (2, 3)).round(decimals=4).flatten().tolist())
        for p in (pixels, pixels.flip(3))
        for k in range(4)
    }
    frames = draw_frames(64, settings=NONE.model_copy(update={"turn": True}), generator=seeded())
    views = cut(pixels.expand(64, -1, -1, -1), frames)
    assert {tuple(v.round(decimals=4).flatten().tolist()) for v in views} == turned


def test_a_point_of_a_view_is_found_in_the_tile() -> None:
    side, batch = 64, 16
    frames = draw_frames(batch, settings=Augmentation(), generator=seeded(3))
    views = cut(coordinates(side).expand(batch, -1, -1, -1), frames)
    row, column = 20, 45
    point = torch.tensor([[(column + 0.5) / side * 2 - 1, (row + 0.5) / side * 2 - 1]])
    placed = place_points(frames, point.expand(batch, -1))
    torch.testing.assert_close(views[:, :, row, column], placed, atol=1e-4, rtol=0)


def test_the_centre_of_the_tile_is_found_in_a_view() -> None:
    frames = draw_frames(16, settings=Augmentation(), generator=seeded(4))
    centres = view_centres(frames)
    torch.testing.assert_close(place_points(frames, centres), torch.zeros(16, 2), atol=1e-5, rtol=0)
    assert (centres.abs() <= 1).all()


def test_the_same_seed_gives_the_same_views() -> None:
    pixels = torch.rand(4, 3, 8, 8)
    once, again, other = (
        relight(pixels, sensor="S2", settings=Augmentation(), generator=seeded(seed))
        for seed in (1, 1, 2)
    )
    assert torch.equal(once, again)
    assert not torch.equal(once, other)
    assert once.min() >= 0 and once.max() <= 1


def test_radar_is_not_blurred() -> None:
    settings = NONE.model_copy(update={"blur": 1.0})
    pixels = torch.rand(2, 2, 8, 8)
    radar = relight(pixels, sensor="S1", settings=settings, generator=seeded())
    optical = relight(pixels, sensor="S2", settings=settings, generator=seeded())
    torch.testing.assert_close(radar, pixels)
    assert optical.var() < pixels.var()


def test_views_are_not_rounded_under_autocast() -> None:
    generator, settings = seeded(), Augmentation()
    pixels = torch.rand(8, 3, 64, 64, generator=generator)
    frames = draw_frames(8, settings=settings, generator=generator)
    points = 2 * torch.rand(8, 2, generator=generator) - 1

    def make() -> list[Any]:
        lit = relight(pixels, sensor="S2", settings=settings, generator=seeded(1))
        return [cut(pixels, frames), place_points(frames, points), lit]

    plain = make()
    with torch.autocast("cpu", torch.bfloat16):
        cast = make()
    for one, other in zip(plain, cast, strict=True):
        assert torch.equal(one, other)
