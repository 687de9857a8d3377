"""Commands that use a graph: `evaluate`, `publish`, `sparql`, and `bench`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kgpipe.cli.options import (
    Benchmark,
    ConfigOption,
    JsonOption,
    OutOption,
    TableFormat,
)
from kgpipe.cli.session import open_workspace, read_settings
from kgpipe.errors import UsageError

if TYPE_CHECKING:
    pass


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


def sparql(
    query: Annotated[
        str | None,
        typer.Argument(
            metavar="QUERY", help="SPARQL text, a .rq file, or the name of a worked query."
        ),
    ] = None,
    workspace: Annotated[
        Path | None, typer.Option("-w", "--workspace", help="Folder that keeps results.")
    ] = None,
    form: Annotated[TableFormat, typer.Option("--format")] = TableFormat.table,
    list_queries: Annotated[bool, typer.Option("--list", help="Name the worked queries.")] = False,
    config: ConfigOption = None,
) -> None:
    """Ask the graph a SPARQL question."""
    from kgpipe.answer import answer_sparql, describe_query, read_query, worked_queries
    from kgpipe.cli.console import write_result
    from kgpipe.query.sparql import format_answer

    if list_queries:
        rows = [(name, describe_query(path)) for name, path in worked_queries().items()]
        return write_result(format_answer(rows, columns=("name", "question"), form=form.value))
    if query is None or workspace is None:
        raise UsageError("Name a QUERY and a workspace (-w), or --list the worked queries.")
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
            "model, PROVIDER:NAME. geo_links: folder `encoders` of geo's part text, "
            "trained there if there are none. factbench: a chat model for the paper's framework. "
            "codex: `kge`, to train embedding models too.",
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
        typer.Option(
            "--size",
            min=2,
            help="names, review, review_page, quads, shacl, bolt: how many; repeatable.",
        ),
    ] = None,
    verdicts: Annotated[
        Path | None,
        typer.Option(
            "--verdicts",
            exists=True,
            help="labels: the probabilities.tsv of factbench; else verdicts are made.",
        ),
    ] = None,
    questions: Annotated[
        Path | None,
        typer.Option("--questions", exists=True, help="ask: other questions than its own."),
    ] = None,
    parts: Annotated[
        list[str] | None,
        typer.Option(
            "--only",
            help="geo: mines, s1s2, ablation, text, alibi, speed, index, conjure, temporal.",
        ),
    ] = None,
    device: Annotated[
        str | None, typer.Option("--device", help="geo: where encoders are trained, cpu or cuda.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure kgpipe on public data; write report.json."""
    from kgpipe.bench import run_benchmark
    from kgpipe.cli.console import print_figures, print_json, say

    options = {"model": model, "python": python and str(python), "base_url": base_url,
               "sizes": size, "verdicts": verdicts and str(verdicts),
               "questions": questions and str(questions), "parts": parts,
               "device": device}  # fmt: skip
    given = {option: value for option, value in options.items() if value}
    takes = {
        Benchmark.peers: {"model", "python", "base_url"}, Benchmark.crosslingual: {"model"},
        Benchmark.factbench: {"model", "base_url"}, Benchmark.codex: {"model"},
        Benchmark.names: {"sizes"}, Benchmark.review: {"sizes"},
        Benchmark.review_page: {"sizes"}, Benchmark.labels: {"verdicts"},
        Benchmark.quads: {"sizes"}, Benchmark.shacl: {"sizes"}, Benchmark.bolt: {"sizes"},
        Benchmark.ask: {"questions"}, Benchmark.geo: {"parts", "device"},
        Benchmark.geo_links: {"model"},
    }  # fmt: skip
    if refused := sorted(given.keys() - takes.get(name, set())):
        flags = {"base_url": "base-url", "sizes": "size", "parts": "only"}
        named = ", ".join(f"--{flags.get(option, option)}" for option in refused)
        raise UsageError(f"{name} does not take {named}.")
    report = run_benchmark(name.value, data, out, **given)
    print_figures(report)
    say(f"Report: {out / 'report.json'}")
    if as_json:
        print_json(report)
