import numpy as np

from kgpipe.backends.schema_objects import OBJECT_FEATURES, token_stems
from tests.backends.schema_reader import SCHEMA, extractor, index_of, read


def feature(text: str, mention: str, relation: str, name: str) -> float:
    found = read(text)
    features = extractor().table.object_features(found)
    assert features.shape == (len(found.mentions), len(SCHEMA.relations), len(OBJECT_FEATURES))
    number = [r.name for r in SCHEMA.relations].index(relation)
    return float(features[index_of(found, mention), number, OBJECT_FEATURES.index(name)])


TEXT = "Ana Silva was born in Karlsruhe and died in Israel."


def test_cues_are_found_in_the_window_of_their_own_mention() -> None:
    assert feature(TEXT, "Karlsruhe", "birthPlace", "name_left") > 0
    assert feature(TEXT, "Karlsruhe", "deathPlace", "name_left") == 0
    assert feature(TEXT, "Israel", "deathPlace", "name_left_best") == 1


def test_forms_and_roles() -> None:
    assert feature(TEXT, "Israel", "birthPlace", "country>place") == 1
    assert feature(TEXT, "Israel", "birthDate", "country>date") == 1
    owned = "The mill is owned by Ana Silva."
    assert feature(owned, "Ana Silva", "owner", "agent~by") == 1
    assert feature(owned, "Ana Silva", "birthPlace", "agent~plain") == 1


def test_meaning_leads_where_words_differ() -> None:
    text = "Ana Silva passed away in Karlsruhe."
    assert feature(text, "Karlsruhe", "deathPlace", "lead_left") > feature(
        text, "Karlsruhe", "owner", "lead_left"
    )


def test_a_lead_does_not_depend_on_the_other_relations() -> None:
    features = extractor().table.object_features(read(TEXT))
    leads = features[..., [i for i, n in enumerate(OBJECT_FEATURES) if n.startswith("lead")]]
    assert np.isfinite(leads).all()
    assert leads.max() > 2


def test_token_stems_part_hyphens() -> None:
    doc = read("a well-born man").doc
    assert "=birth" in token_stems(doc, range(len(doc)))
