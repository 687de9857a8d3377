import csv
from pathlib import Path

import pytest

from kgpipe.errors import KgpipeError
from kgpipe.review.export import FACTS, write_queue
from tests.review.builders import make_row


def cells_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_the_file_is_what_excel_opens(tmp_path: Path) -> None:
    path = tmp_path / "new" / "review.csv"
    assert write_queue([make_row(1), make_row(2, page=None, probability=None)], path) == (2, None)
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbfclaim_id,")
    # One line a row, so that a row number is a line number.
    assert content.count(b"\n") == content.count(b"\r\n") == 3
    first, second = cells_of(path)
    assert tuple(first) == FACTS.columns
    assert (first["quote"], first["page"], first["probability"]) == (
        "Miner 1 uses mercury.",
        "2",
        "0.70",
    )
    assert first["evidence_1"] == "They use mercury, too. [note.txt]"
    assert first["evidence_2"] == first["label"] == second["page"] == second["probability"] == ""
    assert first["row_hash"] != second["row_hash"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_no_cell_starts_a_formula(tmp_path: Path, start: str) -> None:
    text = f"{start}cmd|' /C calc'!A0"
    row = make_row(
        subject=text,
        predicate=text,
        object=text,
        quote=text,
        evidence=((text, text),),
        document=text,
    )
    write_queue([row], tmp_path / "q.csv")
    assert all(
        cell[:1] not in "=+-@" or not cell for cell in cells_of(tmp_path / "q.csv")[0].values()
    )


def test_the_same_rows_give_the_same_file(tmp_path: Path) -> None:
    write_queue([make_row()], tmp_path / "a.csv")
    write_queue([make_row()], tmp_path / "b.csv")
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_an_untouched_queue_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    write_queue([make_row(1)], path)
    assert write_queue([make_row(2)], path) == (1, None)
    assert [one.name for one in tmp_path.iterdir()] == ["q.csv"]


@pytest.mark.parametrize("column", ["label", "comment"])
def test_what_an_expert_filled_in_is_kept(tmp_path: Path, column: str) -> None:
    path = tmp_path / "q.csv"
    write_queue([make_row(1)], path)
    rows = cells_of(path)
    with path.open("w", encoding="cp1252", newline="") as file:
        writer = csv.DictWriter(file, FACTS.columns, delimiter=";")
        writer.writeheader()
        writer.writerow(rows[0] | {column: "yes"})
    filled = path.read_bytes()
    _, kept = write_queue([make_row(2)], path)
    assert kept and kept.read_bytes() == filled
    assert cells_of(path)[0]["claim_id"] == "claim-2"


def test_a_foreign_file_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    path.write_text("my notes", encoding="utf-8")
    _, kept = write_queue([make_row()], path)
    assert kept and kept.read_text(encoding="utf-8") == "my notes"


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(KgpipeError, match="Cannot write"):
        write_queue([], tmp_path / "file" / "q.csv")
