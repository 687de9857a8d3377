"""Triples that someone else extracted, from a table of subjects, predicates and objects."""

import csv
from collections.abc import Iterator
from io import StringIO

from kgpipe.errors import ItemError
from kgpipe.ids import content_id
from kgpipe.types import Document, Extraction, Rejection, Triple

# Column names that are understood, in lower case.
_HEADERS = (
    ("subject", "predicate", "object"),
    ("entity1", "relation", "entity2"),
    ("head", "relation", "tail"),
)
_DELIMITERS = ",;\t"


def import_triples(document: Document) -> Extraction:
    """Read a CSV of triples, one a row; they have no evidence and are marked as imported.

    The columns are named subject, predicate, object (or Entity1, Relation, Entity2; or head,
    relation, tail) in any case and order, and parted by comma, semicolon or tab. Other columns are
    not read. A row that repeats an earlier one, or lacks a value, becomes a rejection.

    Raises:
        ItemError: `not_triples`, the table has no such columns; `broken_table`, it is no CSV.
    """
    rows = _numbered_rows(document.text)
    columns = _columns(next(rows, (1, []))[1])
    triples: list[Triple] = []
    rejections: list[Rejection] = []
    first_line: dict[tuple[str, ...], int] = {}
    for line, row in rows:
        values = tuple(row[at].strip() if at < len(row) else "" for at in columns)
        if not all(values):
            detail = f"Line {line}: subject, predicate or object is empty. Fill it in."
            rejections.append(_rejection(document, line, "incomplete_row", detail))
        elif values in first_line:
            detail = f"Line {line} repeats line {first_line[values]}; it is imported once."
            rejections.append(_rejection(document, line, "duplicate_row", detail))
        else:
            first_line[values] = line
            triples.append(_triple(document, values))
    return Extraction(chunk_id=document.id, triples=tuple(triples), rejections=tuple(rejections))


def _numbered_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not blank, with their number as a spreadsheet shows it."""
    header = text.lstrip().split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=header.count)
    rows = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    try:
        for number, row in enumerate(rows, 1):
            if any(value.strip() for value in row):
                yield number, row
    except csv.Error as error:
        raise ItemError(
            "broken_table", f"Line {rows.line_num}: {error}. Look for an unpaired quotation mark."
        ) from error


def _columns(header: list[str]) -> tuple[int, ...]:
    """Where subject, predicate and object stand."""
    names = [name.strip().lower() for name in header]
    for wanted in _HEADERS:
        if set(wanted) <= set(names):
            return tuple(names.index(name) for name in wanted)
    needed = " or ".join(",".join(wanted) for wanted in _HEADERS)
    found = ", ".join(name.strip() for name in header) or "none"
    raise ItemError(
        "not_triples", f"Columns found: {found}. Needed: {needed}. Rename the columns of the table."
    )


def _triple(document: Document, values: tuple[str, ...]) -> Triple:
    subject, predicate, object_ = values
    return Triple(
        id=content_id("triple", document.id, *values),
        document_id=document.id,
        subject=subject,
        predicate=predicate,
        object=object_,
        evidence=None,
        extractor="import",
        imported=True,
    )


def _rejection(document: Document, line: int, reason: str, detail: str) -> Rejection:
    return Rejection(stage="import", item=f"{document.source}:{line}", reason=reason, detail=detail)
