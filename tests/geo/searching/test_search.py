import numpy as np
import pytest

from kgpipe.errors import UsageError
from kgpipe.geo.searching.filters import Circle, TileFilter, survey
from kgpipe.geo.searching.hits import describe_places, show_found
from kgpipe.geo.searching.index import TileIndex
from kgpipe.geo.searching.search import (
    nearness,
    search_entity,
    search_location,
    search_point,
    search_text,
    search_tile,
)
from kgpipe.tiles import Place, Tile
from kgpipe.types import Entity
from tests.geo.made_tiles import HashEncoder, described, embedded, make_tile

ENCODER = HashEncoder()
TEXTS = ("mining ponds", "mining ponds", "mining camp", "forest", "river")
TILES = (
    make_tile("ponds-b", -60.0, -5.0, places=("Brazil", "Yanomami"), labels=("mine",)),
    make_tile("ponds-a", -70.0, -12.0, labels=("mine",)),
    make_tile("camp", -60.01, -5.0),
    make_tile("forest", -60.05, -5.0, labels=("not_mine",)),
    make_tile("river"),
)
YANOMAMI = Place(name="Yanomami", source="territories", lon=-60.0, lat=-5.0, radius_km=2.0)


@pytest.fixture
def index() -> TileIndex:
    return TileIndex(described(TEXTS, TILES))


def names(found: object) -> list[str]:
    return [hit.tile.id for hit in found.hits]  # type: ignore[attr-defined]


def test_a_text_finds_what_looks_like_it_and_ties_stand_by_id(index: TileIndex) -> None:
    found = search_text("mining ponds", index=index, encoder=ENCODER, limit=3)
    assert names(found) == ["ponds-a", "ponds-b", "camp"]
    assert [hit.rank for hit in found.hits] == [1, 2, 3]
    assert found.hits[0].score == pytest.approx(1.0)
    assert found.hits[0].parts == {"text": pytest.approx(1.0)}


def test_gold_labels_never_leave(index: TileIndex) -> None:
    found = search_text("mining ponds", index=index, encoder=ENCODER, limit=5)
    assert all(not hit.tile.labels for hit in found.hits)
    assert "labels" not in str(show_found(found))


def test_a_place_in_the_text_draws_to_it_what_looks_right(index: TileIndex) -> None:
    found = search_text(
        "mining ponds", index=index, encoder=ENCODER, locate=lambda text: (YANOMAMI,)
    )
    # Both within the territory, the one that looks right first; then what is near it.
    assert names(found)[:2] == ["ponds-b", "camp"]
    best = found.hits[0]
    assert best.parts == {"text": pytest.approx(1.0), "place": pytest.approx(1.0)}
    assert best.score == pytest.approx(2.0)
    assert best.distance_km == pytest.approx(0.0)
    assert found.places == (YANOMAMI,)
    river = next(hit for hit in found.hits if hit.tile.id == "river")
    assert (river.place, river.distance_km) == (0.0, None)


def test_an_ambiguous_name_pulls_by_its_probabilities_and_is_shown(index: TileIndex) -> None:
    here = YANOMAMI.model_copy(update={"probability": 0.3})
    there = Place(
        name="Yanomami", source="geonames", lon=-70.0, lat=-12.0, radius_km=1.0, probability=0.7
    )
    found = search_text(
        "mining ponds", index=index, encoder=ENCODER, locate=lambda text: (here, there)
    )
    assert names(found)[:2] == ["ponds-a", "ponds-b"]
    assert [hit.place for hit in found.hits[:2]] == [pytest.approx(0.7), pytest.approx(0.3)]
    [line] = describe_places(found.places)
    assert line.startswith("Yanomami may be 2 places: lon -70.00, lat -12.00")
    assert "probability 0.30" in line


def test_nearness_halves_and_is_shared_by_names() -> None:
    ground = survey(
        [make_tile("in", 0.0, 0.0), make_tile("out", 0.0, 0.108), Tile(id="x", source="s")]
    )
    near, away = nearness([[Place(name="a", source="s", lon=0.0, lat=0.0, radius_km=2.0)]], ground)
    assert near == pytest.approx([1.0, 0.5, 0.0], abs=0.01)
    assert away[1] == pytest.approx(10.0, abs=0.1)
    assert np.isnan(away[2])
    square = Place(
        name="a", source="s", lon=0.0, lat=0.0, radius_km=20.0,
        wkt="POLYGON ((-.1 -.05, .1 -.05, .1 .05, -.1 .05, -.1 -.05))",
    )  # fmt: skip
    # The outline ends 5.6 km north of the centre, 6.4 km from the tile.
    near, away = nearness([[square]], ground)
    assert near[:2] == pytest.approx([1.0, 0.5**0.645], abs=0.01)
    assert away[1] == pytest.approx(6.45, abs=0.1)


