import numpy as np
import pytest
import shapely

from kgpipe.geo.places.calibration import LinkModel
from kgpipe.geo.places.gazetteer import SOURCE
from kgpipe.geo.places.link import LinkQuestion, TileIndexView, link_entity, regime_of, shape_of
from kgpipe.geo.places.shapes import box_around
from kgpipe.tiles import EntityLinks, Place, Tile
from tests.geo.made_tiles import TableEncoder, unit

MODEL = LinkModel(
    weights={
        "extent": (0.5, 0.1, 4.0, 2.0, -3.0), "point": (0.5, 0.1, 2.0, 2.0, -3.0),
        "text": (2.0, -3.0),
    }
)  # fmt: skip
ENCODER = TableEncoder({"mine": (1, 0, 0), "forest": (0, 1, 0)})


def tile(number: int, lon: float, lat: float) -> Tile:
    return Tile(
        id=f"t{number}", source=f"{number}.tif", lon=lon, lat=lat, labels=("mine",),
        places=("Yanomami",), box=box_around(lon, lat, side_km=1.0),
    )  # fmt: skip


# Ten tiles eastward along a parallel, a tenth of a degree apart; the first looks like a mine.
TILES = [tile(n, -61 + n / 10, 4.0) for n in range(10)]
VIEW = TileIndexView(TILES, unit([(1, 0.1, 0), *[(0.1, 1, n / 10) for n in range(9)]]))


def place(lon: float = -61.0, **fields: object) -> Place:
    return Place.model_validate(
        {"name": "P", "source": "own.geojson", "lon": lon, "lat": 4.0, **fields}
    )


def link(*places: Place, text: str = "a mine", least: float = 0.3, limit: int = 10) -> EntityLinks:
    question = LinkQuestion(entity_id="e", text=text, places=places)
    return link_entity(question, encoder=ENCODER, index=VIEW, model=MODEL, least=least, limit=limit)


def test_tiles_inside_a_place_are_linked_the_surest_first() -> None:
    outline = shapely.box(-61.01, 3.9, -60.69, 4.1).wkt
    found = link(place(-60.85, wkt=outline, radius_km=30))
    assert [one.tile_id for one in found.links] == ["t0", "t1", "t2", "t3"]
    first = found.links[0]
    assert first.containment == 1.0 and first.distance_km == 0.0
    assert first.text == pytest.approx(0.995, abs=1e-3)
    assert first.location == pytest.approx(0.995, abs=1e-3)
    assert first.model == "table-1"
    assert first.place is not None and first.place.wkt == ""
    assert found.places[0].wkt == outline


def test_a_point_anywhere_in_a_tile_is_shown_by_it() -> None:
    sharp = MODEL.model_copy(update={"weights": {**MODEL.weights, "extent": (0, 0, 9, 6, -11)}})
    point = place(-60.997, radius_km=0.0)
    question = LinkQuestion(entity_id="e", text="x", places=(point,))
    found = link_entity(question, encoder=ENCODER, index=VIEW, model=sharp, least=0.5, limit=5)
    assert [one.tile_id for one in found.links] == ["t0"]
    assert found.links[0].distance_km == pytest.approx(0.33, abs=0.01)


def test_what_experts_see_in_a_tile_is_not_handed_on() -> None:
    [shown] = link(place(radius_km=0.1)).tiles
    assert shown == TILES[0].model_copy(update={"labels": (), "places": ()})


def test_an_ambiguous_place_never_gives_more_than_its_own_probability() -> None:
    sure = link(place(radius_km=0.1), least=0.01)
    half = link(place(radius_km=0.1, probability=0.5), least=0.01)
    assert half.links[0].probability == pytest.approx(sure.links[0].probability / 2, abs=1e-4)
    assert link(place(radius_km=0.1, probability=0.2), least=0.3).links == ()


def test_of_several_candidates_the_likelier_one_carries_the_link() -> None:
    places = place(probability=0.6, radius_km=0.1), place(-60.9, probability=0.4, radius_km=0.1)
    found = link(*places, least=0.1)
    assert [(one.tile_id, one.place and one.place.lon) for one in found.links] == [
        ("t0", -61.0), ("t1", -60.9),
    ]  # fmt: skip
    assert found.places == places


def test_a_place_far_from_all_tiles_has_no_link() -> None:
    assert link(place(100.0, radius_km=5)).links == ()


def test_words_alone_need_to_say_much() -> None:
    found = link(text="a mine", least=0.5)
    [only] = found.links
    assert (only.tile_id, only.place, only.containment) == ("t0", None, None)
    assert link(text="a forest", least=0.5).links == ()


def test_the_limit_keeps_the_surest() -> None:
    outline = shapely.box(-62, 3, -60, 5).wkt
    found = link(place(wkt=outline, radius_km=300), limit=2)
    assert len(found.links) == len(found.tiles) == 2
    assert found.links[0].tile_id == "t0"


def test_near_leaves_out_no_tile_that_is() -> None:
    generator = np.random.default_rng(1)
    tiles = [tile(n, x, y) for n, (x, y) in enumerate(
        zip(generator.uniform(-180, 180, 500), generator.uniform(-85, 85, 500), strict=True)
    )]  # fmt: skip
    view = TileIndexView(tiles, np.zeros((500, 3), dtype=np.float32))
    from kgpipe.geo.places.shapes import distance_km

    for lon, lat in ((0.0, 0.0), (179.9, 60.0), (-70.0, -84.0)):
        at = Place(name="P", source="s", lon=lon, lat=lat, radius_km=300)
        near = set(view.near(at, km=700).tolist())
        inside = np.flatnonzero(distance_km(lon, lat, view.lons, view.lats) <= 1000)
        assert set(inside.tolist()) <= near
        assert len(near) < 500
    assert len(view.near(Place(name="P", source="s", lon=0, lat=0), km=np.inf)) == 500


def test_tiles_without_coordinates_can_be_linked_by_words_alone() -> None:
    tiles = [Tile(id=f"t{n}", source="s") for n in range(10)]
    view = TileIndexView(tiles, VIEW.vectors)
    question = LinkQuestion(entity_id="e", text="a mine", places=(place(radius_km=5),))
    options = {"encoder": ENCODER, "index": view, "model": MODEL, "least": 0.3, "limit": 5}
    assert link_entity(question, **options).links == ()  # type: ignore[arg-type]
    bare = question.model_copy(update={"places": ()})
    assert [one.tile_id for one in link_entity(bare, **options).links] == ["t0"]  # type: ignore[arg-type]


def test_a_gazetteer_knows_centre_and_size_alone() -> None:
    listed = Place(name="P", source=SOURCE, lon=0, lat=0, radius_km=10)
    assert regime_of(listed) == "point"
    assert regime_of(listed.model_copy(update={"source": "own.geojson"})) == "extent"
    assert shape_of(listed).area > 0
    assert shape_of(listed.model_copy(update={"wkt": "POINT (1 2)"})).geom_type == "Point"


def test_a_question_has_another_key_when_anything_in_it_changes() -> None:
    question = LinkQuestion(entity_id="e", text="t", places=(place(),))
    others = [
        question.model_copy(update={"text": "u"}),
        question.model_copy(update={"places": (place(radius_km=1),)}),
        question.model_copy(update={"places": ()}),
    ]
    assert len({one.key for one in (question, *others)}) == 4
