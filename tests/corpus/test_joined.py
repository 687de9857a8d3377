from kgpipe.corpus.grids import Grid
from kgpipe.corpus.joined import split_rows
from kgpipe.corpus.lines import Line, line_of
from tests.corpus.typeset import set_lines

GRID = Grid((0, 100, 200), (0, 10, 50), ((0, 1), (2, 3)))


def stack(*texts: str) -> list[Line]:
    return [line_of(line, 1) for line in set_lines(texts, y=12)]


def test_stacked_numbers_part_a_row() -> None:
    grid = split_rows(GRID, {2: stack("Ghana", "Mali", "Peru"), 3: stack("1", "2", "3")})
    assert grid.cells == ((0, 1), (2, 3), (4, 5), (6, 7))
    assert grid.ys == (0, 10, 23, 35, 50)


def test_a_cell_that_spans_rows_stays_whole() -> None:
    spanning = GRID._replace(cells=((0, 1), (0, 2), (0, 3)), ys=(0, 10, 50, 60))
    grid = split_rows(spanning, {0: stack("West", "Africa"), 2: stack("1", "2"), 3: stack("9")})
    assert grid is spanning
    wide = Grid((0, 50, 100, 200), (0, 10, 50), ((0, 1, 2), (0, 3, 4)))
    grid = split_rows(wide, {0: stack("x"), 3: stack("a", "b"), 4: stack("1", "2")})
    assert grid.cells == ((0, 1, 2), (0, 3, 4), (0, 5, 6))


def test_wrapped_words_part_nothing() -> None:
    assert split_rows(GRID, {2: stack("Sierra", "Leone"), 3: stack("22.4")}) is GRID
    assert split_rows(GRID, {2: stack("A", "B"), 3: stack("of gold", "and mercury")}) is GRID
