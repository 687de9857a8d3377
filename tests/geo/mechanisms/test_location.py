import math
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra geo brings torch")

import torch
from torch import Tensor

from kgpipe.errors import KgpipeError
from kgpipe.geo.mechanisms.location import LocationEncoder, equal_earth
from tests.geo.exported import export

PLACES = [[-63.7, 3.1], [13.4, 52.5], [151.2, -33.9], [0.0, 0.0], [-179.0, 71.0], [180.0, -90.0]]


def project(*pairs: tuple[float, float]) -> Tensor:
    return equal_earth(torch.tensor(pairs, dtype=torch.float64))


def small(seed: int = 0, dim: int = 5) -> LocationEncoder:
    return LocationEncoder(dim=dim, seed=seed, features=8, hidden=16).eval()


def test_the_equator_runs_from_minus_one_to_one() -> None:
    found = project((-180, 0), (0, 0), (90, 0), (180, 0))
    expected = [[-1.0, 0.0], [0.0, 0.0], [0.5, 0.0], [1.0, 0.0]]
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_the_poles_are_lines() -> None:
    north, south = project((180, 90), (-180, -90))
    # theta is 60 degrees there: by hand from the polynomial with A1 to A4.
    theta = math.pi / 3
    y = 1.340264 * theta - 0.081106 * theta**3 + 0.000893 * theta**7 + 0.003796 * theta**9
    slope = 1.340264 - 0.243318 * theta**2 + 0.006251 * theta**6 + 0.034164 * theta**8
    assert north[1].item() == pytest.approx(y / 2.7066299, abs=1e-7)
    assert north[0].item() == pytest.approx(1.340264 / slope / 2, abs=1e-7)
    assert north[0].item() == pytest.approx(0.59, abs=0.01)
    np.testing.assert_allclose(north, -south)


def test_agrees_with_proj() -> None:
    warp = pytest.importorskip("rasterio.warp", reason="the extra tiles brings PROJ")
    lon, lat = zip(*PLACES[:5], strict=True)
    sphere = "+proj=longlat +R=1000000 +no_defs"
    x, y = warp.transform(sphere, "+proj=eqearth +R=1000000 +no_defs", lon, lat)
    expected = np.stack([x, y], axis=1) / 1e6 / 2.7066299836960748
    np.testing.assert_allclose(project(*PLACES[:5]), expected, atol=1e-9)  # type: ignore[arg-type]


def test_equal_areas_stay_equal() -> None:
    places = torch.tensor(PLACES[:5], dtype=torch.float64)
    slopes = torch.func.vmap(torch.func.jacrev(lambda one: equal_earth(one[None])[0]))(places)
    areas = torch.linalg.det(slopes) / torch.cos(torch.deg2rad(places[:, 1]))
    np.testing.assert_allclose(areas, areas[0].expand(5), rtol=1e-9)


def test_it_is_continuous_but_for_the_antimeridian() -> None:
    step = 1e-6
    for lon, lat in PLACES[:5]:
        here, east, north = project((lon, lat), (lon + step, lat), (lon, lat + step))
        assert (here - east).abs().max() < step
        assert (here - north).abs().max() < step
    # The seam, as the docstring says: the same line on the ground, two apart.
    west, east = project((-180, 0), (180, 0))
    assert (east - west)[0].item() == pytest.approx(2)
    # Near the pole, too, meridians stay apart.
    there, opposite = project((0, 89.9999), (90, 89.9999))
    assert (opposite - there)[0] > 0.29


def test_scales_are_summed() -> None:
    encoder = small()
    places = torch.tensor(PLACES)
    parts = [scale(equal_earth(places)) for scale in encoder.scales]
    assert len(parts) == 3
    torch.testing.assert_close(encoder(places), parts[0] + parts[1] + parts[2])
    assert encoder(places).shape == (6, 5)


def test_frequencies_have_the_spread_of_their_scale() -> None:
    encoder = LocationEncoder(dim=4, sigmas=(1, 16, 256), seed=3, features=256, hidden=4)
    for scale, sigma in zip(encoder.scales, (1, 16, 256), strict=True):
        frequencies = scale[0].frequencies  # type: ignore[index]
        assert frequencies.shape == (256, 2)
        assert frequencies.std().item() == pytest.approx(sigma, rel=0.1)


def test_features_are_cosines_and_sines() -> None:
    features = small().scales[1][0]  # type: ignore[index]
    point = torch.tensor([[0.25, -0.125]])
    angles = 2 * math.pi * (features.frequencies.double() @ point[0].double())
    expected = torch.cat([angles.cos(), angles.sin()])[None]
    torch.testing.assert_close(features(point).double(), expected, atol=1e-4, rtol=0)


def test_finer_scales_tell_nearer_places_apart() -> None:
    coarse, _, fine = LocationEncoder(dim=4, seed=0, hidden=8).scales
    near = torch.tensor([[-63.7, 3.1], [-63.6, 3.1]])
    gaps = [(scale[0](equal_earth(near))).diff(dim=0).norm() for scale in (coarse, fine)]  # type: ignore[index]
    assert gaps[1] > 20 * gaps[0]


def test_the_seed_decides_and_nothing_else() -> None:
    places = torch.tensor(PLACES)
    first = small(7)(places)
    torch.manual_seed(99)
    before = torch.random.get_rng_state()
    torch.testing.assert_close(small(7)(places), first, rtol=0, atol=0)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert not torch.allclose(small(8)(places), first)


def test_frequencies_are_saved_but_not_trained() -> None:
    encoder = small()
    names = {name for name, _ in encoder.named_parameters()}
    assert "scales.0.0.frequencies" in encoder.state_dict()
    assert "scales.0.0.frequencies" not in names


def test_latitude_first_is_refused() -> None:
    with pytest.raises(KgpipeError, match="Longitude comes first"):
        small()(torch.tensor([[3.1, -163.7]]))


def test_bfloat16_does_not_blur_the_angles() -> None:
    encoder = LocationEncoder(dim=4, seed=0, hidden=8).scales[2]
    place = equal_earth(torch.tensor([[-63.7, 3.1]]))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        blurred = encoder[0](place)  # type: ignore[index]
    torch.testing.assert_close(blurred, encoder[0](place), rtol=0, atol=0)  # type: ignore[index]


def test_runs_as_onnx_with_any_batch(tmp_path: Path) -> None:
    encoder = small()
    places = torch.tensor(PLACES)
    exported = export(encoder, {"lonlat": places[:2]}, tmp_path / "locations.onnx")
    for count in (1, 6):
        expected = encoder(places[:count]).detach().numpy()
        np.testing.assert_allclose(exported(lonlat=places[:count].numpy()), expected, atol=1e-4)
