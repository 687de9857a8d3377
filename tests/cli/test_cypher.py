import csv
import io
import json
from pathlib import Path

import pytest

from tests.bolt import NOTHING, Server, make_rows, server
from tests.cli.calls import Call

__all__ = ["server"]
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("bolt")]
NAMES = "MATCH (a:Entity)-[r]->(b:Entity) RETURN a.name AS a, type(r) AS r, b.name AS b ORDER BY a"


def test_a_workspace_is_asked_without_a_server(call: Call, workspace: Path) -> None:
    pytest.importorskip("arcadedb_embedded", reason="not installed: kgpipe[bolt]")
    answer = call("cypher", NAMES, "-w", workspace, "--format", "jsonl")
    assert answer.code == 0, answer.err
    rows = [json.loads(line) for line in answer.out.splitlines()]
    assert {"a": "Small-scale miners", "r": "use", "b": "mercury"} in rows
    table = call("cypher", "facts", "-w", workspace)
    assert table.out.splitlines()[0].split() == [
        "subject", "predicate", "object", "quote", "source", "page",
    ]  # fmt: skip
    few = call("cypher", "MATCH (n) RETURN n", "-w", workspace, "--limit", "1", "--format", "csv")
    assert len([*csv.reader(io.StringIO(few.out))]) == 2
    assert "Only the first 1 rows were read; --limit reads more." in few.err
    none = call("cypher", "MATCH (n:Nothing) RETURN n", "-w", workspace)
    assert (none.code, none.out, none.err.strip()) == (0, "n\n-\n", "No rows.")
    assert not Path("log").exists()


def test_queries_only_read(call: Call, workspace: Path) -> None:
    answer = call("cypher", "MATCH (n) DETACH DELETE n", "-w", workspace)
    assert answer.code == 2
    assert "DETACH writes, and queries only read here" in answer.err
    assert not (workspace / "bolt").exists()


def test_a_server_is_published_to_and_asked(
    call: Call, workspace: Path, tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KGPIPE_NEO4J_PASSWORD", server.password)
    database = ("--database", server.database) if server.database else ()
    there = ("--uri", server.uri, "--user", server.user, *database)
    first = call("publish", "neo4j", "-w", workspace, *there, "--json")
    assert first.code == 0, first.err
    name = first.json["dataset"]
    total = first.json["nodes"] + first.json["relationships"]
    assert sum(first.json["written"].values()) == total
    assert f"Published as dataset {name}: " in first.err
    again = call("publish", "neo4j", "-w", workspace, *there, "--json")
    assert (again.json["written"], again.json["deleted"], again.json["changed"]) == ({}, {}, {})
    # The file says the same.
    out = tmp_path / "out"
    assert call("publish", "cypher", "-w", workspace, "--out", out).code == 0
    assert f"kgpipe: '{name}'" in (out / "graph.cypher").read_text()

    mine = f"MATCH (n:Claim {{kgpipe: '{name}'}}) RETURN count(n) AS n"
    asked = call("cypher", mine, *there, "--format", "jsonl")
    assert json.loads(asked.out)["n"] == first.json["written"]["Claim"]
    (tmp_path / "password").write_text(f"{server.password}\n")
    monkeypatch.delenv("KGPIPE_NEO4J_PASSWORD")
    assert call("cypher", mine, *there, "--password-file", tmp_path / "password").code == 0
    refused = call("cypher", mine, *there)
    assert refused.code == 2
    assert "refuses user and password" in refused.err
    from kgpipe.publish.property_graph_sync import synchronise_graph

    synchronise_graph(make_rows(NOTHING, name), server=server.graph)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["cypher", "RETURN 1"], "Name a workspace with -w, or a server with --uri."),
        (["publish", "neo4j", "-w", "W"], "Name the server with --uri"),
        (["publish", "neo4j", "-w", "W", "--uri", "x", "--out", "y"], "not to a folder (--out)"),
        (["publish", "rdf", "-w", "W"], "Name a folder to write to with --out."),
        (["cypher", "RETURN 1", "--uri", "http://x"], "is not the address of a Bolt server"),
    ],
)
def test_wrong_usage_is_told(call: Call, workspace: Path, arguments: list[str], told: str) -> None:
    answer = call(*[str(workspace) if one == "W" else one for one in arguments])
    assert answer.code == 2
    assert told in answer.err


def test_a_server_that_is_not_there_is_told(call: Call) -> None:
    answer = call("cypher", "RETURN 1", "--uri", "bolt://127.0.0.1:1")
    assert answer.code == 1
    assert "bolt://127.0.0.1:1 cannot be reached" in answer.err
