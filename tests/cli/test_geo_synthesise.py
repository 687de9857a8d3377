import json
from pathlib import Path

import pytest

from kgpipe.geo.data.tiletable import open_tiles
from tests.cli.calls import Call


def test_synthesise_writes_tiles_that_open(call: Call, tmp_path: Path) -> None:
    answer = call("geo", "synthesise", "--out", tmp_path, "--tiles", 6, "--side", 32, "--json")
    assert answer.json == {"tiles": 6, "csv": str(tmp_path / "tiles.csv")}
    assert set(open_tiles(tmp_path / "tiles.csv").bands) == {"S1", "S2", "RGB"}


@pytest.mark.parametrize("lon", [-150.0, 179.99])
def test_synthesise_puts_tiles_into_the_places_of_a_file(
    call: Call, tmp_path: Path, lon: float
) -> None:
    place = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [lon, -16.5]},
        "properties": {"name": "Atoll"},
    }
    path = tmp_path / "p.geojson"
    path.write_text(json.dumps(place))
    out = tmp_path / "out"
    answer = call("geo", "synthesise", "--out", out, "--tiles", 6, "--places", path)
    assert answer.code == 0
    tiles = open_tiles(out).tiles
    assert len(tiles) == 6
    assert {tile.places for tile in tiles} == {("Atoll",)}
    for tile in tiles:
        assert tile.lon is not None
        assert abs((tile.lon - lon + 180) % 360 - 180) < 0.3


def test_places_that_cannot_be_read_are_wrong_usage(call: Call, tmp_path: Path) -> None:
    answer = call("geo", "synthesise", "--out", tmp_path, "--places", tmp_path / "none.geojson")
    assert answer.code == 2
    assert "none.geojson does not exist" in answer.err
