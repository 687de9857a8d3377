"""Rows that no rule parts: where a ruled cell stacks numbers, each of them is a row's."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from kgpipe.corpus.grids import Grid
from kgpipe.corpus.lines import Line


def split_rows(grid: Grid, inside: Mapping[int, Sequence[Line]]) -> Grid:
    """Part each row in which one cell stacks numbers and another at least as many lines.

    Args:
        grid: as the rules draw it.
        inside: the lines in each of its cells.

    Returns:
        The grid with more rows, or itself. A cell that spans rows stays whole.
    """
    ys = [grid.ys[0]]
    keys: list[list[tuple[int, int]]] = []
    for at, (row, bottom) in enumerate(zip(grid.cells, grid.ys[1:], strict=True)):
        around = {
            cell
            for other in grid.cells[max(at - 1, 0) : at + 2]
            if other is not row
            for cell in other
        }
        own = [cell for cell in dict.fromkeys(row) if cell not in around]
        cuts = list(_cuts([inside.get(cell, ()) for cell in own]))
        ys += [*cuts, bottom]
        keys += [
            [(cell, part if cell in own else 0) for cell in row] for part in range(len(cuts) + 1)
        ]
    if len(ys) == len(grid.ys):
        return grid
    numbers = {key: at for at, key in enumerate(dict.fromkeys(key for row in keys for key in row))}
    return Grid(grid.xs, tuple(ys), tuple(tuple(numbers[key] for key in row) for row in keys))


def _cuts(cells: Sequence[Sequence[Line]]) -> Iterator[float]:
    """Where to part a row of cells: between the numbers that one of them stacks."""
    stacks = [levels for lines in cells if (levels := _stack(lines))]
    tallest = max(stacks, key=len, default=[])
    as_tall = sum(len({round(line.y0) for line in lines}) >= len(tallest) for lines in cells)
    if as_tall > 1:
        yield from ((above + below) / 2 for above, below in pairwise(tallest))


def _stack(lines: Sequence[Line]) -> list[float]:
    """The middles of lines that hold one number each, if there are several and nothing else."""
    alone = all(len(line.words) == 1 and _is_number(line.words[0].text) for line in lines)
    levels = sorted((line.y0 + line.y1) / 2 for line in lines)
    apart = all(below - above > 1 for above, below in pairwise(levels))
    return levels if alone and apart and len(levels) > 1 else []


def _is_number(text: str) -> bool:
    return any(map(str.isdigit, text)) and not any(map(str.isalpha, text))
