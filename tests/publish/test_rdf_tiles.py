from pathlib import Path

import pytest
import shapely

from kgpipe.publish.iris import Iris
from kgpipe.publish.rdf import write_rdf
from kgpipe.publish.rdf_tiles import box_wkt, link_id, place_id
from kgpipe.settings import PublishSettings
from kgpipe.tiles import Box
from tests.publish.graphs import sample_graph
from tests.publish.links import BENI, FIJI, MODEL, entity_named, sample_links
from tests.publish.reading import SETTINGS, ShortQuad, read_quads
from tests.publish.reading import about as about_typed

CRS84 = "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>"
GRAPH = sample_graph()
LINKS = sample_links(GRAPH)
RIVER = entity_named("Río Beni", GRAPH)


@pytest.fixture(scope="module")
def quads(tmp_path_factory: pytest.TempPathFactory) -> list[ShortQuad]:
    folder = tmp_path_factory.mktemp("rdf")
    write_rdf(GRAPH, folder, settings=SETTINGS, links=LINKS)
    return read_quads(folder / "graph.nq")


def about(quads: list[ShortQuad], subject: str) -> dict[str, set[str]]:
    """Objects by predicate, literals without their datatypes."""
    found = about_typed(quads, subject)
    return {key: {one.split("^^")[0] for one in values} for key, values in found.items()}


def escaped(name: str) -> str:
    return Iris("https://x.example/").mint("tile", name).removeprefix("https://x.example/tile/")


def test_an_entity_is_a_feature_where_it_certainly_lies(quads: list[ShortQuad]) -> None:
    found = about(quads, f"entity:{RIVER}")
    name = place_id(LINKS[0].places[0], RIVER)
    assert "geo:Feature" in found["rdf:type"]
    assert found["geo:hasGeometry"] == {f"geometry:{name}"}
    assert found["term:may_lie_at"] == {f"place:{name}"}
    assert (
        len(found["term:depicted_in"]) == 2 and found["schema:image"] == found["term:depicted_in"]
    )
    shape = about(quads, f"geometry:{name}")
    assert shape["rdf:type"] == {"geo:Geometry", "sf:Polygon"}
    [wkt] = shape["geo:asWKT"]
    assert wkt == f"{CRS84} {LINKS[0].places[0].wkt}"


def test_candidates_of_an_ambiguous_place_are_no_geometry_of_it(quads: list[ShortQuad]) -> None:
    peru = entity_named("Peru", GRAPH)
    found = about(quads, f"entity:{peru}")
    assert "geo:hasGeometry" not in found and "geo:Feature" not in found["rdf:type"]
    assert len(found["term:may_lie_at"]) == 2
    place = about(quads, f"place:{place_id(LINKS[1].places[0], peru)}")
    assert place["rdf:type"] == {"class:PlaceCandidate"}
    assert (place["wgs84:long"], place["wgs84:lat"]) == ({"-69.189"}, {"-12.593"})
    assert place["term:probability"] == {"0.5"}
    [document] = GRAPH.documents
    assert place["prov:wasDerivedFrom"] == {f"document:{document.id}"}
    [start], [end], [quote] = place["oa:start"], place["oa:end"], place["term:quote"]
    assert document.text[int(start) : int(end)] == quote


def test_a_tile_tells_where_and_when_and_what_it_is_cut_from(quads: list[ShortQuad]) -> None:
    tile = about(quads, f"tile:{escaped(BENI.id)}")
    assert tile["rdf:type"] == {"schema:ImageObject", "prov:Entity", "geo:Feature"}
    assert tile["dcterms:identifier"] == {"beni 1/a"}
    assert tile["prov:wasDerivedFrom"] == {"https://example.org/stac/beni.json"}
    assert tile["schema:temporalCoverage"] == {"2019-01-01/2019-12-31"}
    period = about(quads, "period:2019-01-01_2019-12-31")
    assert period["dcat:startDate"] == {"2019-01-01"}
    [geometry] = tile["geo:hasGeometry"]
    [wkt] = about(quads, geometry)["geo:asWKT"]
    ring = "-67.0 -13.1, -66.9 -13.1, -66.9 -13.0, -67.0 -13.0, -67.0 -13.1"
    assert wkt == f"{CRS84} POLYGON (({ring}))"


def test_a_tile_of_which_nothing_is_known_has_no_coordinates(quads: list[ShortQuad]) -> None:
    assert set(about(quads, "tile:bare")) == {"rdf:type", "dcterms:identifier", "dcterms:source"}


def test_a_link_has_its_score_in_parts(quads: list[ShortQuad]) -> None:
    link = about(quads, f"link:{link_id(LINKS[0].links[0])}")
    assert link["term:entity"] == {f"entity:{RIVER}"}
    assert link["term:tile"] == {f"tile:{escaped(BENI.id)}"}
    assert link["term:probability"] == {"0.97"}
    assert link["term:text_similarity"] == {"-0.125"}
    assert link["term:containment"] == {"1.0"}
    assert link["term:rests_on"] == {f"place:{place_id(LINKS[0].places[0], RIVER)}"}
    [activity] = link["prov:wasGeneratedBy"]
    [encoder] = about(quads, activity)["prov:wasAssociatedWith"]
    assert about(quads, encoder)["rdfs:label"] == {MODEL}


def test_a_link_by_words_alone_has_no_place(quads: list[ShortQuad]) -> None:
    link = about(quads, f"link:{link_id(LINKS[2].links[0])}")
    assert not {"term:rests_on", "term:containment", "term:distance_km"} & set(link)


def test_boxes_are_well_known_text_across_the_antimeridian_too() -> None:
    assert shapely.from_wkt(box_wkt(Box(1, 2, 3, 5))).equals(shapely.box(1, 2, 3, 5))
    assert FIJI.box is not None
    shape = shapely.from_wkt(box_wkt(FIJI.box))
    assert shape.geom_type == "MultiPolygon" and shape.is_valid
    assert shape.area == pytest.approx(0.04)
    assert all(ring.exterior.is_ccw for ring in shape.geoms)


def test_dataset_counts_links_and_tiles(quads: list[ShortQuad]) -> None:
    counted = {
        about(quads, part)["void:class"].pop(): about(quads, part)["void:entities"].pop()
        for _, _, predicate, part in quads
        if predicate == "void:classPartition"
    }
    assert counted["class:TileLink"] == "3"
    assert counted["schema:ImageObject"] == "3"


def test_links_change_nothing_else_and_the_same_links_give_the_same_bytes(tmp_path: Path) -> None:
    texts = []
    for name, links in (("a", LINKS), ("b", LINKS[::-1]), ("none", [])):
        (tmp_path / name).mkdir()
        paths = write_rdf(GRAPH, tmp_path / name, settings=PublishSettings(), links=links)
        texts.append([path.read_bytes() for path in paths])
    assert texts[0] == texts[1] != texts[2]
    lines = [set(one[2].splitlines()) for one in texts]
    assert not {line for line in lines[2] - lines[0] if b"graph/void" not in line}
    assert b"_:" not in texts[0][2]
