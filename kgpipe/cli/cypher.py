"""The command `cypher`: questions to the workspace, or to a server, as a property graph."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kgpipe.cli.options import ConfigOption, TableFormat
from kgpipe.cli.session import open_workspace, read_settings
from kgpipe.errors import UsageError

if TYPE_CHECKING:
    from kgpipe.backends.boltgraph import BoltGraph

_PASSWORD = "KGPIPE_NEO4J_PASSWORD"
UriOption = Annotated[
    str | None,
    typer.Option("--uri", help="Address of a Bolt server: bolt://HOST:7687, neo4j+s://HOST."),
]
UserOption = Annotated[str, typer.Option("--user", help="User on that server.")]
PasswordOption = Annotated[
    Path | None,
    typer.Option(
        "--password-file",
        exists=True,
        dir_okay=False,
        help=f"File whose first line is the password. Default: the environment's {_PASSWORD}.",
    ),
]
DatabaseOption = Annotated[
    str | None, typer.Option("--database", help="Database on that server; default: the user's.")
]


def cypher(
    query: Annotated[
        str,
        typer.Argument(
            metavar="QUERY", help="Cypher text, a .cypher file, or a worked query such as `rivers`."
        ),
    ],
    workspace: Annotated[
        Path | None, typer.Option("-w", "--workspace", help="Folder that keeps results.")
    ] = None,
    form: Annotated[TableFormat, typer.Option("--format")] = TableFormat.table,
    limit: Annotated[int, typer.Option(min=1, help="Rows to read at most.")] = 10_000,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds a query may take.")] = 60.0,
    uri: UriOption = None,
    user: UserOption = "neo4j",
    password_file: PasswordOption = None,
    database: DatabaseOption = None,
    config: ConfigOption = None,
) -> None:
    """Ask the graph a Cypher question: the workspace's own, or with --uri that of a server."""
    from kgpipe.answer_cypher import answer_cypher, ask_server, read_cypher
    from kgpipe.cli.console import say, write_result
    from kgpipe.query.cypher import format_cypher_answer

    settings = read_settings(config).publish
    if (workspace is None) == (uri is None):
        raise UsageError("Name a workspace with -w, or a server with --uri.")
    text = read_cypher(query)
    if uri is not None:
        with connect(uri, user=user, password_file=password_file, database=database) as server:
            answer = ask_server(text, server, most_rows=limit, seconds=timeout)
    else:
        answer = answer_cypher(
            text, open_workspace(workspace), settings=settings, most_rows=limit, seconds=timeout,
            tell=say,
        )  # fmt: skip
    columns, rows, is_cut = answer
    write_result(format_cypher_answer(rows, columns=columns, form=form.value))
    if not rows:
        say("No rows.")
    if is_cut:
        say(f"Only the first {limit:,} rows were read; --limit reads more.")


@contextmanager
def connect(
    uri: str, *, user: str, password_file: Path | None, database: str | None
) -> "Iterator[BoltGraph]":
    """A connection to somebody's server."""
    from importlib.util import find_spec

    if find_spec("neo4j") is None:
        raise UsageError("A Bolt server needs its driver: pip install 'kgpipe[neo4j]'.")
    from kgpipe.backends.boltgraph import BoltGraph

    if password_file is not None:
        password = password_file.read_text(encoding="utf-8").partition("\n")[0].strip()
    else:
        password = os.environ.get(_PASSWORD, "")
    with closing(BoltGraph(uri, user=user, password=password, database=database)) as server:
        yield server
