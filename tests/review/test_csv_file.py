from pathlib import Path

import pytest

from kgpipe.errors import KgpipeError
from kgpipe.review.csv_file import read_csv, write_csv

ROWS = [["subject", "object"], ["María", 'gold, "fine"'], ["Ana", "ü\u2014x"]]


def written(path: Path, encoding: str, delimiter: str, *, head: str = "") -> Path:
    quoted = [[f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row] for row in ROWS]
    text = head + "".join(delimiter.join(row) + "\r\n" for row in quoted)
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be",
                                      "cp1252"])  # fmt: skip
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_whatever_program_saved_it(tmp_path: Path, encoding: str, delimiter: str) -> None:
    rows = list(read_csv(written(tmp_path / "r.csv", encoding, delimiter)))
    assert rows == list(enumerate(ROWS, start=1))


def test_excels_line_that_names_the_separator(tmp_path: Path) -> None:
    rows = list(read_csv(written(tmp_path / "r.csv", "utf-8", ";", head="sep=;\r\n")))
    assert rows == list(enumerate(ROWS, start=2))


def test_there_and_back(tmp_path: Path) -> None:
    assert write_csv(ROWS[1:], tmp_path / "r.csv", columns=ROWS[0]) == 2
    assert (tmp_path / "r.csv").read_bytes().startswith(b"\xef\xbb\xbfsubject,object\r\n")
    assert [cells for _, cells in read_csv(tmp_path / "r.csv")] == ROWS


def test_an_open_quotation_mark_is_placed(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text('a,b\n1,2\n"3,4\n', encoding="utf-8")
    with pytest.raises(KgpipeError, match="line 3: "):
        list(read_csv(tmp_path / "r.csv"))
