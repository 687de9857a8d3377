from pathlib import Path

import pytest

from kgpipe.errors import UsageError
from kgpipe.geo.searching.hits import Found, Hit
from kgpipe.settings import Settings
from kgpipe.tile_search import TileQuestion, describe_found, find_entity, search_tiles
from kgpipe.tiles import Place
from kgpipe.workspace import Workspace
from tests.geo.made_tiles import make_tile
from tests.inputs import run, text_of, write_files


def test_a_table_shows_parts_and_what_is_ambiguous() -> None:
    hit = Hit(
        rank=1, tile=make_tile("a", -60.0, -5.0, places=("Brazil", "Pará"), start="2024-01-01"),
        score=1.25, text=0.25, place=1.0, distance_km=0.0,
    )  # fmt: skip
    other = Hit(rank=2, tile=make_tile("b"), score=0.2, text=0.2, place=0.0)
    places = [
        Place(name="Verde", source="geonames", lon=-60.0, lat=-5.0, probability=0.6, quote="Verde"),
        Place(
            name="Rio Verde", source="geonames", lon=10.0, lat=5.0, probability=0.3, quote="Verde"
        ),
        Place(name="Verde", source="geonames", lon=1.0, lat=5.0, probability=0.001, quote="Verde"),
    ]
    found = Found(query="q", model="m", hits=(hit, other), places=tuple(places))
    ambiguity, header, _, first, second = describe_found(found).splitlines()
    assert ambiguity.startswith("Verde may be 2 places: lon -60.00, lat -5.00")
    assert "Rio Verde, lon 10.00" in ambiguity
    assert header.split() == [
        "rank", "score", "text", "place", "km", "lon", "lat", "days", "places", "tile"
    ]  # fmt: skip
    assert first.split() == [
        "1", "1.250", "0.250", "1.000", "0.0", "-60.000", "-5.000", "2024-01-01", "Brazil,", "Pará",
        "a",
    ]  # fmt: skip
    assert second.split() == ["2", "0.200", "0.200", "0.000", "b"]


def test_one_thing_is_asked_for(tmp_path: Path) -> None:
    for question in (TileQuestion(), TileQuestion(text="a", tile="b")):
        with pytest.raises(UsageError, match="Ask for one thing"):
            search_tiles(question, tmp_path, settings=Settings())


def test_an_entity_comes_with_its_facts_and_its_places(tmp_path: Path) -> None:
    paragraphs = ["Small-scale miners use mercury in Camp Upara at 4.5 S, 60.25 W.",
                  "Camp Upara sells gold to traders."]  # fmt: skip
    write_files(tmp_path, {"report.txt": text_of(paragraphs).encode()})
    assert run(tmp_path).code == 0
    workspace = Workspace(tmp_path / "w")
    entity, claims, _ = find_entity("mercury", workspace, Settings())
    assert entity.name.casefold() == "mercury"
    assert claims
    assert all(entity.id in (claim.subject_id, claim.object_id) for claim in claims)
    with pytest.raises(UsageError, match="The graph has no entity"):
        find_entity("cyanide spill", workspace, Settings())
