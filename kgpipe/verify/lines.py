"""Lines of the user's files: one broken line is named by its number, and the rest goes on."""

import json
from pathlib import Path

from pydantic import ValidationError

from kgpipe.errors import UsageError
from kgpipe.types import Rejection


def read_bytes(path: Path) -> bytes:
    """The file's content without a byte order mark.

    Raises:
        UsageError: the file cannot be read.
    """
    try:
        return path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    except OSError as error:
        raise UsageError(f"Cannot read {path}: {error.strerror}.") from error


def numbered_lines(path: Path) -> list[tuple[str, str]]:
    """The lines of a file that are not blank, each with its name "FILE:NUMBER".

    Bytes that are not UTF-8 spoil their own line only: they come as lone surrogates, which
    `parse_json` refuses.

    Raises:
        UsageError: the file cannot be read.
    """
    return [
        (f"{path.name}:{number}", line.decode("utf-8", errors="surrogateescape"))
        for number, line in enumerate(read_bytes(path).split(b"\n"), start=1)
        if line.strip()
    ]


def parse_json(line: str) -> object:
    """Parse a line; text that cannot be written as UTF-8 is an error as well.

    Raises:
        ValueError: not JSON, or not UTF-8.
        RecursionError: nested too deeply.
    """
    return refuse_unwritable(json.loads(line))


def refuse_unwritable(value: object) -> object:
    """The value itself.

    Raises:
        UnicodeEncodeError: a text in it cannot be written as UTF-8.
    """
    json.dumps(value, ensure_ascii=False).encode("utf-8")
    return value


def explain(error: ValueError | RecursionError) -> str:
    """One line that says what is wrong with an input line."""
    if isinstance(error, ValidationError):
        return "; ".join(
            f"{'.'.join(map(str, fault['loc'])) or 'line'}: {fault['msg']}"
            for fault in error.errors()
        )
    if isinstance(error, UnicodeError):
        return "the text is not valid UTF-8"
    return f"not valid JSON ({error})"


def reject_line(item: str, reason: str, detail: str) -> Rejection:
    """The rejection of one line of an input file; `item` is "FILE:NUMBER"."""
    return Rejection(stage="verify", item=item, reason=reason, detail=detail)
