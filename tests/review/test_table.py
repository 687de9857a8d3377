from pathlib import Path

import pytest

from kgpipe.errors import KgpipeError
from kgpipe.review.table import hash_row, read_rows

HEADER = "subject,predicate,object,label,key,row_hash"
REQUIRED = HEADER.split(",")


def write(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "review.csv"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_what_spreadsheets_write_is_read(tmp_path: Path, delimiter: str, encoding: str) -> None:
    text = f"{HEADER}\r\nMaría,use,oro,x,k,h\r\n".replace(",", delimiter)
    (row,) = read_rows(write(tmp_path, text.encode(encoding)), required=REQUIRED)
    assert (row.number, row.cells["subject"], row.cells["object"]) == (2, "María", "oro")


def test_rows_are_numbered_as_the_spreadsheet_shows_them(tmp_path: Path) -> None:
    text = f'{HEADER}\n\n,,,,,\na,b,"two\nlines",x,k,h\nc,b,c,x,k,h\n'
    rows = read_rows(write(tmp_path, text.encode()), required=REQUIRED)
    assert [row.number for row in rows] == [4, 5]


def test_short_rows_are_filled_and_long_ones_told(tmp_path: Path) -> None:
    path = write(tmp_path, f"{HEADER}\na,b\na,b,c,l,k,h,,extra\n".encode())
    rows = list(read_rows(path, required=REQUIRED))
    assert (rows[0].cells["row_hash"], rows[0].beyond) == ("", "")
    assert rows[1].beyond == "extra"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "line 1: no column subject"),
        (b"claim,label\n", "no column subject, predicate, object, key, row_hash"),
        (f'{HEADER}\na,"b\nc,d\n'.encode(), "quotation mark"),
        (b"subject\x81\n", "UTF-8"),
    ],
)
def test_unusable_files_end_in_one_message(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(KgpipeError, match=message):
        list(read_rows(write(tmp_path, content), required=REQUIRED))


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(KgpipeError, match="Cannot read"):
        list(read_rows(tmp_path / "none.csv", required=REQUIRED))


def test_the_hash_sees_edits_but_not_blanks() -> None:
    assert hash_row("a  b", "c", "k") == hash_row("a b\n", "c", "k")
    assert hash_row("a b", "c", "k") != hash_row("a b", "e", "k")
    assert hash_row("a b", "c", "k") != hash_row("a b", "c", "k2")
