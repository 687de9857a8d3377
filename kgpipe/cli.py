"""The command line: parses, wires, calls, prints. A contract: other people's scripts call it.

Results go to the named file, progress and messages to stderr, `--json` prints one JSON object on
stdout. Exit codes: 0 good, 1 the run failed, 2 wrong usage, 3 stopped by the budget.

Everything beside typer is imported inside the commands, so that `kgpipe --help` answers at once.
"""

import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kgpipe import __version__
from kgpipe.errors import BudgetReachedError, KgpipeError, UsageError
from kgpipe.options import (
    BaseUrlOption,
    ConfigOption,
    EvidenceOption,
    Form,
    Items,
    JsonOption,
    ModelOption,
    OutOption,
    TableFormat,
    Until,
    WorkspaceOption,
)

if TYPE_CHECKING:
    from kgpipe.settings import ReviewSettings, Settings
    from kgpipe.types import Graph
    from kgpipe.workspace import Workspace

EXIT_FAILED, EXIT_USAGE, EXIT_BUDGET = 1, 2, 3

app = typer.Typer(
    help="From a folder of PDFs to a verified, reviewable, queryable knowledge graph.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
review_app = typer.Typer(help="What experts say about facts.", no_args_is_help=True)
app.add_typer(review_app, name="review")


@app.command()
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
    evidence: EvidenceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Build the graph from files; a second call does only what is missing."""
    from kgpipe.pipeline import build
    from kgpipe.wiring import wire

    settings = _settings(config, model=model, base_url=base_url, evidence=evidence)
    opened = _open(workspace, create=True, bars=True)
    with opened.exclusive():
        paths = _inputs(inputs, opened)
        ports = wire(settings, opened)
        # Before the work, so that a run that is broken off can be taken up without naming them.
        opened.write_note("inputs", [str(path.absolute()) for path in paths])
        graph = build(paths, opened, settings, ports, until=until.value, limit=limit)
        if until is Until.review:
            _write_queue(graph, workspace / "review.csv", settings.review)
    _print_state(opened, as_json)


@app.command()
def status(workspace: WorkspaceOption, as_json: JsonOption = False) -> None:
    """Show what each stage has seen, kept, rejected and paid."""
    _print_state(_open(workspace), as_json)


@app.command()
def fetch(
    out: OutOption,
    sources: Annotated[
        Path | None, typer.Option(help="CSV of reports. Default: the list that ships with kgpipe.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Download public reports politely; a file whose hash has changed is refused."""
    from kgpipe.assets import asset_path
    from kgpipe.backends.fetch import fetch_sources, read_sources
    from kgpipe.console import print_json, say

    outcomes = []
    for fetched in fetch_sources(read_sources(sources or asset_path("data/sources.csv")), out):
        outcomes.append(fetched)
        say(f"{fetched.id}: {fetched.outcome} {fetched.file} {fetched.detail}".rstrip())
    failed = sum(fetched.outcome == "failed" for fetched in outcomes)
    say(f"{len(outcomes) - failed} of {len(outcomes)} reports are in {out}.")
    if as_json:
        print_json([fetched.model_dump() for fetched in outcomes])
    if failed == len(outcomes):
        raise KgpipeError("No report could be fetched; the lines above say why.")


@app.command()
def extract(
    source: Annotated[Path, typer.Argument(metavar="IN.jsonl", help='Lines {"id", "text", ...}.')],
    target: Annotated[Path, typer.Argument(metavar="OUT.jsonl", help="One triple a line.")],
    model: ModelOption = None,
    base_url: BaseUrlOption = None,
    config: ConfigOption = None,
    workspace: Annotated[
        Path | None, typer.Option("-w", "--workspace", help="Keeps replies for a rerun.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Extract triples from passages; offsets index each text as given."""
    from kgpipe.standalone import extract_file

    settings = _settings(config, model=model, base_url=base_url)
    if workspace is None and settings.extract.model != "embedded":
        # Paid work is kept, if need be beside its output.
        workspace = target.with_name(f"{target.name}.workspace")
    replies = _open(workspace, create=True)
    work = _open(None, create=True, bars=True)
    _finish(extract_file(source, target, settings, work, replies=replies), as_json)


@app.command()
def dedupe(
    source: Annotated[
        Path, typer.Argument(metavar="IN", help="JSONL of names, or JSONL/CSV of triples.")
    ],
    target: Annotated[Path, typer.Argument(metavar="OUT.jsonl", help="One name a line.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find which names are the same entity."""
    from kgpipe.standalone import dedupe_file

    _finish(dedupe_file(source, target, _settings(config)), as_json)


@app.command()
def verify(
    claims: Annotated[Path, typer.Argument(metavar="CLAIMS", help="JSONL or CSV of claims.")],
    target: Annotated[Path, typer.Argument(metavar="OUT.jsonl", help="One verdict a line.")],
    evidence: EvidenceOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check claims against evidence."""
    from kgpipe.standalone import verify_file

    settings = _settings(config, evidence=evidence)
    if not settings.verify.evidence:
        raise UsageError("Give at least one --evidence folder or file to check the claims against.")
    work = _open(None, create=True, bars=True)
    _finish(verify_file(claims, target, settings, work), as_json)


@review_app.command("export")
def review_export(
    workspace: WorkspaceOption,
    target: Annotated[Path | None, typer.Argument(metavar="[OUT.csv]")] = None,
    what: Annotated[Items, typer.Option(help="What to review.")] = Items.facts,
    batch: Annotated[int | None, typer.Option(min=1, help="How many facts.")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the facts that most need an expert's eye as a CSV for a spreadsheet."""
    from kgpipe.console import print_json
    from kgpipe.pipeline import load_graph

    settings = _settings(config).review
    if batch is not None:
        settings = settings.model_copy(update={"batch": batch})
    target = target or workspace / "review.csv"
    written = _write_queue(load_graph(_open(workspace)), target, settings)
    if as_json:
        print_json({"what": what.value, "out": str(target), "written": written})


@review_app.command("import")
def review_import(
    workspace: WorkspaceOption,
    source: Annotated[Path, typer.Argument(metavar="IN.csv")],
    what: Annotated[Items, typer.Option(help="What was reviewed.")] = Items.facts,
    as_json: JsonOption = False,
) -> None:
    """Read labels from a reviewed CSV; bad lines are named, the rest is kept."""
    from kgpipe.console import print_json, print_rejections, say
    from kgpipe.review.importing import read_labels

    labels, rejected = read_labels(source)
    changed = _open(workspace).save_labels(labels)
    print_rejections(rejected)
    say(f"{len(labels)} labels of {what.value} read, {changed} new or changed.")
    if as_json:
        print_json({"read": len(labels), "changed": changed, "rejected": len(rejected)})


@review_app.command("status")
def review_status(workspace: WorkspaceOption, as_json: JsonOption = False) -> None:
    """Show how many facts have labels, and by whom."""
    from kgpipe.console import print_json, say
    from kgpipe.pipeline import load_graph
    from kgpipe.review.select import count_labels

    counts = count_labels(load_graph(_open(workspace)))
    for name, number in counts.items():
        say(f"{number:>8} {name}")
    if as_json:
        print_json(counts)


@app.command()
def evaluate(
    out: OutOption,
    gold: Annotated[
        Path | None, typer.Option(help="LABELS.csv for verdicts, a folder for a workspace.")
    ] = None,
    verdicts: Annotated[
        Path | None, typer.Argument(metavar="[VERDICTS.jsonl]", help="Output of kgpipe verify.")
    ] = None,
    workspace: Annotated[Path | None, typer.Option("-w", "--workspace")] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure verdicts or a whole workspace against gold; write report.json, .md and .html."""
    from kgpipe.console import print_json, say
    from kgpipe.evaluate.report import evaluate_graph, evaluate_verdicts, write_report
    from kgpipe.pipeline import load_graph

    if workspace is not None:
        report = evaluate_graph(load_graph(_open(workspace)), gold, verdicts=verdicts)
    elif verdicts is not None and gold is not None:
        report = evaluate_verdicts(verdicts, gold)
    else:
        raise UsageError("Name VERDICTS.jsonl and --gold LABELS.csv, or a workspace with -w.")
    for path in write_report(report, out):
        say(f"Report: {path}")
    if as_json:
        print_json(report.model_dump(mode="json"))


@app.command()
def publish(
    form: Annotated[Form, typer.Argument(metavar="FORM", help="rdf, csv, cypher or graphml.")],
    workspace: WorkspaceOption,
    out: OutOption,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the graph for others: RDF with provenance, tables, a Cypher script, or GraphML."""
    from kgpipe.console import print_json, say
    from kgpipe.pipeline import load_graph
    from kgpipe.publish.formats import publish_graph

    graph = load_graph(_open(workspace))
    settings = _settings(config).publish
    paths = publish_graph(graph, form=form.value, folder=out, settings=settings)
    for path in paths:
        say(f"Wrote {path}")
    if as_json:
        print_json({"form": form.value, "files": [str(path) for path in paths]})


@app.command()
def sparql(
    query: Annotated[str, typer.Argument(metavar="QUERY", help="SPARQL text, or a .rq file.")],
    workspace: WorkspaceOption,
    form: Annotated[TableFormat, typer.Option("--format")] = TableFormat.table,
    config: ConfigOption = None,
) -> None:
    """Ask the graph a SPARQL question."""
    from kgpipe.answer import answer_sparql, read_query

    settings = _settings(config).publish
    text = read_query(query)
    typer.echo(answer_sparql(text, _open(workspace), settings=settings, form=form.value), nl=False)


def _settings(
    config: Path | None,
    *,
    model: str | None = None,
    base_url: str | None = None,
    evidence: list[Path] | None = None,
) -> "Settings":
    """The settings file, with the options of the command line on top."""
    from kgpipe.settings import load_settings

    settings = load_settings(config)
    chosen = {"model": model, "base_url": base_url}
    extract = {name: value for name, value in chosen.items() if value is not None}
    updates: dict[str, Any] = {"extract": settings.extract.model_copy(update=extract)}
    if evidence:
        paths = tuple(str(path) for path in evidence)
        updates["verify"] = settings.verify.model_copy(update={"evidence": paths})
    return settings.model_copy(update=updates)


def _open(folder: Path | None, *, create: bool = False, bars: bool = False) -> "Workspace":
    from kgpipe.console import Bars
    from kgpipe.workspace import Workspace

    return Workspace(folder, create=create, progress=Bars() if bars else None)


def _inputs(inputs: list[Path] | None, workspace: "Workspace") -> list[Path]:
    paths = inputs or [Path(path) for path in workspace.read_note("inputs") or []]
    if not paths:
        raise UsageError("Name at least one INPUT: a folder or a file of .pdf, .md, .txt or .csv.")
    return paths


def _write_queue(graph: "Graph", target: Path, settings: "ReviewSettings") -> int:
    """Write the review queue; return how many facts it holds."""
    from kgpipe.console import say
    from kgpipe.review.export import write_queue
    from kgpipe.review.select import select_queue

    rows = select_queue(graph, settings=settings)
    kept = write_queue(rows, target)
    if kept:
        say(f"The filled-in {target} was kept as {kept}; kgpipe review import reads its labels.")
    say(f"{len(rows)} facts to review: {target}")
    return len(rows)


def _print_state(workspace: "Workspace", as_json: bool) -> None:
    from dataclasses import asdict

    from kgpipe.console import print_json, print_rejections, print_status
    from kgpipe.pipeline import load_rejections

    stages = workspace.status()
    print_rejections(load_rejections(workspace))
    print_status(stages)
    if as_json:
        print_json({"workspace": str(workspace.folder), "stages": [asdict(s) for s in stages]})


def _finish(summary: dict[str, Any], as_json: bool) -> None:
    """Print what a file command did."""
    from kgpipe.console import print_json, say

    say(", ".join(f"{name}: {value}" for name, value in summary.items()))
    if as_json:
        print_json(summary)


def main() -> None:
    """Entry point: maps errors to messages and exit codes."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # What a script reads is UTF-8, whatever the terminal's locale.
        sys.stdout.reconfigure(encoding="utf-8")
    try:
        app()
    except BudgetReachedError as error:
        _fail(error, EXIT_BUDGET)
    except UsageError as error:
        _fail(error, EXIT_USAGE)
    except KgpipeError as error:
        _fail(error, EXIT_FAILED)
    except BrokenPipeError:
        # The reader of our output has gone; that is its right (`kgpipe sparql ... | head`).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(error: KgpipeError, code: int) -> None:
    sys.stderr.write(f"kgpipe: {error}\n")
    sys.exit(code)


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        typer.echo(f"kgpipe {__version__}")
        raise typer.Exit
