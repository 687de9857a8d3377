import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from kgpipe.errors import KgpipeError
from kgpipe.review import workbook
from kgpipe.review.export import FACTS, write_disputes, write_queue
from kgpipe.review.importing import read_labels
from kgpipe.review.workbook import LINKS_SHOWN, Looks, read_workbook, write_workbook
from tests.review.builders import make_row

ROWS = [make_row(number) for number in range(1, 6)]
LABEL, COMMENT, REVIEWER = (FACTS.columns.index(name) + 1 for name in FACTS.answers)


@pytest.fixture
def queue(tmp_path: Path) -> Path:
    path = tmp_path / "q.xlsx"
    assert write_queue(ROWS, path, links={"a.pdf": "external:in/a.pdf"}) == (5, None)
    return path


def edit(path: Path, *cells: tuple[int, int, object], merge: str = "") -> Path:
    """Save the workbook as an expert's spreadsheet would, with these cells changed."""
    book: Any = openpyxl.load_workbook(path)
    for row, column, value in cells:
        book.active.cell(row, column).value = value
    if merge:
        book.active.merge_cells(merge)
    book.save(path)
    return path


def test_what_an_expert_sees(queue: Path) -> None:
    sheet: Any = openpyxl.load_workbook(queue).active
    names = [cell.value for cell in sheet[1]]
    assert tuple(names) == FACTS.columns
    assert (sheet.freeze_panes, sheet.max_row) == ("A2", 6)
    [choice] = sheet.data_validations.dataValidation
    assert choice.formula1 == '"supported,refuted,unclear"'
    assert str(choice.sqref) == f"{sheet.cell(1, LABEL).column_letter}2:Q6"
    first = dict(zip(names, sheet[2], strict=True))
    assert first["quote"].alignment.wrap_text
    assert first["page"].hyperlink.target.replace("\\", "/") == "in/a.pdf"
    assert first["page"].hyperlink.location == "page=2"
    assert first["probability"].value == 0.7
    hidden = [name for name, cell in first.items()
              if sheet.column_dimensions[cell.column_letter].hidden]  # fmt: skip
    assert hidden[0] == "key"


def test_labels_come_back(queue: Path) -> None:
    edit(queue, (2, LABEL, "supported"), (3, LABEL, 0), (4, LABEL, True), (4, REVIEWER, "R2"))
    edits, rejections = read_labels(queue, annotator="R1")
    assert rejections == []
    assert [(one.number, one.label.label, one.label.annotator) for one in edits] == [
        (2, "supported", "R1"), (3, "refuted", "R1"), (4, "supported", "R2"),
    ]  # fmt: skip


def test_rows_and_columns_may_move(queue: Path) -> None:
    book: Any = openpyxl.load_workbook(edit(queue, (3, LABEL, "refuted")))
    sheet = book.active
    # A blank row and column before the table, and the fact columns behind the rest.
    sheet.move_range("B1:D6", cols=40)
    sheet.insert_rows(1)
    sheet.insert_cols(1)
    book.save(queue)
    edits, rejections = read_labels(queue)
    assert ([(one.number, one.label.key) for one in edits], rejections) == ([(4, "key-2")], [])


def test_merged_label_cells_are_named(queue: Path) -> None:
    letter = openpyxl.utils.get_column_letter(LABEL)
    edit(queue, (2, LABEL, "supported"), (5, LABEL, "refuted"), merge=f"{letter}2:{letter}4")
    edits, rejections = read_labels(queue)
    assert [one.number for one in edits] == [2, 5]
    assert [(one.item, one.reason) for one in rejections] == [
        ("q.xlsx:3", "merged_label"), ("q.xlsx:4", "merged_label"),
    ]  # fmt: skip


def test_a_formula_in_a_comment_stays_text(queue: Path, tmp_path: Path) -> None:
    evil = "=cmd|' /C calc'!A0"
    edit(queue, (2, LABEL, "refuted"), (2, COMMENT, f"'{evil}"))
    ((_, label, _),), _ = read_labels(queue)
    assert label.comment == evil
    back = tmp_path / "back.xlsx"
    write_queue([make_row(1, label="refuted", comment=evil, reviewer="R")], back)
    book: Any = openpyxl.load_workbook(back)
    cell = book.active.cell(2, COMMENT)
    assert (cell.value, cell.data_type) == (f"'{evil}", "s")
    assert read_labels(back) == ([], [])


def test_only_as_many_links_as_a_sheet_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert LINKS_SHOWN == 65_000
    monkeypatch.setattr(workbook, "LINKS_SHOWN", 2)
    rows = [(["1"], "external:a.pdf")] * 3
    write_workbook(rows, tmp_path / "l.xlsx", columns=["page"], looks=Looks(linked="page"))
    sheet: Any = openpyxl.load_workbook(tmp_path / "l.xlsx").active
    assert [bool(sheet.cell(row, 1).hyperlink) for row in (2, 3, 4)] == [True, True, False]


def test_more_rows_than_a_sheet_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MAX_ROWS", 3)
    with pytest.raises(KgpipeError, match="2 rows at most: write CSV"):
        write_queue(ROWS, tmp_path / "q.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_the_same_rows_give_the_same_bytes(queue: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.xlsx"
    write_queue(ROWS, again, links={"a.pdf": "external:in/a.pdf"})
    assert again.read_bytes() == queue.read_bytes()


def test_disputes_lead_with_what_was_said(tmp_path: Path) -> None:
    write_disputes([make_row(1, given="supported (R1); refuted (R2)")], tmp_path / "d.xlsx")
    rows = list(read_workbook(tmp_path / "d.xlsx"))
    assert (rows[0][1][0], rows[1][1][0]) == ("said", "supported (R1); refuted (R2)")


def test_unusable_workbooks_end_in_one_message(
    queue: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    torn = tmp_path / "torn.xlsx"
    torn.write_bytes(queue.read_bytes()[:2000])
    with pytest.raises(KgpipeError, match="as a workbook"):
        read_labels(torn)
    other = tmp_path / "other.xlsx"
    with zipfile.ZipFile(other, "w") as packed:
        packed.writestr("a.txt", "no workbook")
    with pytest.raises(KgpipeError, match="as a workbook"):
        read_labels(other)
    monkeypatch.setattr(workbook, "_MOST_UNPACKED_BYTES", 100)
    with pytest.raises(KgpipeError, match="unpacks to"):
        read_labels(queue)
