import json
import sys
from typing import Any

import pytest

from kgpipe.backends.examples import Example, ExampleFact
from kgpipe.bench.peer_runs import INSTALL, Task, run_system
from kgpipe.schema import Schema, SchemaRelation
from tests.openai_server import OpenAiServer

TASK = Task(
    texts=("Trane is in Dublin. It sells fans.", "Rain fell on the town."),
    relations=Schema(name="s", relations=(SchemaRelation(name="location"),)),
    example=Example(
        text="Rome is in Italy.",
        facts=(
            ExampleFact(says="is in Italy", subject="Rome", predicate="location", object="Italy"),
        ),
    ),
)
FACT = {"says": "is in Dublin", "subject": "Trane", "predicate": "location", "object": "Dublin"}


def answer(body: dict[str, Any]) -> str:
    asked = body["messages"][-1]["content"]
    if "response_format" not in body:
        return "|Trane|location|Dublin|" if "trane" in asked else "|Subject|Predicate|Object|"
    return json.dumps({"facts": [FACT] if "\nTrane" in asked else []})


@pytest.mark.parametrize(
    ("system", "terms", "calls"),
    [("kgpipe", "same", 2), ("kgpipe", "own", 3), ("asgmkg", "same", 2), ("asgmkg", "own", 2)],
)
def test_our_systems_answer_each_text_and_are_counted(system: str, terms: Any, calls: int) -> None:
    with OpenAiServer(answer) as server:
        upstream = server.base_url.removesuffix("/v1")
        done = run_system(system, terms, TASK, upstream=upstream, python=sys.executable)
        example_shown = ["Rome" in str(body["messages"]) for body in server.bodies]
        schema_shown = ["location" in str(body["messages"]) for body in server.bodies]
    first, second = done.rows
    [(subject, predicate, obj)] = first.triples
    assert (subject.casefold(), predicate, obj.casefold()) == ("trane", "location", "dublin")
    assert second.triples == ()
    assert (done.usage["calls"], done.status) == (calls, "")
    assert all(example_shown) == (system == "kgpipe" and terms == "same")
    assert all(schema_shown) == (system == "kgpipe" or terms == "same")


@pytest.mark.parametrize("system", sorted(INSTALL))
def test_a_system_that_is_absent_says_how_to_install_it(system: str) -> None:
    done = run_system(system, "same", TASK, upstream="http://127.0.0.1:1", python=sys.executable)
    if not done.status:
        pytest.skip(f"{system} is installed here")
    assert INSTALL[system] in done.status
    assert done.rows == ()
