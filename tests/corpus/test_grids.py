from hypothesis import given, settings
from hypothesis import strategies as st

from kgpipe.corpus.grids import find_grids
from kgpipe.pages import Rule


def level(y: float, x0: float = 0, x1: float = 100) -> Rule:
    return (x0, y, x1, y)


def upright(x: float, y0: float = 0, y1: float = 40) -> Rule:
    return (x, y0, x, y1)


BOX = [level(0), level(20), level(40), upright(0), upright(50), upright(100)]


def test_crossing_rules_make_a_grid() -> None:
    (grid,) = find_grids(BOX)
    assert (grid.xs, grid.ys) == ((0, 50, 100), (0, 20, 40))
    assert grid.cells == ((0, 1), (2, 3))
    assert [grid.cell_at(x, y) for x, y in ((10, 10), (60, 30), (120, 10), (10, -1))] == [
        0, 3, None, None,
    ]  # fmt: skip


def test_a_cell_spans_what_no_rule_parts() -> None:
    # The first row has no inner rule: a header above both columns.
    rules = [*BOX[:4], upright(50, 20, 40), upright(100)]
    assert find_grids(rules)[0].cells == ((0, 0), (1, 2))
    # The first column has none between the rows.
    rules = [level(0), level(20, 50, 100), level(40), *BOX[3:]]
    assert find_grids(rules)[0].cells == ((0, 1), (0, 2))


def test_open_sides_are_closed_where_the_rules_end() -> None:
    (grid,) = find_grids([level(0), level(20), level(40), upright(30), upright(60)])
    assert grid.xs == (0, 30, 60, 100)


def test_double_rules_are_one_and_broken_ones_go_on() -> None:
    doubled = [*BOX, level(21), upright(51.5)]
    assert find_grids(doubled)[0].cells == ((0, 1), (2, 3))
    broken = [level(0), level(20, 0, 49), level(20, 51, 100), level(40), *BOX[3:]]
    assert find_grids(broken)[0].cells == ((0, 1), (2, 3))


def test_boxes_lines_and_drawings_are_no_grids() -> None:
    assert find_grids([]) == []
    assert find_grids([level(0), level(40), upright(0), upright(100)]) == []
    assert find_grids([level(y) for y in range(0, 40, 10)]) == []
    assert find_grids([level(10 * y) for y in range(2000)]) == []


def test_separate_tables_are_separate_grids() -> None:
    second = [(x0, y0 + 100, x1, y1 + 100) for x0, y0, x1, y1 in BOX]
    assert [grid.ys[0] for grid in find_grids(second + BOX)] == [0, 100]


@settings(deadline=None, max_examples=50, derandomize=True)
@given(st.lists(st.sampled_from([*BOX, upright(25), level(30), upright(75, 20, 40)]), max_size=12))
def test_cells_are_numbered_without_gaps(rules: list[Rule]) -> None:
    for grid in find_grids(rules):
        assert {cell for row in grid.cells for cell in row} == set(
            range(max(map(max, grid.cells)) + 1)
        )
        assert len(grid.cells) == len(grid.ys) - 1
        assert {len(row) for row in grid.cells} == {len(grid.xs) - 1}
