import pytest

from kgpipe.errors import ItemError
from kgpipe.extract.columns import Reading, read_columns
from tests.extract.tabular import Grid, document_of


def read(grid: Grid) -> Reading:
    document = document_of(("", grid))
    (table,) = document.tables
    texts = [[document.text[slice(*cell)] if cell else "" for cell in row] for row in table.rows]
    return read_columns(table, texts, language="en")


def test_header_label_and_numbers() -> None:
    reading = read([["No.", "Country", "Mines"], ["1", "Ghana", "53"], ["2", "Mali", "7"]])
    assert reading.header_rows == 1
    assert reading.label.header.name == "country"
    assert [column.numeric for column in reading.columns] == [True, False, True]


def test_a_header_of_two_rows_with_years() -> None:
    reading = read([["Country", "Gold (t)", "<"], ["^", "2014", "2015"], ["Ghana", "90", "95"]])
    assert reading.header_rows == 2
    assert [tuple(column.header) for column in reading.columns[1:]] == [
        ("gold", "t", "2014"), ("gold", "t", "2015"),
    ]  # fmt: skip


def test_a_row_that_heads_a_group_is_no_header() -> None:
    grid = [["Country", "Mines"], ["Africa", "<"], ["Ghana", "53"], ["Mali", "7"]]
    assert read(grid).header_rows == 1


def test_rows_are_told_apart_by_their_label() -> None:
    grid = [["Region", "Site", "Mines"]]
    grid += [["North", "Doko", "3"], ["North", "Siguiri", "4"], ["North", "Kintinian", "5"]]
    assert read(grid).label.header.name == "site"


@pytest.mark.parametrize(
    ("grid", "reason"),
    [
        ([["Ghana", "53"], ["Mali", "7"]], "no_header"),
        ([["Ghana", "mines"], ["Mali", "mines"]], "no_header"),
        ([["09/18/2015", "Ghana"], ["09/19/2015", "Mali"]], "no_header"),
        ([["Mines", "Sites"], ["3", "4"], ["5", "6"]], "no_row_label"),
        (
            [["Remark", "Mines"], ["so many words that it can name no row at all", "4"]],
            "no_row_label",
        ),
        ([["Region", "Mines"], ["North", "4"], ["North", "6"], ["North", "7"]], "no_row_label"),
    ],
)
def test_what_cannot_be_read(grid: Grid, reason: str) -> None:
    with pytest.raises(ItemError) as caught:
        read(grid)
    assert caught.value.reason == reason
