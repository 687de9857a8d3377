"""Commands that build the graph: `run`, `status`, `fetch`."""

from pathlib import Path
from typing import Annotated

import typer

from kgpipe.cli.options import (
    BaseUrlOption,
    BlocklistOption,
    ConfigOption,
    EvidenceOption,
    FusionOption,
    InputsArgument,
    JsonOption,
    JudgeOption,
    LimitOption,
    ModelOption,
    OutOption,
    ProtocolOption,
    SchemaOption,
    SearchOption,
    Until,
    VerbaliseOption,
    WorkspaceOption,
)
from kgpipe.cli.session import (
    choose_inputs,
    open_workspace,
    print_state,
    read_settings,
    save_queue,
)
from kgpipe.errors import BudgetReachedError, KgpipeError


def run(
    workspace: WorkspaceOption,
    inputs: InputsArgument = None,
    config: ConfigOption = None,
    until: Annotated[Until, typer.Option(help="Last stage to run.")] = Until.review,
    limit: LimitOption = None,
    model: ModelOption = None,
    base_url: BaseUrlOption = None,
    protocol: ProtocolOption = None,
    schema: SchemaOption = None,
    evidence: EvidenceOption = None,
    search: SearchOption = None,
    judge: JudgeOption = None,
    fusion: FusionOption = None,
    verbalise: VerbaliseOption = None,
    blocklist: BlocklistOption = None,
    budget: Annotated[
        float | None,
        typer.Option(min=0, metavar="USD", help="Stop before this run has paid more (exit 3)."),
    ] = None,
    estimate: Annotated[
        bool, typer.Option("--estimate", help="Only tell what the run would cost.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Build the graph from files; a rerun does only what is missing."""
    from kgpipe.cli.money import print_forecast
    from kgpipe.forecast import forecast_run
    from kgpipe.making import note_run
    from kgpipe.pipeline import build
    from kgpipe.wiring import wire

    settings = read_settings(
        config,
        model=model,
        base_url=base_url,
        protocol=protocol,
        schema=schema,
        evidence=evidence,
        search=search and search.value,
        judges=judge,
        blocklist=blocklist,
        judge_url=base_url,
        fusion=fusion,
        verbalise=verbalise,
    )
    opened = open_workspace(workspace, create=True, bars=True)
    with opened.exclusive():
        paths = choose_inputs(inputs, opened)
        if estimate:
            print_forecast(forecast_run(paths, opened, settings, limit=limit), as_json)
            return
        ports = wire(settings, opened, budget_usd=budget)
        # Before the work, so that a run that is broken off can be taken up without naming them.
        opened.write_note("inputs", [str(path.absolute()) for path in paths])
        named = [Path(path) for path in settings.verify.evidence]
        opened.write_note("evidence", [str(path.absolute()) for path in named])
        note_run(opened, settings)
        try:
            graph = build(paths, opened, settings, ports, until=until.value, limit=limit)
        except BudgetReachedError:
            print_state(opened, as_json)
            raise
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
