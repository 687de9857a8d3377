"""Reads two runs, whatever form they have, and compares them."""

import json
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from kgpipe.errors import KgpipeError, UsageError
from kgpipe.evaluate.cases import Case
from kgpipe.evaluate.compare import (
    Comparison,
    Side,
    compare_sides,
    keep_shared,
    side_of_cases,
    side_of_verdicts,
    sides_of_graphs,
)
from kgpipe.evaluate.gold import LABELS, GoldLabel, read_gold, read_gold_labels, read_verdicts
from kgpipe.evaluate.reviewed import REVIEWED
from kgpipe.pipeline import load_graph
from kgpipe.types import Graph, Rejection
from kgpipe.workspace import Workspace

_CASES: TypeAdapter[tuple[Case, ...]] = TypeAdapter(tuple[Case, ...])


def compare_runs(first: Path, second: Path, *, gold: Path | None = None) -> Comparison:
    """Compare two workspaces, two verdict files, or two report folders.

    Args:
        first: the run to compare with.
        second: the newer one.
        gold: labels (a CSV, or a folder with labels.csv). Verdict files need it; workspaces have
            their reviewers' labels without it, and report folders the labels they were made with.

    Raises:
        UsageError: the two are not of one kind, or labels are missing.
        KgpipeError: one cannot be read, or they have nothing in common.
    """
    kinds = [_kind(path) for path in (first, second)]
    if kinds[0] != kinds[1]:
        raise UsageError(
            f"{first} is a {kinds[0]} and {second} a {kinds[1]}: name two of the same kind."
        )
    if kinds[0] == "report folder":
        return _compare_reports(first, second)
    rejections: list[Rejection] = []
    labels = [] if gold is None else _read_labels(gold, rejections)
    if kinds[0] == "workspace":
        graphs, names = (_read_graph(first), _read_graph(second)), (str(first), str(second))
        sides = sides_of_graphs(graphs, names=names, gold=labels)
    elif labels:
        sides = (
            side_of_verdicts(read_verdicts(first, rejections), labels, name=str(first)),
            side_of_verdicts(read_verdicts(second, rejections), labels, name=str(second)),
        )
    else:
        raise UsageError("Verdict files need labels: name them with --gold LABELS.csv.")
    return compare_sides(*sides).model_copy(update={"rejections": tuple(rejections)})


def refuse_drop(comparison: Comparison, limit: float) -> None:
    """The gate: end the run where the second is worse by more than `limit`.

    Raises:
        KgpipeError: it is, or nothing is labelled, so that nobody can know.
    """
    if comparison.drop is None:
        raise KgpipeError("No labelled fact is in both runs, so --max-drop cannot be checked.")
    if comparison.drop > limit:
        raise KgpipeError(
            f"{comparison.second.name} is worse than {comparison.first.name}: accuracy dropped by "
            f"{comparison.drop:.4f}, more than --max-drop {limit:g} allows."
        )


def _kind(path: Path) -> str:
    if path.is_dir():
        return "report folder" if (path / "report.json").is_file() else "workspace"
    if path.is_file():
        return "verdict file"
    raise KgpipeError(f"There is no {path}.")


def _read_graph(folder: Path) -> Graph:
    workspace = Workspace(folder, create=False)
    try:
        return load_graph(workspace)
    finally:
        workspace.close()


def _read_labels(gold: Path, rejections: list[Rejection]) -> list[GoldLabel]:
    if not gold.is_dir():
        return read_gold_labels(gold, rejections)
    parts = read_gold(gold)
    if parts.labels is None:
        raise KgpipeError(f"There is no {LABELS} in {gold}.")
    rejections += parts.rejections
    return list(parts.labels)


def _compare_reports(first: Path, second: Path) -> Comparison:
    (before, kind), (after, other) = _read_report(first), _read_report(second)
    if REVIEWED not in (kind, other):
        return compare_sides(before, after)
    apart = len(before.facts.keys() ^ after.facts.keys())
    return compare_sides(*keep_shared(before, after)).model_copy(update={"left_out": apart})


def _read_report(folder: Path) -> tuple[Side, str]:
    """The last part of a report's verification, and its name: all gold claims, if it has them."""
    path = folder / "report.json"
    try:
        parts = json.loads(path.read_text(encoding="utf-8"))["verification"]
        cases, part = _CASES.validate_python(parts[-1]["cases"]), str(parts[-1]["name"])
    except (json.JSONDecodeError, KeyError, IndexError, TypeError, ValidationError) as error:
        raise KgpipeError(
            f"{path} holds no labelled verdicts to compare ({type(error).__name__}); it should be "
            "written by kgpipe evaluate with labels, by this version."
        ) from error
    return side_of_cases(cases, name=str(folder)), part
