import json
from pathlib import Path
from typing import Any

import pytest

import kgpipe.answer_cypher
from kgpipe.answer import answer_sparql
from kgpipe.answer_cypher import answer_cypher, ask_server, name_dataset, read_cypher
from kgpipe.assets import asset_path
from kgpipe.errors import KgpipeError, UsageError
from kgpipe.publish.formats import publish_graph
from kgpipe.publish.property_graph_sync import synchronise_graph
from kgpipe.settings import PublishSettings
from kgpipe.types import Graph
from kgpipe.workspace import Workspace
from tests.bolt import NOTHING, Server, dataset, make_rows, server
from tests.publish.graphs import (
    make_claim,
    make_document,
    make_entity,
    make_triple,
    make_verdict,
    one_claim_graph,
    sample_graph,
)
from tests.publish.links import keep_links, sample_links
from tests.test_answer import fill

__all__ = ["dataset", "server"]
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("bolt")]
QUERIES = sorted(path.stem for path in asset_path("data/queries").glob("*.cypher"))
SETTINGS = PublishSettings()


def witnessed_graph() -> Graph:
    """The sample and one fact more: two documents state it, one of them twice, and names repeat."""
    graph = sample_graph()
    first = make_document("Miners use mercury. All miners use mercury. Rio Branco carries gold.")
    one, other = make_entity("Rio Branco", "place"), make_entity("gold", "substance")
    claim, triple = graph.claims[0], graph.triples[0]
    said = {"subject": triple.subject, "predicate": triple.predicate, "object": triple.object}
    more = [
        make_triple(first, "Miners use mercury.", **said),
        make_triple(first, "All miners use mercury.", **said),
    ]
    river = make_triple(
        first, "Rio Branco carries gold.", subject="Rio Branco", predicate="carries", object="gold"
    )
    carried = make_claim(river, one, other)
    support = tuple(item.id for item in (triple, *more))
    documents = (triple.document_id, first.id)
    shared = claim.model_copy(update={"support": support, "documents": documents})
    return graph.model_copy(
        update={
            "documents": (*graph.documents, first.model_copy(update={"source": "b.txt"})),
            "triples": (*graph.triples, *more, river),
            "entities": (*graph.entities, one, other),
            "claims": (shared, *graph.claims[1:], carried),
            "verdicts": (*graph.verdicts, make_verdict(carried, "supported")),
        }
    )


def both(name: str, server: Server, dataset: str, graph: Graph) -> tuple[list[Any], list[Any]]:
    """Columns and rows of a worked query, in SPARQL and in Cypher."""
    links = sample_links(graph)
    synchronise_graph(make_rows(graph, dataset, links), server=server.graph)
    sparql = Path(asset_path(f"data/queries/{name}.rq")).read_text(encoding="utf-8")
    workspace = fill(Workspace(None), graph)
    keep_links(workspace, links)
    lines = answer_sparql(sparql, workspace, settings=SETTINGS, form="jsonl").splitlines()
    columns, rows, cut = ask_server(read_cypher(name), server.graph, most_rows=999, seconds=60)
    assert not cut
    found = [dict(zip(columns, row, strict=True)) for row in rows]
    return [json.loads(line) for line in lines], found


@pytest.mark.parametrize("make", [sample_graph, witnessed_graph])
@pytest.mark.parametrize("name", QUERIES)
def test_worked_queries_answer_as_in_sparql(
    name: str, make: Any, server: Server, dataset: str
) -> None:
    if not asset_path("data/queries").joinpath(f"{name}.rq").exists():
        pytest.skip(f"{name} is not written in SPARQL")
    in_sparql, in_cypher = both(name, server, dataset, make())
    assert in_sparql == in_cypher
    assert in_cypher or name == "witnesses"


def test_each_worked_query_says_what_it_asks() -> None:
    for name in QUERIES:
        assert read_cypher(name).startswith("// ")
    assert {path.stem for path in asset_path("data/queries").glob("*.rq")} <= {*QUERIES}


