"""How a workspace's graph was made: noted when it is run, told on its data card."""

import csv
from collections.abc import Iterator
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from kgpipe import __version__
from kgpipe.assets import asset_path
from kgpipe.evaluate.report import evaluate_graph
from kgpipe.ids import content_digest
from kgpipe.publish.datacard import Accuracy, Making, ModelUse, StageCount
from kgpipe.settings import Settings
from kgpipe.types import Graph
from kgpipe.workspace import Workspace

_NOTE = "making"


def note_run(workspace: Workspace, settings: Settings) -> None:
    """Remember what a run is made with: version, settings other than the defaults, prompts."""
    prompts = sorted(asset_path("prompts").glob("*.md"))
    note = {
        "version": __version__,
        "settings": dict(_changed(settings)),
        "prompts": {path.name: content_digest(path.read_bytes()) for path in prompts},
    }
    workspace.write_note(_NOTE, note)


def collect_making(workspace: Workspace, graph: Graph) -> Making:
    """What the workspace knows of how `graph` was made and how right it is.

    Prompts are told only where a language model was asked.
    """
    note = workspace.read_note(_NOTE) or {}
    with workspace.transaction() as database:
        replies = database.execute(
            "SELECT stage, model, count(*) FROM replies GROUP BY stage, model ORDER BY stage, model"
        ).fetchall()
        # What was turned away before the stage stands under "input".
        marks = dict(
            database.execute("SELECT stage, max(fingerprint) FROM due WHERE fingerprint != 'input' "
                             "GROUP BY stage").fetchall()
        )  # fmt: skip
    return Making(
        version=note.get("version", __version__),
        settings=note.get("settings"),
        prompts=note.get("prompts") if replies else None,
        stages=tuple(
            StageCount(
                stage=status.stage,
                seen=status.seen,
                done=status.done,
                kept=status.kept,
                rejected=status.rejected,
                errors=status.errors,
                fingerprint=marks.get(status.stage, ""),
            )
            for status in workspace.status()
        ),
        models=tuple(ModelUse(stage=s, model=model, calls=calls) for s, model, calls in replies),
        accuracy=tuple(_measure(graph)) if graph.labels else (),
        licences=_read_licences(),
    )


def _changed(settings: Settings) -> Iterator[tuple[str, Any]]:
    """Dotted names and values of what differs from the defaults, without addresses of servers."""
    usual = Settings().model_dump(mode="json", by_alias=True)
    for section, values in settings.model_dump(mode="json", by_alias=True).items():
        for name, value in values.items():
            if value != usual[section][name] and name != "base_url":
                yield f"{section}.{name}", _without_folder(value)


def _without_folder(value: Any) -> Any:
    """A card is for others, to whom the folders of this machine say nothing."""
    if isinstance(value, list):
        return [_without_folder(item) for item in value]
    if not isinstance(value, str):
        return value
    provider, colon, path = value.partition(":") if value.startswith("gguf:") else ("", "", value)
    windows = PureWindowsPath(path)
    if windows.drive:
        path = windows.name
    elif path.startswith(("/", ".", "~")):
        path = PurePosixPath(path).name
    return f"{provider}{colon}{path}"


def _measure(graph: Graph) -> Iterator[Accuracy]:
    """The figures of the report that say how right the graph is, those that can be given."""
    report = evaluate_graph(graph, None)
    for scores in report.verification:
        figures = {
            "verdicts that experts share, of those that decide": scores.decided_accuracy_wilson,
            "facts that the machine decides, of those that experts decided": scores.coverage,
        }
        for name, estimate in figures.items():
            if estimate.value is not None:
                yield Accuracy(name=name, estimate=estimate)
    whole = report.whole
    if whole is not None and whole.true is not None and whole.true.estimate.value is not None:
        yield Accuracy(
            name="facts that experts would call true, of all", estimate=whole.true.estimate
        )
    if whole is not None and whole.right is not None and whole.right.estimate.value is not None:
        yield Accuracy(
            name="verdicts that decide and are right, of all", estimate=whole.right.estimate
        )


def _read_licences() -> dict[str, str]:
    """What the list of public reports says, by the id that names their files and by digest."""
    with asset_path("data/sources.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        key: row["licence"] for row in rows for key in (row["id"], row["sha256"]) if key
    }  # fmt: skip
