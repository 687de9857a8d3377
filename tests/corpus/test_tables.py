from pathlib import Path

import pytest

from kgpipe.backends.pdf import PdfiumReader
from kgpipe.corpus.clean import CleanText, clean_pages
from kgpipe.pages import RawPage, Rule
from kgpipe.settings import ReadSettings
from tests.corpus.typeset import RawLine, set_line, set_page

RULES: tuple[Rule, ...] = (
    *((40, y, 240, y) for y in (95, 115, 145, 165)),
    *((x, 95, x, 165) for x in (40, 120, 180, 240)),
)
# The label of the second row takes two lines.
CELLS = [
    set_line(text, x=x, y=y)
    for x, y, text in (
        (45, 100, "Country"), (125, 100, "Mines"), (185, 100, "Area"),
        (45, 116, "Sierra"), (45, 125, "Leo-"), (45, 134, "ne"),
        (125, 125, "103"), (185, 125, "22.4"),
        (45, 150, "Peru"), (125, 150, "34"), (185, 150, "12.9"),
    )
]  # fmt: skip


def page(*lines: RawLine, rules: tuple[Rule, ...] = RULES) -> RawPage:
    return set_page(*lines).model_copy(update={"rules": rules})


def texts(clean: CleanText) -> list[list[list[str | None]]]:
    return [
        [[cell and clean.text[slice(*cell)] for cell in row] for row in table.rows]
        for table in clean.tables
    ]


def test_a_ruled_table_is_read_row_by_row() -> None:
    before, after = set_line("A caption.", y=60), set_line("More text.", y=300)
    clean = clean_pages([page(before, *CELLS, after)], settings=ReadSettings())
    assert clean.text.split("\n\n") == [
        "A caption.",
        "Country\tMines\tArea",
        "Sierra Leone\t103\t22.4",
        "Peru\t34\t12.9",
        "More text.",
    ]
    assert texts(clean) == [
        [["Country", "Mines", "Area"], ["Sierra Leone", "103", "22.4"], ["Peru", "34", "12.9"]]
    ]


def test_tables_stand_in_text_order() -> None:
    lower = tuple((x0, y0 + 200, x1, y1 + 200) for x0, y0, x1, y1 in RULES)
    moved = [
        tuple(word._replace(y0=word.y0 + 200, y1=word.y1 + 200) for word in line) for line in CELLS
    ]
    clean = clean_pages([page(*moved, *CELLS, rules=RULES + lower)], settings=ReadSettings())
    starts = [cell[0] for table in clean.tables if (cell := table.rows[0][0])]
    assert len(starts) == 2
    assert starts == sorted(starts)


def test_running_text_in_a_grid_stays_text() -> None:
    words = " ".join(["mercury"] * 8)
    prose = [set_line(words, x=x, y=y, size=1) for x in (45, 125, 185) for y in range(97, 160, 4)]
    clean = clean_pages([page(*prose)], settings=ReadSettings())
    assert clean.tables == ()


def test_the_table_of_the_sample(sample: Path) -> None:
    pages = PdfiumReader().read_pages(sample / "pdf" / "04-plan-costs.pdf")
    clean = clean_pages(pages, settings=ReadSettings())
    (rows,) = texts(clean)
    assert rows[0] == [
        "Country", "Budget lines", "Budget (million US dollars)", "Largest category",
    ]  # fmt: skip
    assert rows[7] == ["Republic of the Congo", "75", "5.4", "mining practice reform"]
    assert len(rows) == 10


@pytest.mark.shared
def test_a_cell_of_two_lines_in_a_real_report(shared_data: Path) -> None:
    name = "DepartmentDefenseUS_Strategic-Critical-Materials-2015-Stockpile-Requirements.pdf"
    pages = PdfiumReader().read_pages(shared_data / "pdf" / "asgm_real" / name)
    (rows,) = texts(clean_pages(pages[17:18], settings=ReadSettings()))
    assert ["14", "Dysprosium", "7", "0", "metric tons oxide"] in rows
