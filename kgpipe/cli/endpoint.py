"""The command `kgpipe serve`."""

from typing import Annotated

import typer

from kgpipe.cli.options import (
    ConfigOption,
    HostOption,
    JsonOption,
    OpenOption,
    WorkspaceOption,
    port_option,
)
from kgpipe.cli.session import open_workspace, read_settings
from kgpipe.errors import needs_extra


def endpoint(
    workspace: WorkspaceOption,
    port: Annotated[int | None, port_option(8378)] = None,
    host: HostOption = "127.0.0.1",
    seconds: Annotated[
        float, typer.Option("--timeout", min=0.1, help="Seconds that a query may take.")
    ] = 30.0,
    megabytes: Annotated[
        int, typer.Option("--max-answer", min=1, help="Megabytes that an answer may have.")
    ] = 50,
    workers: Annotated[
        int, typer.Option("--workers", min=1, help="Queries that are answered at a time.")
    ] = 4,
    open_page: OpenOption = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer SPARQL queries over HTTP on this machine, reading only."""
    import webbrowser

    from kgpipe.answer import hold_store
    from kgpipe.backends.query_process import Limits
    from kgpipe.cli.console import print_json, say

    with needs_extra("serve"):
        from kgpipe.serve.guard import LOOPBACK
        from kgpipe.serve.sparql_launch import serve_sparql
    settings = read_settings(config).publish
    opened = open_workspace(workspace)
    if host not in LOOPBACK:
        say(f"Whoever reaches {host or 'this machine'} can read this graph.")

    def announce(address: str) -> None:
        say(f"SPARQL endpoint: {address}/sparql\nPage to ask from: {address}/\nCtrl+C ends both.")
        if as_json:
            print_json({"address": address, "endpoint": f"{address}/sparql"})
        if open_page:
            webbrowser.open(address)

    say(f"Reading {workspace} ...")
    with hold_store(opened, settings=settings) as (store, dataset):
        serve_sparql(
            store, dataset=dataset, title=settings.title, host=host, port=port, workers=workers,
            limits=Limits(seconds, megabytes * 10**6), announce=announce,
        )  # fmt: skip