def test_queries_are_found_by_name_and_by_file(tmp_path: Path) -> None:
    path = tmp_path / "q.cypher"
    path.write_text("\ufeffRETURN 1", encoding="utf-8")
    assert read_cypher(str(path)) == "RETURN 1"
    assert read_cypher("RETURN 1") == "RETURN 1"
    with pytest.raises(UsageError, match=r"no worked query 'river'; there are changes, exports"):
        read_cypher("river")
    with pytest.raises(UsageError, match="Cannot read"):
        read_cypher(str(tmp_path / "none.cypher"))
    path.write_bytes(b"\xff")
    with pytest.raises(UsageError, match="UTF-8"):
        read_cypher(str(path))


COUNT = "MATCH (e:Entity) RETURN count(e) AS n"


def ask(workspace: Workspace, query: str = COUNT, **options: Any) -> Any:
    limits = {"most_rows": 10, "seconds": 60.0} | options
    return answer_cypher(query, workspace, settings=SETTINGS, **limits)[1]


def test_a_workspace_is_loaded_once_and_again_when_it_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("arcadedb_embedded", reason="not installed: kgpipe[bolt]")
    loads = []

    def counted(*arguments: Any, **options: Any) -> Any:
        changes = synchronise_graph(*arguments, **options)
        loads.append(changes)
        return changes

    monkeypatch.setattr(kgpipe.answer_cypher, "synchronise_graph", counted)
    workspace = fill(Workspace(tmp_path / "w"), sample_graph())
    assert ask(workspace) == [(10,)]
    assert ask(workspace) == [(10,)]
    assert len(loads) == 1
    fill(workspace, one_claim_graph("Peru", "uses", "tin", "Peru uses tin."))
    assert ask(workspace, "MATCH (e)-[:uses]->(x) RETURN e.name, x.name") == [("Peru", "tin")]
    assert len(loads) == 2
    assert ask(workspace) == [(2,)]
    # What cannot be an answer of the embedded server is not asked for.
    with pytest.raises(UsageError, match="SET writes"):
        ask(workspace, "MATCH (e) SET e.x = 1 RETURN e")
    assert ask(workspace, "UNWIND range(1, 9) AS n RETURN n", most_rows=2) == [(1,), (2,)]
    with pytest.raises(UsageError, match="refuses the query"):
        ask(workspace, "MATCH (e RETURN e")
    slow = "UNWIND range(1, 9000) AS a UNWIND range(1, 9000) AS b RETURN sum(a * b) AS n"
    with pytest.raises(KgpipeError, match=r"longer than 0\.5 s"):
        ask(workspace, slow, seconds=0.5)
    assert ask(workspace) == [(2,)]


def test_an_empty_workspace_says_what_to_do(tmp_path: Path) -> None:
    pytest.importorskip("arcadedb_embedded", reason="not installed: kgpipe[bolt]")
    with pytest.raises(KgpipeError, match="holds no graph yet"):
        ask(Workspace(tmp_path / "w"))
    assert fill(Workspace(None), sample_graph()).folder is None
    assert ask(fill(Workspace(None), sample_graph())) == [(10,)]


def test_a_workspace_keeps_its_name_and_others_have_another(tmp_path: Path) -> None:
    one, other = Workspace(tmp_path / "a"), Workspace(tmp_path / "b")
    name = name_dataset(one, SETTINGS)
    assert name != name_dataset(other, SETTINGS)
    one.close()
    (tmp_path / "a").rename(tmp_path / "c")
    assert name_dataset(Workspace(tmp_path / "c"), SETTINGS) == name
    assert name_dataset(other, PublishSettings(dataset="mines")) == "mines"


def test_the_file_and_the_driver_make_the_same_graph(
    server: Server, dataset: str, tmp_path: Path
) -> None:
    settings = PublishSettings(dataset=dataset)
    [path] = publish_graph(witnessed_graph(), form="cypher", folder=tmp_path, settings=settings)
    for _ in range(2):
        for statement in path.read_text(encoding="utf-8").split(";\n")[:-1]:
            server.graph.write(statement)
    changes = synchronise_graph(make_rows(witnessed_graph(), dataset), server=server.graph)
    assert (changes.written.total(), changes.counted) == (0, {})
    synchronise_graph(make_rows(NOTHING, dataset), server=server.graph)
