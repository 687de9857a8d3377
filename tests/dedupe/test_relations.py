from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kgpipe.dedupe.relations import fold_relations, name_relations
from kgpipe.schema import Schema, SchemaClass, SchemaRelation
from kgpipe.types import Kind, Triple

SCHEMA = Schema(
    name="s",
    classes=(SchemaClass(name="Person"), SchemaClass(name="Substance")),
    relations=(
        SchemaRelation(
            name="uses", label="uses", also=("applies",), domain=("Person",), range=("Substance",)
        ),
    ),
)


class Alike:
    """Finds everything alike, so that the vetoes alone decide."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.ones((len(texts), 1), dtype=np.float32)


def triple(identifier: str, predicate: str, *, object_kind: Kind = "substance") -> Triple:
    return Triple(
        id=identifier, document_id="d", subject="Ana", predicate=predicate, object="mercury",
        evidence=None, extractor="x", subject_kind="person", object_kind=object_kind,
    )  # fmt: skip


def test_the_schemas_wordings_become_its_label_where_the_kinds_fit() -> None:
    triples = [triple("1", "applies"), triple("2", "applies", object_kind="place")]
    named = name_relations(triples, schema=SCHEMA, embedder=Alike(), threshold=1.0)
    assert named == {"1": "use", "2": "apply"}


def test_others_are_joined_by_meaning_but_never_with_their_inverse() -> None:
    words = ["exports", "ships", "is exported by", "imports", "ships"]
    triples = [triple(str(number), word) for number, word in enumerate(words)]
    named = name_relations(triples, schema=None, embedder=Alike(), threshold=0.9)
    # The most frequent wording names the group; "import" is a rival of "export" alone.
    assert named == {"0": "ship", "1": "ship", "2": "be exported by", "3": "ship", "4": "ship"}
    assert named == name_relations(triples[::-1], schema=None, embedder=Alike(), threshold=0.9)


def test_a_threshold_of_one_joins_nothing() -> None:
    named = name_relations([triple("1", "ships")], schema=None, embedder=Alike(), threshold=1.0)
    assert named == {"1": "ship"}


def test_fold_relations_of_nothing() -> None:
    assert fold_relations({}, weights={}, embedder=Alike(), threshold=0.9) == {}