def test_a_town_tells_more_than_its_country() -> None:
    ground = survey([make_tile("town", 0.0, 0.0), make_tile("country", 3.0, 0.0)])
    town = Place(name="town", source="s", lon=0.0, lat=0.0, radius_km=1.0)
    # The town lies outside of the circle that stands for the country.
    country = Place(name="country", source="s", lon=10.0, lat=0.0, radius_km=1000.0)
    near, away = nearness([[town], [country]], ground)
    assert near[0] > 0.95
    assert near[1] < 0.05
    assert away[0] == 0.0
    inside = country.model_copy(update={"lon": 0.0})
    near, _ = nearness([[town], [inside]], ground)
    assert near[0] == pytest.approx(1.0)
    assert 0.0 < near[1] < 0.05


def test_filters_hold_beside_places(index: TileIndex) -> None:
    wanted = TileFilter((Circle(-60.0, -5.0, 20.0),))
    found = search_text("mining ponds", index=index, encoder=ENCODER, wanted=wanted)
    assert names(found) == ["ponds-b", "camp", "forest"]
    assert found.notes == ("3 of 5 tiles pass the filter.",)
    nothing = TileFilter((Circle(100.0, 50.0, 20.0),))
    empty = search_text("mining ponds", index=index, encoder=ENCODER, wanted=nothing)
    assert (empty.hits, empty.notes) == ((), ("0 of 5 tiles pass the filter.",))


@pytest.mark.parametrize("text", ["", "  ", "?!"])
def test_a_text_needs_words(index: TileIndex, text: str) -> None:
    with pytest.raises(UsageError, match="Describe in words"):
        search_text(text, index=index, encoder=ENCODER)


def test_a_tile_finds_others_like_it(index: TileIndex) -> None:
    found = search_tile("ponds-b", index=index, limit=2)
    assert names(found) == ["ponds-a", "camp"]
    assert found.hits[0].parts == {"likeness": pytest.approx(1.0)}
    with pytest.raises(UsageError, match="nearest ids: ponds-a"):
        search_tile("ponds-aa", index=index)


def test_a_tile_in_which_nothing_was_seen_is_no_query() -> None:
    vectors = HashEncoder().embed_texts(TEXTS)
    vectors[0] = np.nan
    index = TileIndex(embedded(TILES, vectors))
    with pytest.raises(UsageError, match="Nothing could be seen in the tile ponds-b"):
        search_tile("ponds-b", index=index)
    assert "ponds-b" not in names(search_point(-60.0, -5.0, index=index))


def test_a_point_finds_the_tile_that_holds_it_then_the_nearest(index: TileIndex) -> None:
    found = search_point(-60.0101, -5.0, index=index)
    assert names(found) == ["camp", "ponds-b", "forest", "ponds-a"]
    assert [hit.holds_point for hit in found.hits] == [True, False, False, False]
    assert found.hits[0].score == 1.0
    assert found.hits[1].distance_km == pytest.approx(1.119, abs=0.01)
    assert found.notes == ("1 tiles have no coordinates and were not looked at.",)


def test_swapped_coordinates_are_told(index: TileIndex) -> None:
    with pytest.raises(UsageError, match=r"Write the longitude first: --point -60\.0,-5\.0"):
        search_point(-5.0, -60.0, index=index)
    # Far from everything either way: nothing speaks for a swap.
    assert search_point(100.0, 10.0, index=index).hits


def test_without_coordinates_no_tile_is_near_a_point() -> None:
    index = TileIndex(described(("river",), (make_tile("river"),)))
    with pytest.raises(UsageError, match="None of these tiles has coordinates"):
        search_point(0.0, 0.0, index=index)
    found = search_location(0.0, 0.0, index=index, encoder=ENCODER)
    assert names(found) == ["river"]
    assert list(found.hits[0].parts) == ["location"]
    assert found.hits[0].distance_km is None


def test_an_entity_is_searched_by_its_text_and_its_places(index: TileIndex) -> None:
    entity = Entity(id="e", kind="", name="Mining ponds", names=("Mining ponds",))
    found = search_entity(entity, index=index, encoder=ENCODER, places=(YANOMAMI,))
    assert (found.query, found.text) == ("Mining ponds", "Mining ponds.")
    assert found.hits[0].tile.id == "ponds-b"
    assert set(found.hits[0].parts) == {"text", "place"}


def test_another_model_is_refused(index: TileIndex) -> None:
    other = HashEncoder()
    other.name = "other"
    with pytest.raises(UsageError, match="the model named is other"):
        search_text("ponds", index=index, encoder=other)
    with pytest.raises(UsageError, match="the model named is other"):
        search_location(0.0, 0.0, index=index, encoder=other)
