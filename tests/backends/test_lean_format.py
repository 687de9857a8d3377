import json

from kgpipe.backends.lean_format import (
    MAX_FACTS_A_SENTENCE,
    MAX_FACTS_OF_SCHEMA,
    MAX_NAME_CHARS,
    fact_schema,
)
from kgpipe.backends.windows import Window

WINDOW = Window("", ((0, 10), (11, 20)), "It is one. It is two")


def test_the_schema_limits_everything_and_demands_little() -> None:
    schema = json.loads(fact_schema(WINDOW, max_field_chars=50, relations=("a", "b")))
    facts = schema["properties"]["facts"]
    assert facts["maxItems"] == 2 * MAX_FACTS_OF_SCHEMA
    fields = facts["items"]["properties"]
    assert facts["items"]["required"] == ["says", "subject", "predicate", "object"]
    assert next(iter(fields)) == "says"
    assert fields["predicate"]["enum"] == ["a", "b"]
    texts = [field for field in fields.values() if field == {"type": "string", "maxLength": 50}]
    assert len(texts) == 2
    open_schema = json.loads(fact_schema(WINDOW, max_field_chars=50))
    assert "enum" not in open_schema["properties"]["facts"]["items"]["properties"]["predicate"]
    assert open_schema["properties"]["facts"]["items"]["properties"]["subject"]["maxLength"] == 50
    assert open_schema["properties"]["facts"]["maxItems"] == 2 * MAX_FACTS_A_SENTENCE
    long = json.loads(fact_schema(WINDOW, max_field_chars=500))
    subject = long["properties"]["facts"]["items"]["properties"]["subject"]
    assert subject["maxLength"] == MAX_NAME_CHARS
