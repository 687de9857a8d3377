"""The commands under `kgpipe review`: what experts say about facts."""

from pathlib import Path
from typing import Annotated

import typer

from kgpipe.cli.options import ConfigOption, Items, JsonOption, WorkspaceOption
from kgpipe.cli.session import open_workspace, read_settings, save_queue

app = typer.Typer(help="What experts say about facts.", no_args_is_help=True)


@app.command("export")
def export_queue(
    workspace: WorkspaceOption,
    target: Annotated[Path | None, typer.Argument(metavar="[OUT.csv]")] = None,
    what: Annotated[Items, typer.Option(help="What to review.")] = Items.facts,
    batch: Annotated[int | None, typer.Option(min=1, help="How many facts.")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the facts that most need an expert's eye as a CSV for a spreadsheet."""
    from kgpipe.cli.console import print_json
    from kgpipe.pipeline import load_graph

    settings = read_settings(config).review
    if batch is not None:
        settings = settings.model_copy(update={"batch": batch})
    target = target or workspace / "review.csv"
    written = save_queue(load_graph(open_workspace(workspace)), target, settings)
    if as_json:
        print_json({"what": what.value, "out": str(target), "written": written})


@app.command("import")
def import_labels(
    workspace: WorkspaceOption,
    source: Annotated[Path, typer.Argument(metavar="IN.csv")],
    what: Annotated[Items, typer.Option(help="What was reviewed.")] = Items.facts,
    as_json: JsonOption = False,
) -> None:
    """Read labels from a reviewed CSV; bad lines are named, the rest is kept."""
    from kgpipe.cli.console import print_json, print_rejections, say
    from kgpipe.review.importing import read_labels

    labels, rejected = read_labels(source)
    changed = open_workspace(workspace).save_labels(labels)
    print_rejections(rejected)
    say(f"{len(labels)} labels of {what.value} read, {changed} new or changed.")
    if as_json:
        print_json({"read": len(labels), "changed": changed, "rejected": len(rejected)})


@app.command("status")
def show_status(workspace: WorkspaceOption, as_json: JsonOption = False) -> None:
    """Show how many facts have labels, and by whom."""
    from kgpipe.cli.console import print_json, say
    from kgpipe.pipeline import load_graph
    from kgpipe.review.select import count_labels

    counts = count_labels(load_graph(open_workspace(workspace)))
    for name, number in counts.items():
        say(f"{number:>8} {name}")
    if as_json:
        print_json(counts)
