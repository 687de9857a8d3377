"""Whether published RDF holds what its SHACL shapes say: in parts, whatever its size."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from kgpipe.assets import asset_path
from kgpipe.errors import KgpipeError, UsageError
from kgpipe.pool import run_pool
from kgpipe.publish.shapes_check import Checked, Checker, join_kinds, read_shapes
from kgpipe.publish.shapes_quads import SortedQuads
from kgpipe.publish.shapes_reach import measure_reach
from kgpipe.publish.shapes_report import ShapesReport, describe_report, sum_up, write_report
from kgpipe.settings import PublishSettings
from kgpipe.types import Record, Rejection

REPORT = "shapes-report.ttl"
SHIPPED = "data/shapes/kgpipe.ttl"
# About 120,000 quads. With what they refer to they fill 300 MB of memory as an rdflib graph.
PART_BYTES = 24_000_000
# Below, a process takes longer to start than it saves.
_LEAST_BYTES = 6_000_000


class _Task(Record):
    """A range of the file, for a worker process."""

    path: str
    base_iri: str
    shapes: tuple[str, ...]
    runs: tuple[tuple[int, int], ...]
    ranges: tuple[tuple[int, int], ...]


def validate_rdf(
    quads: Path,
    *,
    base_iri: str,
    extra: Sequence[Path] = (),
    part_bytes: int = PART_BYTES,
    workers: int | None = None,
) -> ShapesReport:
    """Validate sorted N-Quads, taken as one graph, against the shapes of the published form.

    Args:
        quads: the file; lines sorted, no blank nodes.
        base_iri: what names of the graph and of the shapes are relative to.
        extra: further shapes (Turtle).
        part_bytes: how much of the file is looked at at a time.
        workers: processes; None for one a core.

    Raises:
        UsageError: shapes are unreadable, or need the whole of a graph that is too large for that.
        KgpipeError: the file is not sorted.
    """
    paths = (asset_path(SHIPPED), *extra)
    shapes = read_shapes(paths, base_iri=base_iri)
    reach = measure_reach(shapes)
    workers = workers or os.cpu_count() or 1
    with SortedQuads(quads) as opened:
        if not reach.unbounded:
            # Every core has something to do.
            part_bytes = min(part_bytes, max(opened.size // workers + 1, _LEAST_BYTES))
        ranges, runs = opened.cut(part_bytes), opened.runs
        if len(ranges) > 1 and reach.unbounded:
            raise UsageError(
                f"The shapes {', '.join(map(str, extra))} use {reach.unbounded}, for which the "
                f"whole graph must be held in memory; {quads} has {opened.size / 1e6:.0f} MB, and "
                f"that is done up to {part_bytes / 1e6:.0f} MB."
            )
        workers = min(workers, len(ranges))
        if workers <= 1:
            checker = Checker(opened, shapes, reach)
            return sum_up([checker.check(*one) for one in ranges])
    # A task a worker, since each reads the file anew for what points backwards. They take turns at
    # the ranges: subjects of one kind, which take equally long, stand together.
    tasks = {
        str(number): _Task(
            path=str(quads), base_iri=base_iri, shapes=tuple(map(str, paths)),
            runs=tuple(runs), ranges=tuple(ranges[number::workers]),
        )
        for number in range(workers)
    }  # fmt: skip
    outcomes = run_pool(
        _check_ranges, tasks, stage="shapes", pool="isolated", workers=workers, ports={}
    )
    return sum_up([_read_outcome(outcome.result) for outcome in outcomes])


def _check_ranges(task: _Task) -> Record:
    shapes = read_shapes(map(Path, task.shapes), base_iri=task.base_iri)
    with SortedQuads(Path(task.path), runs=task.runs) as quads:
        checker = Checker(quads, shapes, measure_reach(shapes))
        parts = [checker.check(*one) for one in task.ranges]
    return Checked(nodes=sum(part.nodes for part in parts), kinds=join_kinds(parts))


def _read_outcome(result: Record) -> Checked:
    if isinstance(result, Rejection):
        raise KgpipeError(f"The RDF could not be validated: {result.detail}")
    assert isinstance(result, Checked)
    return result


def publish_valid(
    write: Callable[..., list[Path]],
    folder: Path,
    *,
    settings: PublishSettings,
    tell: Callable[[str], None],
) -> list[Path]:
    """Let `write` put RDF into a folder, but only if its N-Quads hold what the shapes say.

    Args:
        write: `write(folder, settings=...)` writes the files that the settings ask for into the
            folder that it is given, and returns them.
        folder: where they shall stand; made if absent, untouched but for the report if not valid.
        settings: the base of names, syntaxes, and shapes of the user's own.
        tell: called with the report in plain words.

    Returns:
        The files, the report last.

    Raises:
        KgpipeError: the RDF violates a shape; nothing but the report is written.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Beside the target, so that the files need only be renamed.
    with TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as made:
        staged = write(Path(made), settings=settings)
        [quads] = _write_checkable(write, Path(made), staged, settings)
        extra = [Path(path) for path in settings.shapes]
        report = validate_rdf(quads, base_iri=settings.base_iri, extra=extra)
        folder.mkdir(exist_ok=True)
        written = write_report(report, folder / REPORT)
        said = describe_report(report, base_iri=settings.base_iri)
        if report.violations:
            raise KgpipeError(
                f"Nothing was published: {report.violations:,} violations of the SHACL shapes. "
                f"They are listed in {written}.\n{said}"
            )
        tell(said)
        return [*(path.replace(folder / path.name) for path in staged), written]


def _write_checkable(
    write: Callable[..., list[Path]], folder: Path, staged: list[Path], settings: PublishSettings
) -> list[Path]:
    """The N-Quads that shapes are written for, made anew where other forms are published."""
    if "nquads" in settings.syntaxes and not settings.rdf12:
        return [path for path in staged if path.suffix == ".nq"]
    (apart := folder / "checked").mkdir()
    plain = settings.model_copy(update={"syntaxes": ("nquads",), "rdf12": False})
    return write(apart, settings=plain)
