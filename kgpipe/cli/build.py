"""Commands that build the graph: `run`, `status`, `fetch`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kgpipe.cli.options import (
    BaseUrlOption,
    ConfigOption,
    EvidenceOption,
    JsonOption,
    ModelOption,
    OutOption,
    ProtocolOption,
    SchemaOption,
    Until,
    WorkspaceOption,
)
from kgpipe.cli.session import open_workspace, print_state, read_settings, save_queue
from kgpipe.errors import KgpipeError, UsageError

if TYPE_CHECKING:
    from kgpipe.workspace import Workspace


def run(
    workspace: WorkspaceOption,
    inputs: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[INPUT]...",
            help="Folders or files of .pdf, .md, .txt, or a CSV of triples. "
            "Default: those of the workspace's latest run.",
        ),
    ] = None,
    config: ConfigOption = None,
    until: Annotated[Until, typer.Option(help="Last stage to run.")] = Until.review,
    limit: Annotated[int | None, typer.Option(min=1, help="Read at most N files.")] = None,
    model: ModelOption = None,
    base_url: BaseUrlOption = None,
    protocol: ProtocolOption = None,
    schema: SchemaOption = None,
    evidence: EvidenceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Build the graph from files; a rerun does only what is missing."""
    from kgpipe.pipeline import build
    from kgpipe.wiring import wire

    settings = read_settings(
        config,
        model=model,
        base_url=base_url,
        protocol=protocol,
        schema=schema,
        evidence=evidence,
    )
    opened = open_workspace(workspace, create=True, bars=True)
    with opened.exclusive():
        paths = _inputs(inputs, opened)
        ports = wire(settings, opened)
        # Before the work, so that a run that is broken off can be taken up without naming them.
        opened.write_note("inputs", [str(path.absolute()) for path in paths])
        graph = build(paths, opened, settings, ports, until=until.value, limit=limit)
        if until is Until.review:
            save_queue(graph, workspace / "review.csv", settings.review)
    print_state(opened, as_json)


def status(workspace: WorkspaceOption, as_json: JsonOption = False) -> None:
    """Show what each stage has seen, kept, rejected and paid."""
    print_state(open_workspace(workspace), as_json)


def fetch(
    out: OutOption,
    sources: Annotated[
        Path | None, typer.Option(help="CSV of reports. Default: the list that ships with kgpipe.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Download public reports politely; a changed file is refused."""
    from kgpipe.assets import asset_path
    from kgpipe.backends.fetch import fetch_sources, read_sources
    from kgpipe.cli.console import print_json, say

    outcomes = []
    for fetched in fetch_sources(read_sources(sources or asset_path("data/sources.csv")), out):
        outcomes.append(fetched)
        say(f"{fetched.id}: {fetched.outcome} {fetched.file} {fetched.detail}".rstrip())
    failed = sum(fetched.outcome == "failed" for fetched in outcomes)
    say(f"{len(outcomes) - failed} of {len(outcomes)} reports are in {out}.")
    if as_json:
        reports = [fetched.model_dump() for fetched in outcomes]
        print_json({"out": str(out), "failed": failed, "reports": reports})
    if failed == len(outcomes):
        raise KgpipeError("No report could be fetched; the lines above say why.")


def _inputs(inputs: list[Path] | None, workspace: "Workspace") -> list[Path]:
    paths = inputs or [Path(path) for path in workspace.read_note("inputs") or []]
    if not paths:
        raise UsageError("Name at least one INPUT: a folder or a file of .pdf, .md, .txt or .csv.")
    return paths
