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
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder to write to.", show_default=False)
    ] = None,
    gold: Annotated[
        Path | None, typer.Option(help="LABELS.csv for verdicts, a folder for a workspace.")
    ] = None,
    verdicts: Annotated[
        Path | None, typer.Argument(metavar="[VERDICTS.jsonl]", help="Output of kgpipe verify.")
    ] = None,
    workspace: Annotated[Path | None, typer.Option("-w", "--workspace")] = None,
    plan: Annotated[
        float | None,
        typer.Option(
            help="How many facts to label to know the share of true ones to this margin (0.1: "
            "10 % either way); with --out, draws them into sample.csv.",
        ),
    ] = None,
    compare: Annotated[
        tuple[Path, Path] | None,
        typer.Option(
            metavar="A B", help="Two workspaces, verdict files (with --gold) or report folders."
        ),
    ] = None,
    max_drop: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="With --compare: exit 1 if B is worse by more than this."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure verdicts or a workspace against people's labels; write the report.

    Without --gold a workspace is measured against the labels of its reviewers.
    """
    from kgpipe.cli.console import print_json, say
    from kgpipe.evaluate.report import evaluate_graph, evaluate_verdicts, write_report
    from kgpipe.pipeline import load_graph

    if compare is not None:
        return _compare(*compare, gold, max_drop, out, as_json)
    if max_drop is not None:
        raise UsageError("--max-drop goes with --compare A B.")
    if plan is not None:
        return _plan(plan, workspace, verdicts, gold, out, as_json)
    if workspace is None and (verdicts is None or gold is None):
        raise UsageError("Name VERDICTS.jsonl and --gold LABELS.csv, or a workspace with -w.")
    if out is None:
        raise UsageError("Name a folder for the report with --out.")
    if workspace is not None:
        report = evaluate_graph(load_graph(open_workspace(workspace)), gold, verdicts=verdicts)
    elif verdicts is not None and gold is not None:
        report = evaluate_verdicts(verdicts, gold)
    for path in write_report(report, out):
        say(f"Report: {path}")
    if as_json:
        print_json(report.model_dump(mode="json"))


def _compare(
    first: Path,
    second: Path,
    gold: Path | None,
    max_drop: float | None,
    out: Path | None,
    as_json: bool,
) -> None:
    from kgpipe.cli.console import print_json, say
    from kgpipe.comparing import compare_runs, refuse_drop
    from kgpipe.evaluate.compare import sum_up, write_comparison

    comparison = compare_runs(first, second, gold=gold)
    for line in sum_up(comparison):
        say(line)
    for path in write_comparison(comparison, out) if out else ():
        say(f"Comparison: {path}")
    if as_json:
        print_json(comparison.model_dump(mode="json"))
    if max_drop is not None:
        refuse_drop(comparison, max_drop)


def _plan(
    margin: float,
    workspace: Path | None,
    verdicts: Path | None,
    gold: Path | None,
    out: Path | None,
    as_json: bool,
) -> None:
    from kgpipe.cli.console import print_json, say
    from kgpipe.cli.session import save_queue
    from kgpipe.evaluate.report import plan_verdicts
    from kgpipe.evaluate.reviewed import list_facts, only_claims
    from kgpipe.evaluate.sample import describe_plan, plan_sample, write_sample
    from kgpipe.pipeline import load_graph

    if workspace is not None:
        graph = load_graph(open_workspace(workspace))
        plan = plan_sample(list_facts(graph), margin=margin)
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
            settings = read_settings(None).review.model_copy(update={"batch": plan.needed})
            save_queue(only_claims(graph, plan.sample), out / "sample.csv", settings)
    elif verdicts is not None:
        plan = plan_verdicts(verdicts, gold, margin=margin)
        if out is not None:
            say(f"Sample: {write_sample(plan, out)}")
    else:
        raise UsageError("Name VERDICTS.jsonl, or a workspace with -w, to plan a sample of.")
    say(describe_plan(plan))
    if as_json:
        print_json(plan.model_dump(mode="json"))


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
        typer.Option("--size", min=2, help="names, review, review_page: how many; repeatable."),
    ] = None,
    verdicts: Annotated[
        Path | None,
        typer.Option(
            "--verdicts",
            exists=True,
            help="labels: the probabilities.tsv of factbench; else verdicts are made.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure kgpipe on public data; write report.json."""
    from kgpipe.bench import run_benchmark
    from kgpipe.cli.console import print_figures, print_json, say

    options = {"model": model, "python": python and str(python), "base_url": base_url,
               "sizes": size, "verdicts": verdicts and str(verdicts)}  # fmt: skip
    given = {option: value for option, value in options.items() if value}
    takes = {
        Benchmark.peers: {"model", "python", "base_url"}, Benchmark.crosslingual: {"model"},
        Benchmark.factbench: {"model", "base_url"}, Benchmark.codex: {"model"},
        Benchmark.names: {"sizes"}, Benchmark.review: {"sizes"},
        Benchmark.review_page: {"sizes"}, Benchmark.labels: {"verdicts"},
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
