from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="the extra geo brings torch")

from kgpipe.errors import UsageError  # noqa: E402
from kgpipe.geo.training.aligner import JOINT, Aligner  # noqa: E402
from kgpipe.geo.training.settings import choose_settings  # noqa: E402
from kgpipe.geo.training.tower import band_groups  # noqa: E402

TWO = {"S1": ("VV", "VH"), "S2": ("B02", "B03", "B04", "B08")}
SMALL = ["dim=16", "heads=2", "width=8", "location_hidden=16", "location_features=8"]


def make(*changes: str, sentence: int = 5) -> Aligner:
    torch.manual_seed(0)
    settings = choose_settings(preset="demo", changes=[*SMALL, *changes])
    return Aligner(settings, bands=TWO, side=16, sentence=sentence)


def pictures(height: int, width: int) -> dict[str, Any]:
    return {sensor: torch.rand(3, len(bands), height, width) for sensor, bands in TWO.items()}


@pytest.mark.parametrize("changes", [[], ["stem=patch"], ["encoder=satmae"]])
@pytest.mark.parametrize("shape", [(16, 16), (32, 64)])
def test_tiles_of_any_size_have_a_place_in_the_space(
    changes: list[str], shape: tuple[int, int]
) -> None:
    aligner, pixels = make(*changes), pictures(*shape)
    tokens = aligner.encode(pixels)
    grids = aligner.grids(tokens, pixels)
    assert grids["S2"].shape == (3, 16, shape[0] // 8, shape[1] // 8)
    embedded = aligner.embed(tokens, grids, pixels)
    assert {kind: tuple(e.shape) for kind, e in embedded.items()} == {
        "S1": (3, 8), "S2": (3, 8), JOINT: (3, 8),
    }  # fmt: skip


def test_points_texts_and_locations_share_the_width() -> None:
    aligner = make()
    grid = torch.rand(3, 16, 2, 2)
    points = aligner.embed_points(grid, torch.zeros(3, 2), sensor="S1")
    texts = aligner.embed_texts(torch.rand(3, 5))
    places = aligner.embed_locations(torch.tensor([[-60.0, -3.0], [10.0, 50.0], [0.0, 0.0]]))
    assert points.shape == texts.shape == places.shape == (3, 8)


def test_the_radar_has_half_of_the_depth() -> None:
    aligner = make("depth=4")
    depths = [len(aligner.tower(s).encoder.transformer.blocks) for s in TWO]
    assert depths == [2, 4]


def test_without_texts_there_is_nothing_to_read_with() -> None:
    with pytest.raises(UsageError, match="without texts"):
        make(sentence=0).embed_texts(torch.rand(1, 5))


def test_groups_are_satmaes_own_or_one_for_all() -> None:
    all_bands = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12")
    assert band_groups((), all_bands) == ((1, 2, 3, 7), (4, 5, 6, 8), (9, 10))
    assert band_groups((), ("VV", "VH")) == ((0, 1),)
    assert band_groups([("G", "R")], ("R", "G", "B")) == ((1, 0),)
    with pytest.raises(UsageError, match="B08"):
        band_groups((), ("B02", "B03", "B04"))


def test_a_stem_needs_patches_that_it_can_make() -> None:
    with pytest.raises(UsageError, match="multiple of 4"):
        make("patch=6")


def test_a_standardised_sensor_does_not_see_the_light_of_a_rendering() -> None:
    aligner = make('standardise=["S2"]').eval()
    seen = pictures(32, 32)
    lit = {sensor: 0.2 + 0.5 * pixels for sensor, pixels in seen.items()}
    plain, changed = aligner.encode(seen), aligner.encode(lit)
    torch.testing.assert_close(plain["S2"], changed["S2"], atol=2e-2, rtol=0)
    assert (plain["S1"] - changed["S1"]).abs().max() > 5e-2
    blank = aligner.encode({"S2": torch.full_like(seen["S2"], 0.5)})
    assert blank["S2"].isfinite().all()
