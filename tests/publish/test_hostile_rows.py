"""Text from documents stays text: through the driver, and through the Cypher file."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kgpipe.publish.cypher import write_cypher
from kgpipe.publish.property_graph_sync import synchronise_graph
from kgpipe.settings import PublishSettings
from tests.bolt import Server, contents, dataset, make_rows, server, wanted_contents
from tests.publish.graphs import one_claim_graph
from tests.publish.test_cypher import ATTACKS

__all__ = ["dataset", "server"]
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("bolt")]
FRAGMENTS = [
    *ATTACKS,
    '"}) DETACH DELETE n //',
    "${rows}",
    "{row.key}",
    "' }); DROP CONSTRAINT kgpipe_entity_key; //",
    "<> . } ; DROP ALL #",
    "'''@en ; <p> \"",
    "\\u0060) SET n.x = 1 //",
    "[:A|B*1..3]",
    "-- # ; % _",
    "Entity",
    "a~b, c*",
    "~",
    "\\",
]
TEXT = st.one_of(
    st.sampled_from(FRAGMENTS),
    # A lone surrogate is no text, and ends no document that was read.
    st.text(
        min_size=1,
        max_size=20,
        alphabet=st.one_of(
            st.sampled_from("`'\"\\{}$;:/*u0067#<>~, \n\t"),
            st.characters(codec="utf-8", exclude_characters="\x00"),
        ),
    ),
)
# Each example is two publishes; more of them where somebody has the time.
EXAMPLES = int(os.environ.get("KGPIPE_TEST_EXAMPLES", "25"))


@given(words=st.tuples(TEXT, TEXT, TEXT, TEXT))
@example(words=(*["x`]->() DETACH DELETE n //"] * 3, "\\u0027}] AS row DETACH DELETE n; //"))
@example(words=("\\", "\\", "'", "\\'"))
@settings(
    derandomize=True,
    deadline=None,
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@pytest.mark.parametrize("way", ["driver", "file"])
def test_text_is_found_again_verbatim(
    server: Server, dataset: str, tmp_path: Path, *, way: str, words: tuple[str, str, str, str]
) -> None:
    graph = one_claim_graph(*words)
    rows = make_rows(graph, dataset)
    if way == "file":
        named = PublishSettings(dataset=dataset)
        text = write_cypher(graph, tmp_path / "g", settings=named).read_text(encoding="utf-8")
        for statement in text.split(";\n")[:-1]:
            server.graph.write(statement)
    changes = synchronise_graph(rows, server=server.graph)
    assert (changes.written.total() == 0) == (way == "file")
    assert contents(server.graph, dataset) == wanted_contents(rows)
    [(found, *names)] = server.graph.read(
        "MATCH (a {kgpipe: $dataset})-[r {kgpipe: $dataset}]->(b) WHERE r.claim IS NOT NULL "
        "RETURN r.predicate, a.name, b.name",
        dataset=dataset,
    )
    subject, predicate, object_, quote = words
    assert (found, *names) == (predicate, subject, object_)
    [(said,)] = server.graph.read(
        "MATCH (e:Evidence {kgpipe: $dataset}) RETURN e.quote", dataset=dataset
    )
    assert said == quote
