"""Answers of SPARQL queries as text: for people, for scripts, for spreadsheets."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Literal

from kgpipe.text.spreadsheet import guard_cell

Cell = str | int | float | bool | None
AnswerForm = Literal["table", "jsonl", "csv"]


def format_answer(
    rows: Sequence[Sequence[Cell]], *, columns: Sequence[str], form: AnswerForm
) -> str:
    """Write rows with their column names; every line ends with a newline.

    `table` aligns columns for a terminal, `jsonl` gives one object a row (unbound variables are
    null), `csv` a header and cells that no spreadsheet runs as formulas.
    """
    match form:
        case "table":
            return _format_table(rows, columns)
        case "jsonl":
            objects = (dict(zip(columns, row, strict=True)) for row in rows)
            return "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in objects)
        case "csv":
            return _format_csv(rows, columns)


def _format_csv(rows: Sequence[Sequence[Cell]], columns: Sequence[str]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([guard_cell(c) if isinstance(c, str) else c for c in row] for row in rows)
    return out.getvalue()


def _format_table(rows: Sequence[Sequence[Cell]], columns: Sequence[str]) -> str:
    """Columns as wide as their widest cell, two blanks between, a rule under the header."""
    texts = [[_show(cell) for cell in row] for row in rows]
    header = list(columns)
    widths = [max(map(len, column)) for column in zip(header, *texts, strict=True)]
    rule = ["-" * width for width in widths]
    lines = [
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in (header, rule, *texts)
    ]
    return "".join(f"{line}\n" for line in lines)


def _show(cell: Cell) -> str:
    """One line a cell: control characters of a quote must not move the terminal's cursor."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return "".join(char if char.isprintable() else " " for char in str(cell))
