from pathlib import Path

import pytest

import kgpipe.asking
from kgpipe.backends.fake import FakeChatModel
from kgpipe.errors import KgpipeError, ServiceError
from kgpipe.ports import Port
from kgpipe.settings import Settings
from kgpipe.translating import ask_as_query
from kgpipe.workspace import Workspace
from tests.publish.graphs import sample_graph
from tests.test_answer import fill

QUERY = (
    "SELECT ?subject ?object WHERE { ?claim term:stated true ; rdf:subject ?s ; rdf:object ?o . "
    "?s skos:prefLabel ?subject . ?o skos:prefLabel ?object . "
    'FILTER(CONTAINS(LCASE(?subject), "suriname")) }'
)


def use(chat: FakeChatModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        kgpipe.asking, "wire_stored_chat", lambda *_, **__: Port("fake", lambda: chat)
    )


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return fill(Workspace(tmp_path / "w"), sample_graph())


def test_the_query_is_run_with_a_limit_and_shown(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = FakeChatModel(lambda _: QUERY)
    use(chat, monkeypatch)
    found = ask_as_query(
        "What did Suriname ban?", workspace, Settings(), language="sparql", model="f:m", form="csv"
    )
    assert found.query == f"{QUERY}\nLIMIT 100"
    assert found.answer == "subject,object\nSuriname,dredging\n"
    assert "Suriname | banned | dredging" in chat.requests[0].messages[1].content


@pytest.mark.parametrize("reply", ["DROP ALL", "SELECT * { SERVICE <http://x/> { ?s ?p ?o } }"])
def test_what_may_not_be_run_is_not(
    reply: str, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(FakeChatModel(lambda _: reply), monkeypatch)
    with pytest.raises(KgpipeError):
        ask_as_query("What?", workspace, Settings(), language="sparql", model="f:m", form="table")


def test_a_model_that_fails_is_an_error(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> str:
        raise ServiceError("unreachable", "no route")

    use(FakeChatModel(fail), monkeypatch)
    with pytest.raises(KgpipeError, match="did not answer"):
        ask_as_query("What?", workspace, Settings(), language="sparql", model="f:m", form="table")


@pytest.mark.slow
@pytest.mark.xdist_group("bolt")
def test_a_query_in_cypher_is_run_on_a_server_of_our_own(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("neo4j", reason="the driver is not installed: kgpipe[neo4j]")
    pytest.importorskip("arcadedb_embedded", reason="not installed: kgpipe[bolt]")
    cypher = (
        "MATCH (s:Entity)<-[:SUBJECT]-(claim:Claim {stated: true})-[:OBJECT]->(o:Entity) "
        "WHERE toLower(s.name) CONTAINS 'suriname' RETURN s.name AS subject, o.name AS object"
    )
    use(FakeChatModel(lambda _: cypher), monkeypatch)
    question = "What did Suriname ban?"
    found = ask_as_query(
        question, workspace, Settings(), language="cypher", model="f:m", form="csv"
    )
    assert found == (cypher, "subject,object\nSuriname,dredging\n")
