from pathlib import Path

import pytest

from kgpipe.publish.cypher import write_cypher
from kgpipe.publish.iris import Iris
from kgpipe.publish.property_graph_names import DEPICTED_IN
from kgpipe.publish.property_graph_sync import synchronise_graph
from kgpipe.publish.property_graph_tiles import link_properties, list_tiles
from kgpipe.settings import PublishSettings
from kgpipe.tiles import EntityLinks
from tests.bolt import Server, dataset, make_rows, server
from tests.publish.graphs import sample_graph
from tests.publish.links import BENI, MODEL, sample_links

__all__ = ["dataset", "server"]
GRAPH = sample_graph()
LINKS = sample_links(GRAPH)
SEEN = (
    "MATCH (e:Entity)-[r:DEPICTED_IN]->(t:Tile) WHERE r.kgpipe = $dataset "
    "RETURN e.name, t.id, r.probability, r.model ORDER BY r.probability DESC"
)


def test_a_tile_is_told_once_with_its_extent() -> None:
    tiles = list_tiles([*LINKS, *LINKS], Iris("https://x.example/"))
    assert [tile["id"] for tile in tiles] == ["bare", "beni 1/a", "fiji"]
    beni = tiles[1]
    assert BENI.box is not None and beni["box"] == list(BENI.box)
    assert (beni["lon"], beni["lat"], beni["start"]) == (-66.95, -13.05, "2019-01-01")
    assert beni["iri"] == "https://x.example/tile/beni%201%2Fa"
    assert {tiles[0][name] for name in ("lon", "box", "start", "item")} == {None}


def test_a_link_tells_its_score_in_parts() -> None:
    told = link_properties(LINKS[0].links[0])
    assert told["probability"] == 0.97 and told["model"] == MODEL
    assert (told["text"], told["location"], told["containment"]) == (-0.125, 0.5, 1.0)
    assert (told["place"], told["place_source"]) == ("Rio Beni", "rivers.geojson")
    assert link_properties(LINKS[2].links[0])["place"] is None


def test_a_link_has_another_hash_when_its_score_changes() -> None:
    [first] = LINKS[0].links[:1]
    other = first.model_copy(update={"probability": 0.9})
    marks = set()
    for link in (first, other):
        found = [EntityLinks(entity_id=link.entity_id, links=(link,), tiles=(BENI,))]
        [table] = [one for one in make_rows(GRAPH, "d", found).links if one.type == DEPICTED_IN]
        marks.add(table.rows[0]["kgpipe_hash"])
    assert len(marks) == 2


def test_the_file_of_a_graph_without_tiles_has_no_index_of_points(tmp_path: Path) -> None:
    texts = [
        write_cypher(GRAPH, tmp_path / "g.cypher", settings=PublishSettings(), links=links)
        .read_text(encoding="utf-8")
        for links in ([], LINKS)
    ]  # fmt: skip
    assert "POINT INDEX" not in texts[0] and "DEPICTED_IN" not in texts[0]
    assert texts[1].count("CREATE POINT INDEX kgpipe_tile_location") == 1
    assert "point({longitude: row.properties.lon" in texts[1]


@pytest.mark.slow
@pytest.mark.xdist_group("bolt")
def test_tiles_come_and_go_with_their_links(server: Server, dataset: str) -> None:
    made = synchronise_graph(make_rows(GRAPH, dataset, LINKS), server=server.graph)
    assert (made.written["Tile"], made.written[DEPICTED_IN]) == (3, 3)
    assert server.graph.read(SEEN, dataset=dataset) == [
        ("Río Beni", "beni 1/a", 0.97, MODEL), ("Río Beni", "fiji", 0.6, MODEL),
        ("Guyana", "bare", 0.55, MODEL),
    ]  # fmt: skip
    [(lon, near)] = server.graph.read(
        "MATCH (t:Tile {id: 'beni 1/a'}) WHERE t.kgpipe = $dataset RETURN t.location.longitude, "
        "point.distance(t.location, point({longitude: -66.95, latitude: -13.04})) < 2000",
        dataset=dataset,
    )
    assert (lon, near) == (-66.95, True)
    again = synchronise_graph(make_rows(GRAPH, dataset, LINKS), server=server.graph)
    assert not again.written and not again.deleted
    fewer = synchronise_graph(make_rows(GRAPH, dataset, LINKS[1:]), server=server.graph)
    assert (fewer.deleted["Tile"], fewer.deleted[DEPICTED_IN]) == (2, 2)
    assert len(server.graph.read(SEEN, dataset=dataset)) == 1
    gone = synchronise_graph(make_rows(GRAPH, dataset), server=server.graph)
    assert (gone.deleted["Tile"], gone.deleted[DEPICTED_IN]) == (1, 1)


@pytest.mark.slow
@pytest.mark.xdist_group("bolt")
def test_the_file_gives_what_publishing_gives(server: Server, dataset: str, tmp_path: Path) -> None:
    settings = PublishSettings(dataset=dataset)
    path = write_cypher(GRAPH, tmp_path / "g.cypher", settings=settings, links=LINKS)
    for statement in path.read_text(encoding="utf-8").split(";\n"):
        if statement.startswith("CREATE"):
            server.graph.define(statement)
        elif statement.strip():
            server.graph.write(statement)
    assert len(server.graph.read(SEEN, dataset=dataset)) == 3
    after = synchronise_graph(make_rows(GRAPH, dataset, LINKS), server=server.graph)
    assert not after.written and not after.deleted
