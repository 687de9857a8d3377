import pytest

from kgpipe.backends.fake import FakeChatModel
from kgpipe.errors import KgpipeError
from kgpipe.query.ask_query import MOST_ROWS, extract_query, limit_query, write_query

QUERY = 'SELECT ?s WHERE { ?s skos:prefLabel ?l . FILTER(?l = "LIMIT 7") }'


def test_a_limit_is_added_or_lowered() -> None:
    assert limit_query(QUERY) == f"{QUERY}\nLIMIT {MOST_ROWS}"
    assert limit_query(f"{QUERY} LIMIT 5") == f"{QUERY} LIMIT 5"
    assert limit_query(f"{QUERY} LIMIT 5000 OFFSET 2") == f"{QUERY} LIMIT {MOST_ROWS} OFFSET 2"


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("DELETE WHERE { ?s ?p ?o }", "no valid SPARQL"),
        ("INSERT DATA { <a:b> <a:c> <a:d> }", "no valid SPARQL"),
        ("I do not know.", "no valid SPARQL"),
        ("ASK { ?s ?p ?o }", "no SELECT"),
        ("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", "no SELECT"),
        ("SELECT * WHERE { SERVICE <http://x.org/> { ?s ?p ?o } }", "beyond the graph"),
        ("SELECT * { { SELECT * { SERVICE ?x { ?s ?p ?o } } } }", "beyond the graph"),
        ("SELECT * FROM <http://x.org/> WHERE { ?s ?p ?o }", "beyond the graph"),
        ("SELECT * { ?s ?p ?o } LIMIT 5000 # LIMIT 3", "cannot be lowered"),
    ],
)
def test_nothing_but_a_query_of_the_graph_is_run(query: str, why: str) -> None:
    with pytest.raises(KgpipeError, match=why):
        limit_query(query)


def test_a_fence_around_the_query_is_taken_off() -> None:
    assert extract_query(f"Here it is:\n```sparql\n{QUERY};\n```\nGood luck!") == QUERY


def test_the_model_sees_names_as_data_and_its_query_is_checked() -> None:
    chat = FakeChatModel(lambda _: QUERY)
    names = ["Togo | have | 106"]
    query = write_query("Which?", names, chat=chat, language="sparql")
    assert query.endswith(f"LIMIT {MOST_ROWS}")
    assert "- Togo | have | 106" in chat.requests[0].messages[1].content


def test_cypher_is_taken_from_its_fence_and_only_if_it_reads() -> None:
    reading = "MATCH (e:Entity) RETURN e.name"
    chat = FakeChatModel(lambda _: f"```cypher\n{reading}\n```")
    assert write_query("Which?", [], chat=chat, language="cypher") == reading
    assert "Cypher" in chat.requests[0].messages[0].content
    writing = FakeChatModel(lambda _: f"{reading} UNION MATCH (e) DETACH DELETE e RETURN 1")
    with pytest.raises(KgpipeError, match="DETACH writes"):
        write_query("Which?", [], chat=writing, language="cypher")
