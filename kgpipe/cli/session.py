"""What the commands share: settings with the options on top, the workspace, its state."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kgpipe.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kgpipe.decisions import Decision
    from kgpipe.review.rows import ReviewRow
    from kgpipe.settings import ReviewSettings, Settings
    from kgpipe.types import Graph
    from kgpipe.workspace import Workspace


def read_settings(
    config: Path | None,
    *,
    model: str | None = None,
    base_url: str | None = None,
    protocol: str | None = None,
    schema: str | None = None,
    evidence: list[Path] | None = None,
    search: str | None = None,
    judges: list[str] | None = None,
    blocklist: Path | None = None,
    judge_url: str | None = None,
    fusion: str | None = None,
    verbalise: str | None = None,
    syntaxes: Sequence[str] | None = None,
    rdf12: bool = False,
) -> "Settings":
    """The settings file, with the options of the command line on top."""
    from kgpipe.settings import load_settings

    settings = load_settings(config)
    # A schema that is named on the command line is to be kept to.
    mode = None if schema is None else "closed"
    chosen = {
        "model": model, "base_url": base_url, "protocol": protocol, "schema_file": schema,
        "mode": mode,
    }  # fmt: skip
    extract = {name: value for name, value in chosen.items() if value is not None}
    updates: dict[str, Any] = {"extract": settings.extract.model_copy(update=extract)}
    verify: dict[str, Any] = {
        "evidence": tuple(str(path) for path in evidence) if evidence else None,
        "search": search,
        "judge": tuple(judges) if judges else None,
        "blocklist": None if blocklist is None else str(blocklist),
        "base_url": judge_url,
        "fusion": fusion,
        "verbalise": verbalise,
    }
    named = {name: value for name, value in verify.items() if value is not None}
    updates["verify"] = settings.verify.model_copy(update=named)
    published: dict[str, Any] = {"syntaxes": tuple(syntaxes)} if syntaxes else {}
    published |= {"rdf12": True} if rdf12 else {}
    updates["publish"] = settings.publish.model_copy(update=published)
    return settings.model_copy(update=updates)


def open_workspace(folder: Path | None, *, create: bool = False, bars: bool = False) -> "Workspace":
    """The workspace in `folder`, in memory without one; `bars` shows the progress of its stages."""
    from kgpipe.cli.console import Bars
    from kgpipe.workspace import Workspace

    return Workspace(folder, create=create, progress=Bars() if bars else None)


def choose_inputs(inputs: list[Path] | None, workspace: "Workspace") -> list[Path]:
    """The inputs named, or those of the workspace's latest run.

    Raises:
        UsageError: there are none.
    """
    paths = inputs or [Path(path) for path in workspace.read_note("inputs") or []]
    if not paths:
        raise UsageError("Name at least one INPUT: a folder or a file of .pdf, .md, .txt or .csv.")
    return paths


def save_queue(
    graph: "Graph",
    target: Path,
    settings: "ReviewSettings",
    *,
    links: "Mapping[str, str] | None" = None,
) -> int:
    """Write the review queue; return how many facts it holds."""
    from kgpipe.review.select import select_queue

    return save_facts(select_queue(graph, settings=settings), target, links=links)


def save_facts(
    rows: "Iterable[ReviewRow]",
    target: Path,
    *,
    links: "Mapping[str, str] | None" = None,
    disputes: bool = False,
) -> int:
    """Write facts to review or, where people disagree, to adjudicate; return how many."""
    from kgpipe.cli.console import say
    from kgpipe.review.export import write_disputes, write_queue

    written, kept = (write_disputes if disputes else write_queue)(rows, target, links=links)
    if kept:
        say(f"The filled-in {target} was kept as {kept}; kgpipe review import reads its labels.")
    say(f"{written} facts to {'adjudicate' if disputes else 'review'}: {target}")
    return written


def save_shares(workspace: "Workspace", folder: Path, settings: "Settings") -> int:
    """Write a review file for each reviewer; return how many rows they hold."""
    from kgpipe.cli.console import say
    from kgpipe.routing import write_shares

    written = write_shares(workspace, folder, settings)
    for one in written:
        if one.kept:
            say(f"The filled-in {one.path} was kept as {one.kept}; kgpipe review import reads it.")
        say(f"{one.facts} facts for {one.reviewer}, {one.known} of them known: {one.path}")
    return sum(one.facts for one in written)


def save_merges(graph: "Graph", decisions: "list[Decision]", target: Path) -> int:
    """Write all merges for review; return how many there are."""
    from kgpipe.cli.console import say
    from kgpipe.review.merges import write_merges

    written, kept = write_merges(graph, decisions, target)
    if kept:
        say(f"The filled-in {target} was kept as {kept}; kgpipe review import reads it.")
    say(f"{written} merges to review: {target}")
    return written


def print_state(workspace: "Workspace", as_json: bool) -> None:
    """Show each stage's counts, and why items were rejected."""
    from dataclasses import asdict

    from kgpipe.cli.console import print_json, print_rejections, print_status
    from kgpipe.pipeline import load_rejections

    stages = workspace.status()
    print_rejections(load_rejections(workspace))
    print_status(stages)
    if as_json:
        print_json({"workspace": str(workspace.folder), "stages": [asdict(s) for s in stages]})
