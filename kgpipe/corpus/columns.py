"""Tables without rules: lines whose words stand in columns, at least one of them of numbers."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from kgpipe.corpus.grids import Grid
from kgpipe.corpus.lines import Line
from kgpipe.types import RawWord

_NUMBER = re.compile(r"[(<>~\u2248+\-\u2212$\u20ac\u00a3]*\d[\d.,\u00a0]*[%)*]*$")
# A table has at least so many rows with numbers beneath its header.
_MIN_ROWS = 3
# A header has at most so many lines.
_MAX_HEADER = 4
# At least this share of a column's cells are numbers, in a column of numbers.
_NUMERIC = 0.7
# The rest is in line heights. Blanks so wide part the cells of a row, and columns.
_CELL_GAP = 1.2
_COLUMN_GAP = 0.6
# Rows further apart, top to top, belong to different tables.
_PITCH = 3.0
# Lines share a row if they share this much of their height.
_SAME_ROW = 0.5


class _Row(NamedTuple):
    """What stands at one height, from left to right."""

    words: tuple[RawWord, ...]
    y0: float
    y1: float

    @property
    def height(self) -> float:
        return max(self.y1 - self.y0, 0.1)


def find_columns(lines: Sequence[Line]) -> list[Grid]:
    """Return a grid for each run of rows whose words stand in columns under a header."""
    rows = _rows(lines)
    grids: list[Grid] = []
    start = 0
    while start < len(rows):
        end = start
        while end < len(rows) and _is_data(rows[end]) and (end == start or _near(rows, end)):
            end += 1
        grid = _grid(rows, start, end) if end - start >= _MIN_ROWS else None
        if grid:
            grids.append(grid)
        start = max(end, start + 1)
    return grids


def _rows(lines: Sequence[Line]) -> list[_Row]:
    """Upright lines by height; what stands side by side is one row."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: (line.y0 + line.y1, line.x0)):
        if line.y1 - line.y0 > 3 * line.words[0].x1 - 3 * line.words[0].x0 + 3 * line.height:
            # Sideways text.
            continue
        if rows and _shared(rows[-1][0], line) > _SAME_ROW:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [
        _Row(
            tuple(sorted((word for line in row for word in line.words), key=lambda word: word.x0)),
            row[0].y0,
            row[0].y1,
        )
        for row in rows
    ]


def _shared(above: Line, below: Line) -> float:
    shared = min(above.y1, below.y1) - max(above.y0, below.y0)
    return shared / max(min(above.y1 - above.y0, below.y1 - below.y0), 0.1)


def _cells(row: _Row) -> list[list[RawWord]]:
    cells = [[row.words[0]]]
    for left, right in pairwise(row.words):
        if right.x0 - left.x1 > _CELL_GAP * row.height:
            cells.append([])
        cells[-1].append(right)
    return cells


def _is_data(row: _Row) -> bool:
    """Whether the row has a label in words and a number in a later cell."""
    label, *values = _cells(row)
    return any(char.isalpha() for word in label for char in word.text) and any(
        len(cell) == 1 and _NUMBER.match(cell[0].text) for cell in values
    )


def _near(rows: Sequence[_Row], at: int) -> bool:
    return rows[at].y0 - rows[at - 1].y0 < _PITCH * rows[at].height


def _grid(rows: Sequence[_Row], start: int, end: int) -> Grid | None:
    data = rows[start:end]
    edges = _edges(data)
    if len(edges) < 2:
        return None
    inner = [(left[1] + right[0]) / 2 for left, right in pairwise(edges)]
    numeric = [column for column in range(1, len(edges)) if _is_numeric(data, edges[column])]
    xs = [edges[0][0] - 1, *inner, edges[-1][1] + 1]
    first = start
    while first > 0 and start - first < _MAX_HEADER and _is_header(rows, first - 1, xs):
        first -= 1
    headed = {
        column
        for row in rows[first:start]
        for word in row.words
        for column in numeric
        if xs[column] <= (word.x0 + word.x1) / 2 <= xs[column + 1]
    }
    if not numeric or 2 * len(headed) < len(numeric):
        return None
    table = rows[first:end]
    ys = [table[0].y0 - 1]
    ys += [(above.y1 + below.y0) / 2 for above, below in pairwise(table)]
    ys.append(table[-1].y1 + 1)
    columns = len(edges)
    cells = tuple(tuple(range(at, at + columns)) for at in range(0, columns * len(table), columns))
    return Grid(tuple(xs), tuple(ys), cells)


def _edges(rows: Sequence[_Row]) -> list[tuple[float, float]]:
    """Left and right edge of each column: what no blank parts that all rows share."""
    gap = _COLUMN_GAP * min(row.height for row in rows)
    edges: list[tuple[float, float]] = []
    for x0, x1 in sorted((word.x0, word.x1) for row in rows for word in row.words):
        if edges and x0 - edges[-1][1] <= gap:
            edges[-1] = (edges[-1][0], max(edges[-1][1], x1))
        else:
            edges.append((x0, x1))
    return edges


def _is_numeric(rows: Sequence[_Row], edge: tuple[float, float]) -> bool:
    cells = [list(_inside(row, edge)) for row in rows]
    filled = [cell for cell in cells if cell]
    numbers = [cell for cell in filled if len(cell) == 1 and _NUMBER.match(cell[0].text)]
    return len(numbers) >= max(_MIN_ROWS, _NUMERIC * len(filled))


def _inside(row: _Row, edge: tuple[float, float]) -> Iterator[RawWord]:
    return (word for word in row.words if edge[0] <= (word.x0 + word.x1) / 2 <= edge[1])


def _is_header(rows: Sequence[_Row], at: int, xs: Sequence[float]) -> bool:
    """Whether the row stands close above, within the table's width, and is no running text."""
    row = rows[at]
    if not _near(rows, at + 1) or row.words[0].x0 < xs[0] - row.height:
        return False
    if row.words[-1].x1 > xs[-1] + 3 * row.height or row.words[-1].text.endswith((".", ":")):
        return False
    return len(_cells(row)) > 1 or row.words[0].x0 > xs[1] - row.height
