"""The command `publish`: the graph in one of its published forms, or in a database."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from kgpipe.cli.cypher import (
    DatabaseOption,
    PasswordOption,
    UriOption,
    UserOption,
    connect,
)
from kgpipe.cli.options import (
    ConfigOption,
    Form,
    JsonOption,
    Rdf12Option,
    SyntaxOption,
    WorkspaceOption,
)
from kgpipe.cli.session import open_workspace, read_settings
from kgpipe.errors import UsageError

if TYPE_CHECKING:
    from kgpipe.publish.formats import Format
    from kgpipe.settings import PublishSettings


def publish(
    form: Annotated[Form, typer.Argument(metavar="FORM", help=f"{', '.join(Form)}.")],
    workspace: WorkspaceOption,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder to write to.", show_default=False)
    ] = None,
    validate: Annotated[
        bool,
        typer.Option("--validate/--no-validate", help="rdf: refuse what violates SHACL shapes."),
    ] = True,
    syntax: SyntaxOption = None,
    rdf12: Rdf12Option = False,
    uri: UriOption = None,
    user: UserOption = "neo4j",
    password_file: PasswordOption = None,
    database: DatabaseOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the graph as RDF with provenance, tables, a picture, a data card and more.

    `all` writes every form into a folder of its own. `neo4j` sends to --uri only what differs
    there, and takes away what has gone.
    """
    if form not in (Form.rdf, Form.all) and (syntax or rdf12):
        raise UsageError("--syntax and --rdf12 go with rdf.")
    settings = read_settings(config, syntaxes=syntax, rdf12=rdf12).publish
    if form is Form.neo4j:
        if out is not None:
            raise UsageError("publish neo4j writes to a server (--uri), not to a folder (--out).")
        return _publish_neo4j(
            workspace, uri=uri, user=user, password_file=password_file, database=database,
            settings=settings, as_json=as_json,
        )  # fmt: skip
    if out is None:
        raise UsageError("Name a folder to write to with --out.")
    _publish_files(workspace, form, out, settings, validate, as_json)


def _publish_files(
    workspace: Path,
    form: Form,
    out: Path,
    settings: "PublishSettings",
    validate: bool,
    as_json: bool,
) -> None:
    from kgpipe.answer_cypher import name_dataset
    from kgpipe.cli.console import print_json, say, say_written
    from kgpipe.publishing import publish_workspace

    opened = open_workspace(workspace)
    # A file of rows is to be taken by a server for what `publish neo4j` sends.
    settings = settings.model_copy(update={"dataset": name_dataset(opened, settings)})
    file_form = cast("Format | Literal['all']", form.value)
    paths = publish_workspace(
        opened, form=file_form, folder=out, settings=settings, validate=validate, tell=say
    )
    if not validate and form in (Form.rdf, Form.all):
        say("Not validated: nobody knows whether it holds what its SHACL shapes say.")
    say_written(paths)
    if as_json:
        print_json({"form": form.value, "files": [str(path) for path in paths]})


def _publish_neo4j(
    workspace: Path,
    *,
    uri: str | None,
    user: str,
    password_file: Path | None,
    database: str | None,
    settings: "PublishSettings",
    as_json: bool,
) -> None:
    """Bring a server's copy of the graph up to date; tell what was changed."""
    from kgpipe.answer_cypher import name_dataset, publish_to_server
    from kgpipe.cli.console import print_json, say
    from kgpipe.wiring import wire_embedder

    if uri is None:
        raise UsageError("Name the server with --uri, such as bolt://localhost:7687.")
    opened = open_workspace(workspace)
    dataset = name_dataset(opened, settings)
    with connect(uri, user=user, password_file=password_file, database=database) as server:
        wanted, changes = publish_to_server(
            opened, server=server, settings=settings, embedder=wire_embedder("minilm")
        )
    for what in changes.skipped:
        say(f"The server has no {what}: it was left out.")
    written, deleted = changes.written, changes.deleted
    say(
        f"Published as dataset {dataset}: {wanted.node_count:,} nodes and {wanted.link_count:,} "
        f"relationships; {written.total():,} written, {deleted.total():,} taken away."
    )
    if as_json:
        print_json(
            {
                "dataset": dataset,
                "nodes": wanted.node_count,
                "relationships": wanted.link_count,
                "written": dict(written),
                "deleted": dict(deleted),
                "changed": dict(changes.counted),
                "skipped": changes.skipped,
            }
        )
