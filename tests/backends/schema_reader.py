"""A small schema and the loaded extractor for it, shared by the tests of its parts."""

from functools import cache

from kgpipe.backends.embed import MINILM_NAME, MiniLmEmbedder
from kgpipe.backends.schema_extractor import SchemaExtractor
from kgpipe.backends.schema_text import Text
from kgpipe.schema import Schema, SchemaClass, SchemaRelation

SCHEMA = Schema(
    name="people",
    classes=(SchemaClass(name="Person"), SchemaClass(name="Place"), SchemaClass(name="Date")),
    relations=(
        SchemaRelation(
            name="birthPlace", range=("Place",),
            definition="The subject entity was born in the place specified by the object.",
        ),
        SchemaRelation(
            name="deathPlace", range=("Place",),
            definition="The subject entity died in the location specified by the object entity.",
        ),
        SchemaRelation(
            name="birthDate", range=("Date",),
            definition="The subject entity was born on the date specified by the object entity.",
        ),
        SchemaRelation(
            name="owner", definition="The subject entity is owned by the object entity.",
        ),
        SchemaRelation(name="uses", label="uses", definition="The subject uses the object."),
    ),
)  # fmt: skip


@cache
def extractor() -> SchemaExtractor:
    return SchemaExtractor(SCHEMA, MiniLmEmbedder(), embedder_name=MINILM_NAME)


def read(text: str) -> Text:
    return extractor().read_text(text)


def index_of(text: Text, words: str) -> int:
    return next(i for i, mention in enumerate(text.mentions) if mention.text == words)
