import json
from pathlib import Path

import numpy as np

from kgpipe.backends.schema_model import choose_statements, load_model, make_model
from kgpipe.backends.schema_objects import OBJECT_FEATURES
from kgpipe.backends.schema_subjects import SUBJECT_FEATURES
from tests.backends.schema_reader import SCHEMA, extractor, read


def test_the_weights_name_features_that_exist() -> None:
    model = load_model()
    assert np.count_nonzero(model.object_weights) > 50
    assert np.count_nonzero(model.subject_weights) > 20
    assert 0 < model.accept < model.accept_more < 1


def test_weights_by_name(tmp_path: Path) -> None:
    path = tmp_path / "w.json"
    table = {"object": {OBJECT_FEATURES[1]: 2.0}, "subject": {SUBJECT_FEATURES[0]: 1.0},
             "bias": -1.0, "accept": 0.1, "accept_more": 0.5}  # fmt: skip
    path.write_text(json.dumps(table))
    model = load_model(path)
    assert model.object_weights[1] == 2.0
    assert model.object_probabilities(np.zeros((1, 1, len(OBJECT_FEATURES))))[0, 0] < 0.5


def statements(text: str, accept: float, *, relation: str = "") -> list[tuple[str, str, str]]:
    """What a model says that goes by words on the left and the subject of the clause alone."""
    found = read(text)
    table = extractor().table
    model = make_model({"name_left": 9.0}, {"clause_subject": 1.0}, -4.0, accept, 1.0)
    allowed = np.array([[relation in {"", r.name} for r in SCHEMA.relations]] * len(found.mentions))
    chosen = choose_statements(
        found, table.object_features(found), table=table, model=model, allowed=allowed
    )
    return [
        (found.names[s.subject], SCHEMA.relations[s.relation].name, found.mentions[s.mention].text)
        for s in chosen
    ]


def test_the_best_relation_and_subject_are_chosen() -> None:
    text = "Ana Silva was born in Karlsruhe and died in Israel."
    assert set(statements(text, 0.3)) == {
        ("Ana Silva", "birthPlace", "Karlsruhe"),
        ("Ana Silva", "deathPlace", "Israel"),
    }
    assert statements(text, 0.3, relation="deathPlace") == [("Ana Silva", "deathPlace", "Israel")]
    assert statements(text, 1.0) == []


def test_a_date_of_birth_is_one() -> None:
    text = "Ana Silva was born on 1 May 1950. Ana Silva was born on 2 May 1951."
    assert len(statements(text, 0.1, relation="birthDate")) == 1


def test_a_text_without_names_says_nothing() -> None:
    assert statements("", 0.0) == []
