"""Tables of a page: its lines with those of each table regrouped row by row and cell by cell."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from kgpipe.corpus.columns import find_columns
from kgpipe.corpus.grids import Grid, find_grids
from kgpipe.corpus.joined import split_rows
from kgpipe.corpus.lines import Line, Place, line_of
from kgpipe.pages import RawPage, RawWord
from kgpipe.types import Table

# A grid with a longer cell, or with so long ones on average (words), is the layout of running text.
_LONGEST_CELL = 60
_USUAL_CELL = 14
# At least this share of a table's places holds text: charts and forms are emptier.
_FILLED = 0.4
# With a smaller share of numbers, a table has so many columns, and headers of so few words.
_NUMBERS = 0.2
_TEXT_COLUMNS = 3
_HEADER_WORDS = 8

Layout = tuple[tuple[int | None, ...], ...]


class Lifted(NamedTuple):
    """The lines of all pages, and for each table the cell number at each row and column."""

    pages: list[list[Line]]
    layouts: list[Layout]


def lift_tables(pages: Sequence[RawPage], lines: Sequence[Sequence[Line]]) -> Lifted:
    """Regroup the lines of tables, ruled ones and those with aligned columns of numbers.

    Args:
        pages: as the page reader returned them, with their drawn rules.
        lines: each page's lines.

    Returns:
        Lines in which those of a table follow one another in reading order of its cells, with
        their `place`; the table stands where its first line stood.
    """
    lifted = Lifted([], [])
    for page, own in zip(pages, lines, strict=True):
        rest = list(own)
        for grid in find_grids(page.rules):
            rest = _lift(grid, rest, lifted.layouts)
        for grid in find_columns([line for line in rest if line.place is None]):
            rest = _lift(grid, rest, lifted.layouts)
        lifted.pages.append(rest)
    return lifted


def build_tables(
    layouts: Sequence[Layout], cells: dict[tuple[int, int], tuple[int, int]]
) -> tuple[Table, ...]:
    """The tables of a text in its order, given where it has each (table, cell)."""
    tables: list[Table] = []
    for number, layout in enumerate(layouts):
        rows = tuple(
            tuple(None if cell is None else cells.get((number, cell)) for cell in row)
            for row in layout
        )
        if any(cell for row in rows for cell in row):
            tables.append(Table(rows=rows))
    return tuple(sorted(tables, key=lambda table: min(c for row in table.rows for c in row if c)))


def _lift(grid: Grid, lines: list[Line], layouts: list[Layout]) -> list[Line]:
    """The lines with the grid's regrouped; unchanged if it holds no table."""
    inside: dict[int, list[Line]] = defaultdict(list)
    outside: list[Line] = []
    at: int | None = None
    for line in lines:
        parts = {} if line.place else _cut(line, grid)
        for cell, words in parts.items():
            if cell is not None:
                at = len(outside) if at is None else at
                inside[cell].append(line_of(words, line.page))
        rest = parts.get(None, ()) if parts else line.words
        if rest:
            outside.append(line if len(rest) == len(line.words) else line_of(rest, line.page))
    finer = split_rows(grid, inside)
    if finer is not grid:
        return _lift(finer, lines, layouts)
    layout = _layout(grid, inside)
    if at is None or not _is_table(layout, inside):
        return lines
    table = list(_table_lines(layout, inside, number=len(layouts)))
    layouts.append(layout)
    return outside[:at] + table + outside[at:]


def _cut(line: Line, grid: Grid) -> dict[int | None, list[RawWord]]:
    """The words of a line by cell; None for those outside the grid."""
    parts: dict[int | None, list[RawWord]] = defaultdict(list)
    if (
        line.x1 < grid.xs[0]
        or line.x0 > grid.xs[-1]
        or line.y1 < grid.ys[0]
        or line.y0 > grid.ys[-1]
    ):
        return parts
    for word in line.words:
        parts[grid.cell_at((word.x0 + word.x1) / 2, (word.y0 + word.y1) / 2)].append(word)
    return parts


def _layout(grid: Grid, inside: dict[int, list[Line]]) -> Layout:
    """The grid's cells without empty rows and columns, and without columns of one cell's parts."""
    rows = [[cell if cell in inside else None for cell in row] for row in grid.cells]
    columns = [list(column) for column in zip(*rows, strict=True)]
    kept = [
        column
        for at, column in enumerate(columns)
        if any(cell is not None for cell in column) and (at == 0 or column != columns[at - 1])
    ]
    return tuple(
        tuple(row) for row in zip(*kept, strict=True) if any(cell is not None for cell in row)
    )


def _is_table(layout: Layout, inside: dict[int, list[Line]]) -> bool:
    rows = [row for row in layout if len(set(row) - {None}) > 1]
    if len(rows) < 2:
        return False
    lengths = [sum(len(line.words) for line in lines) for lines in inside.values()]
    filled = sum(cell is not None for row in layout for cell in row)
    columns = len(layout[0])
    numbers = sum(_is_number(lines) for lines in inside.values())
    if numbers < _NUMBERS * len(inside) and not _has_header(layout, inside):
        # Labels with remarks.
        return False
    return (
        max(lengths) <= _LONGEST_CELL
        and sum(lengths) <= _USUAL_CELL * len(lengths)
        and filled >= _FILLED * len(layout) * columns
    )


def _has_header(layout: Layout, inside: dict[int, list[Line]]) -> bool:
    """Whether each column of a table of words has a short first cell."""
    heads = [inside[cell] for cell in layout[0] if cell is not None]
    longest = max(sum(len(line.words) for line in lines) for lines in heads)
    return len(heads) == len(layout[0]) >= _TEXT_COLUMNS and longest <= _HEADER_WORDS


def _is_number(lines: Sequence[Line]) -> bool:
    text = "".join(word.text for line in lines for word in line.words)
    return any(map(str.isdigit, text)) and sum(map(str.isalpha, text)) < len(text) / 2


def _table_lines(layout: Layout, inside: dict[int, list[Line]], *, number: int) -> Iterator[Line]:
    """The lines of a table in reading order: a cell stands in the first row that it covers."""
    seen: set[int] = set()
    for row, cells in enumerate(layout):
        for cell in cells:
            if cell is None or cell in seen:
                continue
            seen.add(cell)
            for line in sorted(inside[cell], key=lambda line: (line.y0 + line.y1) / 2):
                yield line._replace(place=Place(number, row, cell))
