"""Commands that use a graph: `evaluate`, `publish`, `sparql`, and `bench`."""

from pathlib import Path
from typing import Annotated

import typer

from kgpipe.cli.options import (
    Benchmark,
    ConfigOption,
    Form,
    JsonOption,
    OutOption,
    TableFormat,
    WorkspaceOption,
)
from kgpipe.cli.session import open_workspace, read_settings
from kgpipe.errors import UsageError


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
    """Measure verdicts or a workspace against gold; write the report."""
    from kgpipe.cli.console import print_json, say
    from kgpipe.evaluate.report import evaluate_graph, evaluate_verdicts, write_report
    from kgpipe.pipeline import load_graph

    if workspace is not None:
        report = evaluate_graph(load_graph(open_workspace(workspace)), gold, verdicts=verdicts)
    elif verdicts is not None and gold is not None:
        report = evaluate_verdicts(verdicts, gold)
    else:
        raise UsageError("Name VERDICTS.jsonl and --gold LABELS.csv, or a workspace with -w.")
    for path in write_report(report, out):
        say(f"Report: {path}")
    if as_json:
        print_json(report.model_dump(mode="json"))


def publish(
    form: Annotated[Form, typer.Argument(metavar="FORM", help="rdf, csv, cypher or graphml.")],
    workspace: WorkspaceOption,
    out: OutOption,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the graph as RDF with provenance, CSV, Cypher or GraphML."""
    from kgpipe.cli.console import print_json, say
    from kgpipe.pipeline import load_graph
    from kgpipe.publish.formats import publish_graph

    graph = load_graph(open_workspace(workspace))
    settings = read_settings(config).publish
    paths = publish_graph(graph, form=form.value, folder=out, settings=settings)
    for path in paths:
        say(f"Wrote {path}")
    if as_json:
        print_json({"form": form.value, "files": [str(path) for path in paths]})


def sparql(
    query: Annotated[str, typer.Argument(metavar="QUERY", help="SPARQL text, or a .rq file.")],
    workspace: WorkspaceOption,
    form: Annotated[TableFormat, typer.Option("--format")] = TableFormat.table,
    config: ConfigOption = None,
) -> None:
    """Ask the graph a SPARQL question."""
    from kgpipe.answer import answer_sparql, read_query
    from kgpipe.cli.console import write_result

    settings = read_settings(config).publish
    text = read_query(query)
    write_result(answer_sparql(text, open_workspace(workspace), settings=settings, form=form.value))


def bench(
    name: Annotated[Benchmark, typer.Argument(metavar="NAME", help=f"{', '.join(Benchmark)}.")],
    out: OutOption,
    data: Annotated[
        Path | None, typer.Option("--data", exists=True, help="Folder of the public data.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            help="peers: the local model that all use, gguf:PATH. crosslingual: an embedding "
            "model, PROVIDER:NAME. factbench: a chat model for the paper's framework. codex: "
            "`kge`, to train embedding models too.",
        ),
    ] = None,
    python: Annotated[
        Path | None,
        typer.Option("--python", help="peers: interpreter that has the compared systems."),
    ] = None,
    base_url: Annotated[
        str | None,
        typer.Option("--base-url", help="peers, factbench: a server that runs already."),
    ] = None,
    size: Annotated[
        list[int] | None,
        typer.Option("--size", min=2, help="names, review: how many; may be repeated."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure kgpipe on public data; write report.json."""
    from kgpipe.bench import run_benchmark
    from kgpipe.cli.console import print_figures, print_json, say

    options = {"model": model, "python": python and str(python), "base_url": base_url,
               "sizes": size}  # fmt: skip
    given = {option: value for option, value in options.items() if value}
    takes = {
        Benchmark.peers: {"model", "python", "base_url"}, Benchmark.crosslingual: {"model"},
        Benchmark.factbench: {"model", "base_url"}, Benchmark.codex: {"model"},
        Benchmark.names: {"sizes"}, Benchmark.review: {"sizes"},
    }  # fmt: skip
    if refused := sorted(given.keys() - takes.get(name, set())):
        flags = {"base_url": "base-url", "sizes": "size"}
        named = ", ".join(f"--{flags.get(option, option)}" for option in refused)
        raise UsageError(f"{name} does not take {named}.")
    report = run_benchmark(name.value, data, out, **given)
    print_figures(report)
    say(f"Report: {out / 'report.json'}")
    if as_json:
        print_json(report)
