from kgpipe.corpus.columns import find_columns
from kgpipe.corpus.lines import Line, line_of
from kgpipe.pages import RawWord
from tests.corpus.typeset import RawLine, set_line


def lines_of(*raw: RawLine) -> list[Line]:
    return [line_of(line, 1) for line in raw]


def row(y: float, *cells: tuple[float, str]) -> RawLine:
    return tuple(word for x, text in cells for word in set_line(text, x=x, y=y))


def title(text: str, *, x: float) -> RawLine:
    """Words parted by blanks as narrow as those of print."""
    words: list[RawWord] = []
    for part in text.split():
        words += set_line(part, x=words[-1].x1 + 2 if words else x, y=88)
    return tuple(words)


TABLE = [
    row(100, (50, "Country"), (150, "Mines"), (200, "Area")),
    row(112, (50, "Ghana"), (150, "53"), (200, "47.2")),
    row(124, (50, "Sierra Leone"), (150, "103"), (200, "22.4")),
    row(136, (50, "Peru"), (150, "34"), (200, "12.9")),
]


def test_aligned_numbers_under_a_header_are_a_table() -> None:
    (grid,) = find_columns(lines_of(*TABLE))
    assert len(grid.ys) == 5
    assert len(grid.xs) == 4
    assert grid.cells[0] == (0, 1, 2)
    assert grid.cell_at(155, 117) == 4


def test_columns_of_lines_are_found_in_any_order() -> None:
    words = [set_line(word.text, x=word.x0, y=word.y0) for line in TABLE for word in line]
    assert find_columns(lines_of(*sorted(words))) == find_columns(lines_of(*TABLE))


def test_a_header_above_two_columns_spans_them() -> None:
    (grid,) = find_columns(lines_of(title("Gold in 2020", x=150), *TABLE))
    assert grid.cells[0] == (0, 1, 1)


def test_a_title_across_the_table_is_no_header() -> None:
    across = title("Mines and mined area by country", x=50)
    (grid,) = find_columns(lines_of(across, *TABLE))
    assert len(grid.ys) == 5


def test_text_beside_the_table_stays_outside() -> None:
    beside = [set_line("the plan of the country says much", x=260, y=y) for y in (112, 124, 136)]
    (grid,) = find_columns(lines_of(*TABLE, *beside))
    assert grid.xs[-1] < 260


def test_prose_and_numbers_without_header_are_no_tables() -> None:
    left = [set_line("mercury harms the fish of the river", y=y) for y in (100, 112, 124, 136)]
    right = [set_line("the plan costs 40 million", x=260, y=y) for y in (100, 112, 124, 136)]
    assert find_columns(lines_of(*left, *right)) == []
    assert find_columns(lines_of(*TABLE[1:])) == []
    assert find_columns(lines_of(*TABLE[:3])) == []
