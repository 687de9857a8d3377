"""The commands under `kgpipe review`: what experts say about facts, and about names that merged."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kgpipe.cli.options import ConfigOption, Handed, Items, JsonOption, WorkspaceOption
from kgpipe.cli.session import (
    open_workspace,
    read_settings,
    save_facts,
    save_merges,
    save_queue,
    save_shares,
)
from kgpipe.errors import UsageError

if TYPE_CHECKING:
    from kgpipe.deciding import Effect
    from kgpipe.decisions import Decision
    from kgpipe.review.known import Drift
    from kgpipe.workspace import Workspace

app = typer.Typer(help="What experts say about facts and merges.", no_args_is_help=True)

AnnotatorOption = Annotated[
    str, typer.Option("--annotator", help="Who decided, where a row does not say.")
]


@app.command("export")
def export_queue(
    workspace: WorkspaceOption,
    target: Annotated[
        Path | None,
        typer.Argument(metavar="[OUT]", help="A .csv or an .xlsx; a folder with reviewers."),
    ] = None,
    what: Annotated[Handed, typer.Option(help="What to review.")] = Handed.facts,
    batch: Annotated[int | None, typer.Option(min=1, help="How many facts (a reviewer).")] = None,
    reviewers: Annotated[
        str | None,
        typer.Option(help="NAME,NAME,...: a file for each in OUT, by what they know."),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every fact, those with labels too.")
    ] = False,
    annotator: Annotated[
        str, typer.Option("--annotator", help="With --all: whose labels to go on with.")
    ] = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write facts, disputes about them, or merges, as a table for a spreadsheet."""
    from kgpipe.cli.console import print_json
    from kgpipe.labelling import load_review, locate_sources, stream_rulings

    if annotator and not everything:
        raise UsageError("--annotator goes with --all: the queue holds facts without labels.")
    opened = open_workspace(workspace)
    settings = read_settings(config)
    chosen: dict[str, object] = {} if batch is None else {"batch": batch}
    if reviewers is not None:
        chosen["reviewers"] = tuple(name.strip() for name in reviewers.split(","))
    review = settings.review.model_copy(update=chosen)
    if what is Handed.facts and review.reviewers and not everything:
        with opened.exclusive():
            written = save_shares(
                opened,
                target or workspace / "review",
                settings.model_copy(update={"review": review}),
            )
        target = target or workspace / "review"
    else:
        target = target or workspace / f"{'review' if what is Handed.facts else what}.csv"
        links = locate_sources(opened, start=target.parent)
        # What a branch does not need is not loaded: half a second.
        if what is Handed.merges:
            from kgpipe.pipeline import load_graph

            written = save_merges(load_graph(opened), opened.decisions(), target)
        elif what is Handed.disputes:
            from kgpipe.review.disputes import list_disputes

            disputed = list_disputes(load_review(opened), stream_rulings(opened))
            written = save_facts(disputed, target, links=links, disputes=True)
        elif everything:
            from kgpipe.review.rows import list_facts

            facts = list_facts(load_review(opened), stream_rulings(opened), annotator=annotator)
            written = save_facts(facts, target, links=links)
        else:
            from kgpipe.pipeline import load_graph

            written = save_queue(load_graph(opened), target, review, links=links)
    if as_json:
        print_json({"what": what.value, "out": str(target), "written": written})


@app.command("import")
def import_answers(
    workspace: WorkspaceOption,
    sources: Annotated[
        list[Path], typer.Argument(metavar="IN...", help="CSV files, or workbooks.")
    ],
    what: Annotated[
        Handed, typer.Option(help="What was reviewed; facts: disputes among the files too.")
    ] = Handed.facts,
    annotator: AnnotatorOption = "",
    replace: Annotated[
        bool, typer.Option("--replace", help="The files hold, whatever was said since.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Read labels or decisions from reviewed files; bad lines are named, the rest is kept."""
    from kgpipe.cli.console import print_json, print_rejections, say
    from kgpipe.labelling import import_labels
    from kgpipe.review.export import DISPUTES, FACTS

    opened = open_workspace(workspace)
    if what is Handed.merges:
        _import_merges(opened, sources, annotator=annotator, as_json=as_json)
        return
    layout = DISPUTES if what is Handed.disputes else FACTS
    found = import_labels(opened, sources, annotator=annotator, replace=replace, layout=layout)
    print_rejections(found.rejections)
    settled = f"; {found.adjudicated} adjudicated" if found.adjudicated else ""
    say(f"{found.read} labels of facts read, {found.changed} new or changed{settled}.")
    if found.unnamed:
        say(
            f"{found.unnamed} of them are by nobody named: the column reviewer, or --annotator "
            "NAME, tells who it was."
        )
    for names in found.alike:
        say(f"{' and '.join(map(repr, names))} count as different people: keep to one spelling.")
    for name, other in found.near:
        say(f"{name!r} is new, and nearly {other!r}: they count as different people. Spelt right?")
    if found.disputed:
        say(
            f"People disagree about {found.disputed} statements: kgpipe review export "
            f"--what disputes -w {workspace} writes them for one to settle."
        )
    if as_json:
        rejected = len(found.rejections)
        print_json({"read": found.read, "changed": found.changed, "rejected": rejected})


def _import_merges(
    opened: "Workspace", sources: list[Path], *, annotator: str, as_json: bool
) -> None:
    from kgpipe.cli.console import print_json, print_rejections, say
    from kgpipe.deciding import import_decisions

    if len(sources) > 1:
        raise UsageError("Decisions on merges are read from one file at a time.")
    with opened.exclusive():
        read, effect, rejected = import_decisions(opened, sources[0], annotator=annotator)
    print_rejections(rejected)
    say(f"{read} decisions on merges read, {effect.changed} new or changed.")
    _tell_effect(effect)
    _tell_disputes(opened.decisions())
    if as_json:
        counts = {"read": read, "changed": effect.changed, "rejected": len(rejected)}
        print_json({**counts, **_facts(effect)})


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
    from kgpipe.labelling import load_review, load_summary, stream_rulings
    from kgpipe.review.agreement import describe_agreement, measure_agreement
    from kgpipe.review.disputes import count_disputes
    from kgpipe.review.merges import count_merges
    from kgpipe.review.select import count_labels
    from kgpipe.routing import load_drift

    opened = open_workspace(workspace)
    graph, decisions = load_summary(opened), opened.decisions()
    review = load_review(opened)
    counts: dict[str, int] = {}
    agreement = measure_agreement(review)
    if what is not Items.merges:
        counts |= count_labels(graph)
        counts |= count_disputes(review, stream_rulings(opened), graph.labels)
    if what is not Items.facts:
        counts |= count_merges(graph, decisions)
    for name, number in counts.items():
        say(f"{number:>8} {name}")
    drift = load_drift(opened, read_settings(config)) if what is not Items.merges else {}
    for line in describe_agreement(agreement) if what is not Items.merges else ():
        say(f"         {line}")
    _tell_drift(drift)
    if what is not Items.facts:
        _tell_disputes(decisions)
    if as_json:
        known = {name: found.as_json() for name, found in drift.items()}
        print_json(
            {
                **counts,
                "agreement": agreement.model_dump(mode="json"),
                **({"known_facts": known} if known else {}),
            }
        )


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
