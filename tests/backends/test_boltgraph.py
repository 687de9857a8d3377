import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import pytest

from kgpipe.backends.boltgraph import BoltGraph
from kgpipe.errors import KgpipeError, UsageError
from kgpipe.publish.property_graph_sync import synchronise_graph
from tests.bolt import Server, contents, dataset, make_rows, server, wanted_contents
from tests.publish.graphs import sample_graph

__all__ = ["dataset", "server"]
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("bolt")]


def ask(server: Server, query: str, **options: Any) -> Any:
    return server.graph.answer(query, **({"most_rows": 10, "seconds": 30.0} | options))


def test_values_become_what_json_can_hold(server: Server) -> None:
    columns, [row], cut = ask(
        server, "RETURN 1 AS a, 2.5 AS b, 'x' AS c, null AS d, [true, {k: 1}] AS e, "
        "date('2026-11-22') AS f, 1.0 / 0.0 AS g",
    )  # fmt: skip
    assert (columns, cut) == (("a", "b", "c", "d", "e", "f", "g"), False)
    assert row[:5] == (1, 2.5, "x", None, [True, {"k": 1}])
    assert (row[5], row[6]) == ("2026-11-22", "inf")


def test_nodes_relationships_and_paths(server: Server, dataset: str) -> None:
    synchronise_graph(make_rows(sample_graph(), dataset), server=server.graph)
    _, [(path, node, step)], _ = ask(
        server,
        f"MATCH p = (a:Entity {{kgpipe: '{dataset}', name: 'India'}})<-[r]-(b:Entity) "
        "RETURN p, b, r",
    )
    assert node["labels"] == ["Entity", "Place"]
    assert node["properties"]["name"] == "Peru"
    assert (step["type"], step["properties"]["predicate"]) == ("exports to", "exports to")
    assert [one["properties"]["name"] for one in path["nodes"]] == ["India", "Peru"]
    assert [one["forward"] for one in path["relationships"]] == [False]


def test_a_query_is_given_up_and_cut(server: Server) -> None:
    assert ask(server, "UNWIND range(1, 5) AS n RETURN n", most_rows=3)[1:] == (
        [(1,), (2,), (3,)], True,
    )  # fmt: skip
    with pytest.raises(UsageError, match="refuses the query"):
        ask(server, "MATCH (n RETURN n")
    with pytest.raises(KgpipeError):
        ask(server, "UNWIND range(1, 9000) AS a UNWIND range(1, 9000) AS b RETURN sum(a * b)",
            seconds=0.2)  # fmt: skip


@contextmanager
def faulty_line(server: Server, *, cut: int, after: int) -> Iterator[tuple[str, list[int]]]:
    """A relay on loopback that hangs up on its first `cut` clients after so many bytes of theirs.

    Yields its address, and a list that grows with each client.
    """
    there = urlsplit(server.uri)
    clients: list[int] = []

    def pass_on(source: socket.socket, target: socket.socket, most: float) -> None:
        with suppress(OSError):
            while most > 0 and (data := source.recv(65536)):
                target.sendall(data)
                most -= len(data)
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def serve(listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            upstream = socket.create_connection((there.hostname, there.port))
            most = after if len(clients) < cut else float("inf")
            clients.append(1)
            for ends in ((client, upstream, most), (upstream, client, float("inf"))):
                threading.Thread(target=pass_on, args=ends, daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        yield f"bolt://127.0.0.1:{listener.getsockname()[1]}", clients


@pytest.mark.parametrize("after", [4_000, 9_000, 10_500, 12_000])
def test_a_transaction_is_tried_again_when_the_line_breaks(
    server: Server, dataset: str, after: int
) -> None:
    rows = make_rows(sample_graph(), dataset)
    login = {"user": server.user, "password": server.password, "database": server.database}
    with (
        faulty_line(server, cut=3, after=after) as (uri, clients),
        closing(BoltGraph(uri, **login)) as graph,  # type: ignore[arg-type]
    ):
        synchronise_graph(rows, server=graph, batch=2)
    assert len(clients) > 2
    assert contents(server.graph, dataset) == wanted_contents(rows)


def test_a_line_that_is_gone_says_what_to_do(server: Server) -> None:
    login = {"user": server.user, "password": server.password, "database": server.database}
    with faulty_line(server, cut=99, after=1) as (uri, _), pytest.raises(KgpipeError) as caught:
        BoltGraph(uri, **login)  # type: ignore[arg-type]
    assert f"{uri} cannot be reached" in str(caught.value)
    assert "running the same command again goes on" in str(caught.value)


def test_a_wrong_password_and_a_wrong_address_are_told(server: Server) -> None:
    with pytest.raises(UsageError, match="refuses user and password"):
        BoltGraph(server.uri, user=server.user, password="wrong")
    for uri in ("http://localhost", "localhost:7687", "bolt//x"):
        with pytest.raises(UsageError, match=r"not the address of a Bolt server: write bolt://"):
            BoltGraph(uri, user="u", password="p")


def test_a_wrong_statement_is_told_and_an_unknown_index_is_not_made(server: Server) -> None:
    with pytest.raises(KgpipeError, match="failed: "):
        server.graph.write("MATCH (n RETURN n")
    assert not server.graph.define("CREATE STRANGE INDEX kgpipe_x FOR (n:X) ON (n.y)")
    assert server.graph.write("MATCH (n:Nothing) DELETE n") == {}
