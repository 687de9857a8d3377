"""The table stage: each cell of a document's tables becomes a triple with its row as evidence."""

import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

from kgpipe.errors import ItemError
from kgpipe.extract.amount import read_amount
from kgpipe.extract.caption import Caption, find_caption
from kgpipe.extract.columns import Column, Reading, read_columns
from kgpipe.extract.conform import conform_candidate
from kgpipe.extract.ground import ground_candidate
from kgpipe.extract.headers import drop_note_mark, is_year, say_have
from kgpipe.schema import Schema
from kgpipe.settings import ExtractSettings
from kgpipe.text.pages import page_starts
from kgpipe.types import Candidate, Chunk, Document, Extraction, Quantity, Rejection, Table, Triple

TABLE_EXTRACTOR = "tables:1"
# In which column a cell stands is certain; what the header means is a rule's reading.
_CONFIDENCE = 0.9
# A longer cell (characters) is running text.
_LONGEST_CELL = 150
# In a column of numbers, a shorter word stands for a value that is withheld or missing.
_SHORT_WORD = 3
_TOTAL = re.compile(r"(?:(?:grand |sub-?)?totale?s?|gesamt|jumlah)\b", re.IGNORECASE)
_NOTHING = re.compile(r"[\W_]*$|(?:n/?[ad]|n\.[ad]\.?|s/?d|none|na|nr)$", re.IGNORECASE)
_CURRENCIES = ("$", "US$", "R$", "\u20ac", "\u00a3")


class _Row(NamedTuple):
    """A row below the header: what it is about, and where its own cells stand in the chunk."""

    subject: str
    time: str
    unit: str
    texts: Sequence[str]
    start: int
    end: int


class _Known(NamedTuple):
    """How a table is read, what stands above it, what its cells say, how wide it is, and where."""

    reading: Reading
    caption: Caption
    texts: list[list[str]]
    width: int
    page: int


def extract_tables(
    document: Document, *, settings: ExtractSettings, schema: Schema | None = None
) -> Extraction:
    """Extract the facts of a document's tables, one for each cell.

    The row's label is the subject, "have" with the column's header the predicate, the cell with
    its unit the object; a year in header, row or caption is the time. The quote is the row.
    With a schema, what does not fit it is rejected.

    Returns:
        Triples in text order, and rejections: those of grounding, and `no_header` or
        `no_row_label` for a table that cannot be read.
    """
    triples: dict[str, Triple] = {}
    rejections: list[Rejection] = []
    before: _Known | None = None
    last_end = 0
    for table in document.tables:
        chunk = _chunk(document, table)
        caption = find_caption(document.text[last_end : chunk.start])
        last_end = chunk.end
        try:
            known = _read(table, chunk, caption, before)
        except ItemError as error:
            rejections.append(_rejection(chunk, error))
            continue
        before = known
        for candidate in _candidates(table, chunk, known):
            fitting = (
                conform_candidate(candidate, chunk=chunk, schema=schema) if schema else candidate
            )
            found = (
                fitting
                if isinstance(fitting, Rejection)
                else ground_candidate(
                    fitting,
                    chunk=chunk,
                    extractor=TABLE_EXTRACTOR,
                    max_field_chars=settings.max_field_chars,
                )
            )
            if isinstance(found, Rejection):
                rejections.append(found.model_copy(update={"stage": "tables"}))
            else:
                triples.setdefault(found.id, found)
    return Extraction(
        chunk_id=document.id, triples=tuple(triples.values()), rejections=tuple(rejections)
    )


def _read(table: Table, chunk: Chunk, caption: Caption, before: _Known | None) -> _Known:
    """Tell how to read a table; without a header it may go on with that of the page before."""
    texts = _texts(table, chunk)
    pages = [number for _, number in chunk.pages] or [0]
    known = partial(_Known, texts=texts, width=len(table.rows[0]), page=pages[-1])
    try:
        return known(read_columns(table, texts, language=chunk.language), caption)
    except ItemError:
        if not before or (before.width, before.page) != (len(table.rows[0]), pages[0] - 1):
            raise
        return known(before.reading._replace(header_rows=0), before.caption)


def _rejection(chunk: Chunk, error: ItemError) -> Rejection:
    detail = f"{error.detail} The table starts {' '.join(chunk.text[:80].split())!r}."
    return Rejection(stage="tables", item=chunk.place, reason=error.reason, detail=detail)


