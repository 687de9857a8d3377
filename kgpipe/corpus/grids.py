"""Drawn lines to grids of cells: what a ruled table looks like before its words are known."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from kgpipe.pages import Rule

# Points. Lines so close are one line drawn twice, or the two sides of a border.
_SNAP = 3.0
# A page of more strokes in one direction shows a drawing.
_MAX_STROKES = 1500
# More lines each way are a drawing.
_MAX_LINES = 300
# Lines that end so far beyond the outermost crossing ones enclose a row or column without border.
_OPEN = 12.0


class Stroke(NamedTuple):
    """A line at height or abscissa `at`, reaching from `start` to `end` along its direction."""

    at: float
    start: float
    end: float


class Grid(NamedTuple):
    """Columns between `xs`, rows between `ys`; `cells[row][column]` numbers the cell there.

    Cells are numbered in reading order; one without a line between its parts spans them all.
    """

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    cells: tuple[tuple[int, ...], ...]

    def cell_at(self, x: float, y: float) -> int | None:
        """The cell that holds a point, None outside the grid."""
        column, row = bisect_right(self.xs, x) - 1, bisect_right(self.ys, y) - 1
        inside = 0 <= column < len(self.xs) - 1 and 0 <= row < len(self.ys) - 1
        return self.cells[row][column] if inside else None


def find_grids(rules: Iterable[Rule]) -> list[Grid]:
    """Return the grids of at least two rows and two columns that `rules` draw, topmost first."""
    rules = list(rules)
    level = _joined(Stroke(y0, x0, x1) for x0, y0, x1, y1 in rules if y0 == y1)
    upright = _joined(Stroke(x0, y0, y1) for x0, y0, x1, y1 in rules if y0 != y1)
    if max(len(level), len(upright)) > _MAX_STROKES:
        return []
    grids = [_grid(rows, columns) for rows, columns in _connected(level, upright)]
    return sorted((grid for grid in grids if grid), key=lambda grid: (grid.ys[0], grid.xs[0]))


def _joined(strokes: Iterable[Stroke]) -> list[Stroke]:
    """Strokes of almost one line as one, pieces that touch as one piece."""
    lines: list[list[Stroke]] = []
    for stroke in sorted(strokes):
        if (
            lines
            and stroke.at - lines[-1][-1].at <= _SNAP
            and stroke.at - lines[-1][0].at <= 2 * _SNAP
        ):
            lines[-1].append(stroke)
        else:
            lines.append([stroke])
    return [piece for line in lines for piece in _pieces(line)]


def _pieces(line: Sequence[Stroke]) -> Iterator[Stroke]:
    at = sum(stroke.at for stroke in line) / len(line)
    start, end = float("inf"), float("-inf")
    for stroke in sorted(line, key=lambda stroke: (stroke.start, stroke.end)):
        if stroke.start > end + _SNAP and start < end:
            yield Stroke(at, start, end)
            start = float("inf")
        start, end = min(start, stroke.start), max(end, stroke.end)
    yield Stroke(at, start, end)


def _connected(
    level: Sequence[Stroke], upright: Sequence[Stroke]
) -> list[tuple[list[Stroke], list[Stroke]]]:
    """Groups of level and upright strokes that hang together by crossings."""
    group = list(range(len(level) + len(upright)))

    def find(item: int) -> int:
        while group[item] != item:
            group[item] = group[group[item]]
            item = group[item]
        return item

    for row, across in enumerate(level):
        for column, down in enumerate(upright, len(level)):
            if _cross(across, down):
                group[find(column)] = find(row)
    found: dict[int, tuple[list[Stroke], list[Stroke]]] = defaultdict(lambda: ([], []))
    for item in range(len(group)):
        if item < len(level):
            found[find(item)][0].append(level[item])
        else:
            found[find(item)][1].append(upright[item - len(level)])
    return list(found.values())


def _cross(across: Stroke, down: Stroke) -> bool:
    return (
        across.start - _SNAP <= down.at <= across.end + _SNAP
        and down.start - _SNAP <= across.at <= down.end + _SNAP
    )


def _grid(level: Sequence[Stroke], upright: Sequence[Stroke]) -> Grid | None:
    if not level or not upright:
        return None
    ys, xs = _places(level, upright), _places(upright, level)
    # Two rows and two columns have three lines each way.
    if not (3 <= len(ys) <= _MAX_LINES and 3 <= len(xs) <= _MAX_LINES):
        return None
    columns = len(xs) - 1
    parent = list(range((len(ys) - 1) * columns))
    for row in range(len(ys) - 1):
        middle_y = (ys[row] + ys[row + 1]) / 2
        for column in range(columns):
            middle_x = (xs[column] + xs[column + 1]) / 2
            slot = row * columns + column
            if column and not _drawn(upright, xs[column], middle_y):
                parent[slot] = parent[slot - 1]
            elif row and not _drawn(level, ys[row], middle_x):
                parent[slot] = parent[slot - columns]
    numbers = {first: number for number, first in enumerate(dict.fromkeys(parent))}
    cells = [numbers[first] for first in parent]
    rows = [tuple(cells[at : at + columns]) for at in range(0, len(cells), columns)]
    return Grid(tuple(xs), tuple(ys), tuple(rows))


def _places(strokes: Sequence[Stroke], crossing: Sequence[Stroke]) -> list[float]:
    """Where the lines are, each once, and where the crossing ones end if no line closes these."""
    places: list[float] = []
    for at in sorted(stroke.at for stroke in strokes):
        if not places or at - places[-1] > _SNAP:
            places.append(at)
    first = min(stroke.start for stroke in crossing)
    last = max(stroke.end for stroke in crossing)
    before = [first] if first < places[0] - _OPEN else []
    after = [last] if last > places[-1] + _OPEN else []
    return before + places + after


def _drawn(strokes: Sequence[Stroke], at: float, middle: float) -> bool:
    """Whether a line at `at` passes the point `middle` of the other direction."""
    first = bisect_left(strokes, at - _SNAP, key=lambda stroke: stroke.at)
    for stroke in strokes[first:]:
        if stroke.at > at + _SNAP:
            return False
        if stroke.start - _SNAP <= middle <= stroke.end + _SNAP:
            return True
    return False
