"""The command `kgpipe review serve`."""

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


def serve(
    workspace: WorkspaceOption,
    reviewer: Annotated[str, typer.Option(help="Whose labels they are.")] = "",
    port: Annotated[int | None, port_option(8377)] = None,
    host: HostOption = "127.0.0.1",
    open_page: OpenOption = True,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Review facts in the browser, each beside its page; every label is stored at once."""
    import webbrowser

    from kgpipe.cli.console import print_json, say

    with needs_extra("serve"):
        from kgpipe.serve.desk import Desk
        from kgpipe.serve.guard import LOOPBACK
        from kgpipe.serve.launch import serve_page
    opened = open_workspace(workspace)
    say(f"Reading {workspace} ...")
    desk = Desk(opened, settings=read_settings(config).review, reviewer=reviewer)
    if host not in LOOPBACK:
        say(f"Whoever reaches {host or 'this machine'} and has this address can label facts.")

    def announce(address: str) -> None:
        say(f"Review page: {address}\nCtrl+C ends it; every label is stored as it is given.")
        if as_json:
            print_json({"address": address, "facts": len(desk.board.claims)})
        if open_page:
            webbrowser.open(address)

    serve_page(desk, host=host, port=port, announce=announce)