def _chunk(document: Document, table: Table) -> Chunk:
    """The stretch of text that holds the table."""
    cells = [cell for row in table.rows for cell in row if cell]
    start, end = min(cells)[0], max(end for _, end in cells)
    return Chunk(
        id=document.id,
        document_id=document.id,
        start=start,
        end=end,
        text=document.text[start:end],
        language=document.language,
        source=document.source,
        pages=page_starts(document, start, end),
    )


def _texts(table: Table, chunk: Chunk) -> list[list[str]]:
    """What each cell says."""
    return [
        [
            " ".join(chunk.text[cell[0] - chunk.start : cell[1] - chunk.start].split())
            if cell
            else ""
            for cell in row
        ]
        for row in table.rows
    ]


def _candidates(table: Table, chunk: Chunk, known: _Known) -> Iterator[Candidate]:
    label = known.reading.label
    for row in _rows(table, known, chunk.start):
        for column in known.reading.columns:
            if column.header != label.header and row.texts[column.at] != row.subject:
                yield from _facts(row, column, known.caption, chunk)


def _rows(table: Table, known: _Known, offset: int) -> Iterator[_Row]:
    """The rows that name something and hold a value of their own."""
    reading, above = known.reading, set(table.rows[0] if known.reading.header_rows else ())
    header = known.texts[: reading.header_rows]
    for cells, texts in zip(table.rows, known.texts, strict=True):
        filled = {cell for cell in cells if cell}
        own = filled - above
        above |= own
        subject = drop_note_mark(texts[reading.label.at])
        time = subject if is_year(subject) else _at(reading, texts, "is_year")
        if time == subject or _TOTAL.match(subject):
            subject = known.caption.measure
        named = any(map(str.isalpha, subject)) and not _is_heap(subject)
        if own and named and len(filled) > 1 and texts not in header:
            start, end = min(own)[0] - offset, max(own)[1] - offset
            yield _Row(subject, time, _at(reading, texts, "is_unit"), texts, start, end)


def _is_heap(text: str) -> bool:
    """Whether the cell holds the numbers of several rows, or a list."""
    words = text.split()
    if words.count("\u2022") > 1:
        return True
    numbers = sum(word[0].isdigit() for word in words)
    return numbers > 2 and 3 * numbers > len(words)


def _at(reading: Reading, texts: Sequence[str], role: str) -> str:
    """What the row says in the column of that role, "" if there is none."""
    return next((texts[c.at] for c in reading.columns if getattr(c.header, role)), "")


def _facts(row: _Row, column: Column, caption: Caption, chunk: Chunk) -> Iterator[Candidate]:
    """The statement that a cell makes, if it makes one."""
    header, text = column.header, drop_note_mark(row.texts[column.at])
    name = header.name or (caption.measure if header.time else "")
    if not name or header.is_unit or header.is_year or header.is_index:
        return
    if _NOTHING.match(text) or len(text) > _LONGEST_CELL or _is_heap(text):
        return
    amount = read_amount(text, language=chunk.language)
    if amount is None and column.numeric and len(text) <= _SHORT_WORD:
        return
    quantity = None
    if amount and (column.numeric or not is_year(text)):
        text, quantity = _with_unit(text, amount, column=header.unit, row=row.unit)
    yield Candidate(
        subject=row.subject,
        predicate=say_have(
            name, language=chunk.language, measured=bool(quantity and quantity.unit)
        ),
        object=text,
        quote=chunk.text[row.start : row.end],
        start=row.start,
        end=row.end,
        object_kind="quantity" if quantity else "",
        confidence=_CONFIDENCE,
        time=header.time or row.time or caption.time or None,
        quantity=quantity,
    )


def _with_unit(text: str, amount: Quantity, *, column: str, row: str) -> tuple[str, Quantity]:
    """The value with its unit: the cell's own, else the one that header or row give."""
    unit = column or ("" if amount.unit else row)
    if not unit or (amount.unit and amount.unit not in _CURRENCIES):
        return text, amount
    # "$9.28" beneath "($M)" is 9.28 $M.
    bare = text.removeprefix(amount.unit).strip()
    blank = "" if unit == "%" else " "
    return f"{bare}{blank}{unit}", Quantity(value=amount.value, unit=unit)
