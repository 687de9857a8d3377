from pathlib import Path

import numpy as np
import pytest

from kgpipe.errors import KgpipeError

torch = pytest.importorskip("torch", reason="PyTorch is an extra")

from kgpipe.geo.measuring.galileo import embed, load_galileo, resize_kernel, spatial_encoding  # noqa: E402

S2 = ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12")
BANDS = {"S1": ("VV", "VH"), "S2": S2, "RGB": ("R", "G", "B")}


@pytest.fixture(scope="module")
def nano(shared_data: Path) -> Path:
    folder = shared_data / "geo" / "galileo_nano" / "data" / "models" / "nano"
    if not folder.is_dir():
        pytest.skip("the Galileo weights are absent")
    return folder


def _forest_and_water(tiles: int) -> dict[str, np.ndarray]:
    """Half of the tiles with a forest's reflectance, half with water's."""
    forest = (0.03, 0.05, 0.03, 0.08, 0.22, 0.27, 0.29, 0.31, 0.14, 0.06)
    water = (0.06, 0.05, 0.03, 0.03, 0.02, 0.02, 0.02, 0.02, 0.01, 0.01)
    rng = np.random.default_rng(0)
    kind = np.arange(tiles) % 2
    optical = np.array([forest, water], dtype=np.float32)[kind][:, :, None, None]
    optical = optical + rng.normal(scale=0.004, size=(tiles, 10, 32, 32)).astype(np.float32)
    radar = np.array([(-7, -13), (-20, -28)], dtype=np.float32)[kind][:, :, None, None]
    radar = radar + rng.normal(scale=1.0, size=(tiles, 2, 32, 32)).astype(np.float32)
    return {"S1": radar, "S2": optical}


def test_every_weight_of_the_encoder_is_used_or_of_another_input(nano: Path) -> None:
    encoder = load_galileo(nano)
    assert (encoder.width, encoder.depth, encoder.heads) == (128, 4, 8)
    # The fixed encodings are in the file: ours of space must be made as those of time were.
    stored = encoder.state["pos_embed"]
    place = torch.arange(len(stored))
    half = stored.shape[1] // 2
    speeds = 10_000.0 ** -(torch.arange(half) / stored.shape[1] / 2)
    made = torch.cat([(place[:, None] * speeds).sin(), (place[:, None] * speeds).cos()], dim=1)
    torch.testing.assert_close(made, stored, atol=1e-4, rtol=1e-4)
    months = torch.arange(12) * (2 * torch.pi / 12)
    torch.testing.assert_close(
        encoder.state["month_embed.weight"][:, 0], months.sin(), atol=1e-4, rtol=1e-4
    )


@pytest.mark.parametrize("sensors", [("S1",), ("S2",), ("S1", "S2")])
def test_forest_and_water_lie_apart(nano: Path, sensors: tuple[str, ...]) -> None:
    encoder = load_galileo(nano)
    pixels = {name: one for name, one in _forest_and_water(8).items() if name in sensors}
    found = embed(encoder, pixels, bands=BANDS, month=8)
    assert found.shape == (8, 128)
    unit = found / np.linalg.norm(found, axis=1, keepdims=True)
    near = unit @ unit.T
    assert near[0, 2] > near[0, 1] + 0.05
    assert near[1, 3] > near[1, 2] + 0.05


def test_smaller_patches_see_the_same_ground(nano: Path) -> None:
    encoder = load_galileo(nano)
    pixels = {"S2": _forest_and_water(2)["S2"]}
    coarse = embed(encoder, pixels, bands=BANDS, month=8, patch=8)
    fine = embed(encoder, pixels, bands=BANDS, month=8, patch=4)
    cosine = (coarse * fine).sum(axis=1) / np.linalg.norm(coarse, axis=1)
    assert (cosine / np.linalg.norm(fine, axis=1) > 0.8).all()


def test_a_rendered_picture_and_what_was_not_seen(nano: Path) -> None:
    encoder = load_galileo(nano)
    rng = np.random.default_rng(0)
    picture = rng.random((3, 3, 48, 48)).astype(np.float32)
    picture[1, :, :8, :8] = np.nan
    found = embed(encoder, {"RGB": picture}, bands=BANDS, month=6)
    assert found.shape == (3, 128)
    assert np.isfinite(found).all()


def test_no_known_band_is_an_error(nano: Path) -> None:
    with pytest.raises(KgpipeError, match="needs S1, S2 or RGB"):
        embed(load_galileo(nano), {}, bands={}, month=1)


def test_a_folder_without_weights_is_named(tmp_path: Path) -> None:
    with pytest.raises(KgpipeError, match="holds no Galileo encoder"):
        load_galileo(tmp_path)


def test_a_resized_patch_has_the_projection_of_the_original() -> None:
    # FlexiViT: with a patch enlarged to the kernel's own size, both projections agree.
    generator = torch.Generator().manual_seed(0)
    kernel = torch.randn(5, 2, 8, 8, generator=generator)
    small = torch.randn(1, 2, 4, 4, generator=generator)
    # What lies in the range of resizing down is brought back by its pseudo-inverse.
    resized = resize_kernel(kernel, 4)
    assert resized.shape == (5, 2, 4, 4)
    identity = torch.eye(64).reshape(-1, 1, 8, 8)
    shrink = torch.nn.functional.interpolate(identity, (4, 4), mode="bicubic", antialias=True)
    inverse = torch.linalg.pinv(shrink.reshape(64, 16))  # (16, 64)
    enlarged = (small.reshape(1, 2, 16) @ inverse).reshape(1, 2, 8, 8)
    one = torch.nn.functional.conv2d(small, resized)
    other = torch.nn.functional.conv2d(enlarged, kernel)
    torch.testing.assert_close(one, other, atol=1e-4, rtol=1e-4)
    assert resize_kernel(kernel, 8) is kernel


def test_places_differ_by_column_in_their_first_half() -> None:
    encoding = spatial_encoding(4, 32, 8)
    assert encoding.shape == (16, 32)
    # Cells 0 and 4 stand in one column, 0 and 1 in one row.
    torch.testing.assert_close(encoding[0, :16], encoding[4, :16])
    torch.testing.assert_close(encoding[0, 16:], encoding[1, 16:])
    assert not torch.allclose(encoding[0, :16], encoding[1, :16])
