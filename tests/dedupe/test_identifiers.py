from pathlib import Path

import pytest

from kgpipe.dedupe.identifiers import identify_entities
from kgpipe.settings import DedupeSettings
from kgpipe.types import Entity, Kind

GUYANA = "https://sws.geonames.org/3378535/"


def entity(name: str, kind: Kind = "place") -> Entity:
    return Entity(id=name, kind=kind, name=name, names=(name,))


@pytest.mark.parametrize(
    ("name", "kind", "iri"),
    [
        ("Guyana", "place", GUYANA),
        ("Brasil", "place", "https://sws.geonames.org/3469034/"),
        # A government names a country, and an extractor may know no kind.
        ("Guyana", "organisation", GUYANA),
        ("Guyana", "", GUYANA),
        ("Guyana", "substance", None),
        ("government of Guyana", "organisation", None),
    ],
)
def test_countries_are_identified_by_their_main_name(
    name: str, kind: Kind, iri: str | None
) -> None:
    found = identify_entities([entity(name, kind)], settings=DedupeSettings())
    assert found == ({name: iri} if iri else {})


def test_a_name_that_is_not_the_main_one_identifies_nothing() -> None:
    lumped = Entity(id="e", kind="place", name="Bartica", names=("Bartica", "Guyana"))
    assert identify_entities([lumped], settings=DedupeSettings()) == {}


def test_the_users_table_comes_first(tmp_path: Path) -> None:
    path = tmp_path / "aliases.csv"
    path.write_text(
        "canonical,alias,kind,identifier\nGuyana,GUY,place,http://www.wikidata.org/entity/Q734\n"
        "mercury,azogue,substance,\nmercury,Hg,substance,http://www.wikidata.org/entity/Q925\n"
        "gold,oro,substance,\n"
    )
    entities = [entity(name, "substance") for name in ("azogue", "oro")]
    entities += [entity("Guyana"), entity("Peru")]
    found = identify_entities(entities, settings=DedupeSettings(aliases=str(path)))
    assert found == {
        "azogue": "http://www.wikidata.org/entity/Q925",
        "Guyana": "http://www.wikidata.org/entity/Q734",
        "Peru": "https://sws.geonames.org/3932488/",
    }
    alone = DedupeSettings(aliases=str(path), built_in_aliases=False)
    assert "Peru" not in identify_entities(entities, settings=alone)
