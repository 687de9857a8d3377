"""CSV as spreadsheets write and read it, a row at a time whatever the size of the file."""

import codecs
import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from kgpipe.errors import KgpipeError

# Enough to tell an encoding's byte order, small beside any machine's memory.
_BLOCK_BYTES = 1 << 20


def write_csv(rows: Iterable[Sequence[str]], path: Path, *, columns: Sequence[str]) -> int:
    """Write UTF-8 with BOM, so that Excel knows it, and CRLF; return the number of rows."""
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(columns)
        for count, row in enumerate(rows, start=1):  # noqa: B007 - it is returned
            writer.writerow(row)
    return count


def read_csv(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield (row number as a spreadsheet shows it, cells); the header is row 1.

    Comma, semicolon or tab; UTF-8, UTF-16 or cp1252, with BOM or without.

    Raises:
        KgpipeError: unreadable file, no text, or a quotation mark is open.
    """
    try:
        with path.open(encoding=_find_encoding(path), newline="") as file:
            header = file.readline()
            file.seek(0)
            # Excel's own way to name the separator.
            named = header.strip().strip('"').casefold()
            if named.startswith("sep=") and len(named) == len("sep=,"):
                file.readline()
                delimiter, first = named[-1], 2
            else:
                delimiter, first = max(",;\t", key=header.count), 1
            reader = csv.reader(file, delimiter=delimiter, strict=True)
            try:
                yield from enumerate(reader, start=first)
            except csv.Error as error:
                raise KgpipeError(
                    f"{path}, line {reader.line_num + first - 1}: {error}. Is a quotation mark "
                    "left open?"
                ) from error
    except OSError as error:
        raise KgpipeError(f"Cannot read {path}: {error.strerror}.") from error


def _find_encoding(path: Path) -> str:
    """What Excel calls Unicode text is UTF-16 with tabs; its plain CSV is cp1252.

    Raises:
        KgpipeError: it is none of them.
    """
    with path.open("rb") as file:
        start = file.read(_BLOCK_BYTES)
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        found = ["utf-16"]
    elif b"\0" in start:
        # Without a BOM: the zero byte of a Latin letter is its second in little endian.
        found = ["utf-16-le" if start[1::2].count(0) > start[::2].count(0) else "utf-16-be"]
    else:
        found = ["utf-8-sig", "cp1252"]
    for encoding in found:
        if _decodes(path, encoding):
            return encoding
    raise KgpipeError(f"{path} is no text in UTF-8, UTF-16 or cp1252: save it as CSV UTF-8.")


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK_BYTES):
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
