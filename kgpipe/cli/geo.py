"""The commands under `kgpipe geo`: satellite tiles beside the graph."""

import typer

app = typer.Typer(help="Satellite tiles: embed, search, link to entities.", no_args_is_help=True)
