import csv
import io
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kgpipe.answer
from kgpipe.answer import (
    answer_sparql,
    describe_query,
    hold_store,
    read_query,
    worked_queries,
)
from kgpipe.assets import asset_path
from kgpipe.errors import KgpipeError, UsageError
from kgpipe.ids import content_id
from kgpipe.publish.formats import publish_graph
from kgpipe.query.sparql import AnswerForm
from kgpipe.settings import PublishSettings
from kgpipe.types import Document, Extraction, Graph, Record, Resolution, Verdict
from kgpipe.workspace import Workspace
from tests.publish.graphs import one_claim_graph, sample_graph

R = TypeVar("R", bound=Record)
QUERIES = sorted(asset_path("data/queries").glob("*.rq"))
LAWS = "SELECT ?name WHERE { ?thing a class:Law ; skos:prefLabel ?name }"
FOUND = "name\nMinamata Convention\n"
BROKEN = "SELECT ?s WHERE {\n  ?s ?p\n}"


def keep(record: R) -> R:
    return record


def fill(workspace: Workspace, graph: Graph) -> Workspace:
    """Put a graph into a workspace as if stages had made it."""

    def store(stage: str, records: Sequence[R], returns: type[R]) -> None:
        workspace.map(
            stage, keep, records, returns=returns, version="1",
            key=lambda one: content_id(stage, one.model_dump(mode="json")),
        )  # fmt: skip

    store("read", graph.documents, Document)
    store("extract", [Extraction(chunk_id="c", triples=graph.triples)], Extraction)
    resolution = Resolution(entities=graph.entities, claims=graph.claims, merges=graph.merges)
    store("dedupe", [resolution], Resolution)
    store("verify", graph.verdicts, Verdict)
    return workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return fill(Workspace(tmp_path / "w"), sample_graph())


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders that were published, one a load of the store."""
    published: list[Path] = []

    def counted(graph: Graph, *, folder: Path, **rest: Any) -> list[Path]:
        published.append(folder)
        return publish_graph(graph, folder=folder, **rest)

    monkeypatch.setattr(kgpipe.answer, "publish_graph", counted)
    return published


def ask(workspace: Workspace, query: str, form: AnswerForm = "csv", **changed: str) -> str:
    chosen = PublishSettings.model_validate(changed)
    return answer_sparql(query, workspace, settings=chosen, form=form)


def test_forms_of_a_select(workspace: Workspace) -> None:
    assert ask(workspace, LAWS, "csv") == FOUND
    assert ask(workspace, LAWS, "table") == f"name\n{'-' * 19}\nMinamata Convention\n"
    assert ask(workspace, LAWS, "jsonl") == '{"name": "Minamata Convention"}\n'


def test_forms_of_an_ask(workspace: Workspace) -> None:
    stated, unstated = "ASK { ?claim term:stated true }", 'ASK { ?claim rdfs:label "nothing" }'
    assert ask(workspace, stated, "table") == "answer\n------\ntrue\n"
    assert ask(workspace, stated, "csv") == "answer\nTrue\n"
    assert json.loads(ask(workspace, unstated, "jsonl")) == {"answer": False}


def test_forms_of_a_construct(workspace: Workspace) -> None:
    query = LAWS.replace("SELECT ?name", "CONSTRUCT { ?thing rdfs:label ?name }")
    [row] = csv.DictReader(io.StringIO(ask(workspace, query, "csv")))
    assert list(row) == ["subject", "predicate", "object"]
    assert (row["predicate"][-6:], row["object"]) == ("#label", "Minamata Convention")
    assert json.loads(ask(workspace, query, "jsonl")) == row
    header, _, line = ask(workspace, query, "table").splitlines()
    assert (header.split(), line.split("  ")) == (list(row), list(row.values()))


def test_a_query_sees_facts_only_and_reaches_the_rest_by_name(workspace: Workspace) -> None:
    usage = "?claim rdf:predicate predicate:uses ; rdf:object/skos:prefLabel ?what"
    assert ask(workspace, f"SELECT ?what WHERE {{ ?claim term:stated true . {usage} }}") == "what\n"
    named = "SELECT (COUNT(*) AS ?n) WHERE { GRAPH graph:pending { ?s ?p ?o } }"
    assert int(ask(workspace, named).split()[1]) > 0


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_every_shipped_query_finds_something(path: Path, workspace: Workspace) -> None:
    # What the sample has not, further documents and tiles, is tried elsewhere.
    expected = path.stem not in ("witnesses", "sightings", "overlaps")
    for base in ("https://example.org/kg/", "urn:mines/"):
        answer = ask(workspace, read_query(str(path)), "jsonl", base_iri=base)
        assert bool([json.loads(line) for line in answer.splitlines()]) == expected


def test_the_store_is_loaded_again_only_when_the_graph_changed(
    workspace: Workspace, loads: list[Path], tmp_path: Path
) -> None:
    assert ask(workspace, LAWS) == FOUND
    workspace.close()
    workspace = Workspace(tmp_path / "w")
    assert ask(workspace, LAWS) == FOUND
    assert len(loads) == 1
    fill(workspace, one_claim_graph("Peru", "uses", "tin", "Peru uses tin."))
    places = "SELECT ?name WHERE { ?thing a class:Place ; skos:prefLabel ?name }"
    assert (ask(workspace, LAWS), ask(workspace, places)) == ("name\n", "name\ntin\n")
    assert len(loads) == 2
    # The IRIs of another base are another graph.
    assert "urn:x:" in ask(workspace, "SELECT ?thing { ?thing a class:Place }", base_iri="urn:x:/")
    assert len(loads) == 3


def test_a_store_that_is_gone_or_half_loaded_is_loaded_again(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(workspace, LAWS)
    shutil.rmtree(tmp_path / "w" / "store")
    assert ask(workspace, LAWS) == FOUND

    def fail(*_: object, **__: object) -> None:
        raise KgpipeError("disk full")

    fill(workspace, one_claim_graph("Peru", "uses", "tin", "Peru uses tin."))
    with monkeypatch.context() as patch:
        patch.setattr(kgpipe.answer, "load_graph", fail)
        with pytest.raises(KgpipeError, match="disk full"):
            ask(workspace, LAWS)
    fill(workspace, sample_graph())
    (tmp_path / "w" / "store").mkdir(exist_ok=True)
    assert ask(workspace, LAWS) == FOUND


def test_a_workspace_in_memory_answers_too() -> None:
    assert ask(fill(Workspace(None), sample_graph()), LAWS) == FOUND


def test_an_empty_workspace_has_no_answers(tmp_path: Path) -> None:
    assert ask(Workspace(tmp_path), LAWS) == "name\n"


def test_a_wrong_query_is_shown_with_the_place_of_its_fault(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match=r"not valid.* at 3:2") as raised:
        ask(workspace, BROKEN)
    assert str(raised.value).endswith("\n  }\n   ^")
    with pytest.raises(UsageError, match="updates are refused"):
        ask(workspace, "DROP ALL")


def test_read_query(tmp_path: Path) -> None:
    assert read_query(LAWS) == LAWS
    path = tmp_path / "é.rq"
    path.write_text(LAWS, encoding="utf-8-sig")
    assert read_query(str(path)) == LAWS
    with pytest.raises(UsageError, match=r"none\.rq: No such file"):
        read_query(str(tmp_path / "none.rq"))
    path.write_bytes("# Río".encode("latin-1"))
    with pytest.raises(UsageError, match="save it as UTF-8"):
        read_query(str(path))


def test_worked_queries_are_known_by_name() -> None:
    worked = worked_queries()
    assert list(worked) == [path.stem for path in QUERIES]
    assert describe_query(worked["exports"]) == "Who exports what, or to whom?"
    assert read_query("rivers") == read_query(str(worked["rivers"]))
    with pytest.raises(UsageError, match=r"no worked query 'lakes'. Choose one of changes, "):
        read_query("lakes")
    # A query may hold any word.
    assert read_query("ASK{}") == "ASK{}"


def test_a_store_that_is_held_is_still_read(workspace: Workspace) -> None:
    with hold_store(workspace, settings=PublishSettings()) as (path, dataset):
        assert path.is_dir() and dataset.base_iri == PublishSettings().base_iri
        assert ask(workspace, LAWS) == FOUND
        with pytest.raises(KgpipeError, match="another kgpipe"):
            ask(workspace, LAWS, base_iri="urn:x:/")
    assert "urn:x:" in ask(workspace, "SELECT ?thing { ?thing a class:Place }", base_iri="urn:x:/")


def test_a_workspace_in_memory_has_no_store_to_hold() -> None:
    with (
        pytest.raises(UsageError, match="in memory"),
        hold_store(fill(Workspace(None), sample_graph()), settings=PublishSettings()),
    ):
        pass


# Whatever a document says, its names come back as they are, and are no part of any query.
@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.one_of(
        st.sampled_from(
            [
                '" } ; DROP ALL #', "?s ?p ?o", "> <urn:x>", "\\u0060", "`", "} UNION {",
                "SERVICE <http://127.0.0.1:1/> {}", "'''", "\\", "$x", "river {}", "a river",
            ]
        ),
        st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30),
    )
)  # fmt: skip
def test_names_never_become_part_of_a_query(name: str) -> None:
    graph = one_claim_graph(name, name, f"{name}!", f"{name} says {name}.")
    workspace = fill(Workspace(None), graph)
    for query in ("facts", "rivers"):
        lines = ask(workspace, read_query(query), "jsonl").splitlines()
        for row in map(json.loads, lines):
            assert (row["subject"], row["object"]) == (name, f"{name}!")
            assert row["quote"] == f"{name} says {name}."
        assert lines or query == "rivers"
