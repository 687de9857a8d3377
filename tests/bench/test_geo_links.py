import json
from pathlib import Path

import pytest
import shapely

pytest.importorskip("torch", reason="PyTorch is an extra")

from kgpipe.bench.geo_links import as_disc, collect_pairs, run
from kgpipe.errors import KgpipeError
from kgpipe.geo.places.calibration import FEATURES, load_link_model
from kgpipe.geo.places.layers import Feature
from kgpipe.geo.places.shapes import box_around
from kgpipe.tiles import Tile

SQUARE = Feature("Square", shapely.box(-61, 3, -60, 4))
TILES = [
    Tile(id=f"t{n}", source="s", lon=lon, lat=3.5, block=f"7_{n}",
         box=box_around(lon, 3.5, side_km=0.5))
    for n, lon in enumerate((-60.5, -59.9, -50.0))
]  # fmt: skip


def test_a_pair_is_positive_where_the_polygon_holds_the_centre() -> None:
    for regime in ("extent", "point"):
        pairs = collect_pairs([SQUARE], TILES, regime, None)
        assert pairs.outcomes.tolist() == [1.0, 0.0, 0.0]
        assert pairs.blocks.tolist() == [0, 1, 2]
        assert pairs.features.shape == (3, len(FEATURES["extent"]))
        # Inside, near and far, by containment and closeness.
        assert pairs.features[0, 2] == 1.0
        assert pairs.features[1, 3] > pairs.features[2, 3]


def test_a_disc_is_as_large_as_its_place() -> None:
    disc = as_disc(SQUARE.shape)
    assert disc.area == pytest.approx(SQUARE.shape.area, rel=0.02)
    assert disc.centroid.distance(SQUARE.shape.centroid) < 1e-6


def test_missing_data_is_said(tmp_path: Path) -> None:
    with pytest.raises(KgpipeError, match="Cannot read the tiles"):
        run(tmp_path, tmp_path / "out")


@pytest.mark.slow
@pytest.mark.shared
def test_real_places_are_told_apart_and_what_ships_comes_from_here(
    shared_data: Path, tmp_path: Path
) -> None:
    report = run(shared_data, tmp_path)
    assert report == json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    outline, centre = report["held_out"]["extent"], report["held_out"]["point"]
    assert outline["average_precision"]["value"] > 0.99
    assert 0.5 < centre["average_precision"]["value"] < 1.0
    # Nearly all pairs are far apart: those that are in doubt count.
    assert centre["undecided"]["ece"] < 0.15
    made = json.loads((tmp_path / "link.json").read_text(encoding="utf-8"))
    shipped = load_link_model()
    if "encoder" not in shipped.fitted_on:
        assert made == json.loads(shipped.model_dump_json())
