"""Tables without rules: lines whose words stand in columns, at least one of them of numbers."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from kgpipe.corpus.grids import Grid
from kgpipe.corpus.lines import Line
from kgpipe.pages import RawWord

_NUMBER = re.compile(r"[(<>~\u2248+\-\u2212$\u20ac\u00a3]*\d[\d.,\u00a0]*[%)*]*$")
# A table has at least so many rows with numbers beneath its header.
_MIN_ROWS = 3
# A header has at most so many lines.
_MAX_HEADER = 4
# At least this share of a column's cells are numbers, in a column of numbers.
_NUMERIC = 0.7
# A header that spans this share of the columns is the table's title.
_TITLE_SHARE = 0.7
# A last column of more words a cell is the text beside the table.
_MANY_WORDS = 5
# The rest is in line heights. Blanks so wide part the cells of a row, and columns.
_CELL_GAP = 1.2
_COLUMN_GAP = 0.6
# Headers stand closer than their columns; the blank between two words is narrower still.
_HEADER_GAP = 0.4
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


def _split(row: _Row, gap: float) -> list[list[RawWord]]:
    """The row's words, parted at blanks of more than `gap` line heights."""
    parts = [[row.words[0]]]
    for left, right in pairwise(row.words):
        if right.x0 - left.x1 > gap * row.height:
            parts.append([])
        parts[-1].append(right)
    return parts


def _is_data(row: _Row) -> bool:
    """Whether the row has a label in words and a number in a later cell."""
    label, *values = _split(row, _CELL_GAP)
    return any(char.isalpha() for word in label for char in word.text) and any(
        len(cell) == 1 and _NUMBER.match(cell[0].text) for cell in values
    )


def _near(rows: Sequence[_Row], at: int) -> bool:
    return rows[at].y0 - rows[at - 1].y0 < _PITCH * rows[at].height


def _grid(rows: Sequence[_Row], start: int, end: int) -> Grid | None:
    data = rows[start:end]
    edges = _table_edges(data)
    numeric = [column for column, edge in enumerate(edges) if column and _is_numeric(data, edge)]
    if not numeric:
        return None
    inner = [(left[1] + right[0]) / 2 for left, right in pairwise(edges)]
    xs = [edges[0][0] - 1, *inner, edges[-1][1] + 1]
    header: list[list[int | None]] = []
    first = start
    while first > 0 and len(header) < _MAX_HEADER:
        row = _clip(rows[first - 1], xs)
        if not row or not _near(rows, first):
            break
        columns = _header_columns(row, xs)
        if columns is None:
            break
        first -= 1
        header.insert(0, columns)
    named = {column for row in header for column in numeric if row[column] is not None}
    if 2 * len(named) < len(numeric):
        return None
    table = rows[first:end]
    ys = [table[0].y0 - 1, *((above.y1 + below.y0) / 2 for above, below in pairwise(table))]
    ys.append(table[-1].y1 + 1)
    return Grid(tuple(xs), tuple(ys), tuple(_cells_of(header, len(data), len(edges))))


def _cells_of(
    header: Sequence[Sequence[int | None]], rows: int, columns: int
) -> Iterator[tuple[int, ...]]:
    """Cell numbers: a header's stands in each column that it is above."""
    at = 0
    for above in header:
        numbers: dict[int, int] = {}
        row: list[int] = []
        for segment in above:
            # An empty place is a cell of its own.
            known = numbers.get(segment, at) if segment is not None else at
            if segment is not None:
                numbers[segment] = known
            at += known == at
            row.append(known)
        yield tuple(row)
    for _ in range(rows):
        yield tuple(range(at, at + columns))
        at += columns


def _header_columns(row: _Row, xs: Sequence[float]) -> list[int | None] | None:
    """Which of a row's segments stands above each column; None if it is no row of a header."""
    segments = list(_split(row, _HEADER_GAP))
    columns = len(xs) - 1
    claimed: list[int | None] = [None] * columns
    for number, segment in enumerate(segments):
        first, last = (
            bisect_right(xs, middle) - 1
            for middle in (
                (segment[0].x0 + segment[0].x1) / 2,
                (segment[-1].x0 + segment[-1].x1) / 2,
            )
        )
        if last - first >= _TITLE_SHARE * columns or (first == 0 and last > 0):
            return None
        for column in range(first, last + 1):
            if claimed[column] is not None:
                # Two segments above one column are one header.
                continue
            claimed[column] = number
    above = sum(column is not None for column in claimed[1:])
    return claimed if above and not row.words[-1].text.endswith((".", ":")) else None


def _clip(row: _Row, xs: Sequence[float]) -> _Row | None:
    """What of the row stands within the table's width."""
    words = tuple(word for word in row.words if xs[0] <= (word.x0 + word.x1) / 2 <= xs[-1])
    return row._replace(words=words) if words else None


def _table_edges(rows: Sequence[_Row]) -> list[tuple[float, float]]:
    """The columns' edges without those of text that stands beside the table."""
    edges = _edges(rows)
    while len(edges) > 1 and _is_beside(rows, edges[-1]):
        edges.pop()
    return edges


def _is_beside(rows: Sequence[_Row], edge: tuple[float, float]) -> bool:
    """Whether a last column is running text or the words of a margin."""
    cells = [cell for row in rows if (cell := list(_inside(row, edge)))]
    words = sum(map(len, cells))
    return not _is_numeric(rows, edge) and (
        words > _MANY_WORDS * len(cells) or len(cells) < len(rows) / 2
    )


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
