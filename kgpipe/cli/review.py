"""The commands under `kgpipe review`: what experts say about facts, and about names that merged."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kgpipe.cli.options import ConfigOption, Items, JsonOption, WorkspaceOption
from kgpipe.cli.session import (
    open_workspace,
    read_settings,
    save_merges,
    save_queue,
    save_shares,
)

if TYPE_CHECKING:
    from kgpipe.deciding import Effect
    from kgpipe.decisions import Decision
    from kgpipe.review.known import Drift

app = typer.Typer(help="What experts say about facts and merges.", no_args_is_help=True)

AnnotatorOption = Annotated[
    str, typer.Option("--annotator", help="Who decided, where a row does not say.")
]


@app.command("export")
def export_queue(
    workspace: WorkspaceOption,
    target: Annotated[Path | None, typer.Argument(metavar="[OUT.csv or OUT_DIR]")] = None,
    what: Annotated[Items, typer.Option(help="What to review.")] = Items.facts,
    batch: Annotated[int | None, typer.Option(min=1, help="How many facts (a reviewer).")] = None,
    reviewers: Annotated[
        str | None,
        typer.Option(help="NAME,NAME,...: a file for each in OUT_DIR, by what they know."),
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the facts that most need an expert's eye, or all merges, as a CSV for a spreadsheet."""
    from kgpipe.cli.console import print_json
    from kgpipe.pipeline import load_graph

    opened = open_workspace(workspace)
    settings = read_settings(config)
    chosen: dict[str, object] = {} if batch is None else {"batch": batch}
    if reviewers is not None:
        chosen["reviewers"] = tuple(name.strip() for name in reviewers.split(","))
    review = settings.review.model_copy(update=chosen)
    if what is Items.merges:
        target = target or workspace / "merges.csv"
        written = save_merges(load_graph(opened), opened.decisions(), target)
    elif review.reviewers:
        target = target or workspace / "review"
        shared = settings.model_copy(update={"review": review})
        with opened.exclusive():
            written = save_shares(opened, target, shared)
    else:
        target = target or workspace / "review.csv"
        written = save_queue(load_graph(opened), target, review)
    if as_json:
        print_json({"what": what.value, "out": str(target), "written": written})


@app.command("import")
def import_answers(
    workspace: WorkspaceOption,
    source: Annotated[Path, typer.Argument(metavar="IN.csv")],
    what: Annotated[Items, typer.Option(help="What was reviewed.")] = Items.facts,
    annotator: AnnotatorOption = "",
    as_json: JsonOption = False,
) -> None:
    """Read labels or decisions from a reviewed CSV; bad lines are named, the rest is kept."""
    from kgpipe.cli.console import print_json, print_rejections, say
    from kgpipe.deciding import import_decisions
    from kgpipe.review.importing import read_labels

    opened = open_workspace(workspace)
    if what is Items.merges:
        with opened.exclusive():
            read, effect, rejected = import_decisions(opened, source, annotator=annotator)
        changed, more = effect.changed, _facts(effect)
    else:
        labels, rejected = read_labels(source, annotator=annotator)
        read, changed, more = len(labels), opened.save_labels(labels), {}
    print_rejections(rejected)
    name = "decisions on" if what is Items.merges else "labels of"
    say(f"{read} {name} {what.value} read, {changed} new or changed.")
    if what is Items.merges:
        _tell_effect(effect)
        _tell_disputes(opened.decisions())
    if as_json:
        print_json({"read": read, "changed": changed, "rejected": len(rejected), **more})


@app.command("undo")
def undo(
    workspace: WorkspaceOption,
    merge_id: Annotated[str, typer.Argument(metavar="MERGE_ID")],
    annotator: AnnotatorOption = "",
    as_json: JsonOption = False,
) -> None:
    """Keep the two names of a merge apart from now on; the facts are what they were without it."""
    from kgpipe.cli.console import print_json, say
    from kgpipe.deciding import undo_merge

    opened = open_workspace(workspace)
    with opened.exclusive():
        merge, effect = undo_merge(opened, merge_id, annotator=annotator)
    say(f"{merge.left!r} and {merge.right!r} stay apart from now on.")
    _tell_effect(effect)
    if as_json:
        print_json({"left": merge.left, "right": merge.right, **_facts(effect)})


@app.command("status")
def show_status(
    workspace: WorkspaceOption,
    what: Annotated[Items | None, typer.Option(help="Facts or merges alone.")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what people said about facts and merges, who, and where they disagree."""
    from kgpipe.cli.console import print_json, say
    from kgpipe.pipeline import load_graph
    from kgpipe.review.merges import count_merges
    from kgpipe.review.select import count_labels
    from kgpipe.routing import load_drift

    opened = open_workspace(workspace)
    graph, decisions = load_graph(opened), opened.decisions()
    counts: dict[str, int] = {}
    if what is not Items.merges:
        counts |= count_labels(graph)
    if what is not Items.facts:
        counts |= count_merges(graph, decisions)
    for name, number in counts.items():
        say(f"{number:>8} {name}")
    drift = load_drift(opened, read_settings(config)) if what is not Items.merges else {}
    _tell_drift(drift)
    if what is not Items.facts:
        _tell_disputes(decisions)
    if as_json:
        known = {name: found.as_json() for name, found in drift.items()}
        print_json(counts | ({"known_facts": known} if known else {}))


def _tell_drift(drift: "dict[str, Drift]") -> None:
    """How reviewers did on facts that are known."""
    from kgpipe.cli.console import say

    for name, found in drift.items():
        say(found.describe(name))


def _facts(effect: "Effect") -> dict[str, int]:
    return {
        "facts_before": effect.facts_before, "facts_after": effect.facts_after,
        "facts_gone": effect.gone, "facts_new": effect.new,
    }  # fmt: skip


def _tell_effect(effect: "Effect") -> None:
    from kgpipe.cli.console import say

    if effect.unknown:
        names = ", ".join(map(repr, effect.unknown))
        say(f"No text says {names} at present; what was decided on them is kept. Spelt right?")
    say(
        f"{effect.facts_before} facts before, {effect.facts_after} now: {effect.gone} gone, "
        f"{effect.new} new" + "; kgpipe run checks these against the evidence." * bool(effect.new)
    )
    if effect.waiting:
        say(f"{effect.waiting} pairs of names stay apart until kgpipe run asks the judge of names.")


def _tell_disputes(decisions: "list[Decision]") -> None:
    """Pairs about which people disagree: neither answer is obeyed until they agree."""
    from kgpipe.cli.console import say
    from kgpipe.decisions import find_disputes
    from kgpipe.review.merges import describe_decisions

    for found in find_disputes(decisions).values():
        said = describe_decisions(found)
        say(f"Not obeyed, {found[0].left!r} and {found[0].right!r}: {said}")
