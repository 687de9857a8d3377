"""Markdown to the text that a reader sees: no marks, links, comments or front matter."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

from kgpipe.types import Table

_FRONT_MATTER = re.compile(r"\A---\n(?:.*\n)*?(?:---|\.\.\.)\n")
_FRONT_TITLE = re.compile(r"^title:\s*[\"']?(.+?)[\"']?\s*$", re.MULTILINE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
# Many writers leave out the blank after the marks of a heading.
_TIGHT_HEADING = re.compile(r"^(#{2,6})(?=[^#\s])", re.MULTILINE)
_LINE_BREAK_TAG = re.compile(r"<(?:br|/p|/div|/li|/tr|/h\d)\b[^>]*>", re.IGNORECASE)
# A cell of more characters holds a paragraph.
_PROSE = 350
_BREAKS = ("softbreak", "hardbreak", "html_inline")
_TAG = re.compile(r"</?[a-zA-Z][^>]*>")


class PlainText(NamedTuple):
    """The text that a reader sees, its title, "" if it has none, and its tables."""

    text: str
    title: str
    tables: tuple[Table, ...]


class _Block(NamedTuple):
    """A paragraph's text, or the cells of a table's row; `table` counts the tables."""

    text: str
    table: int | None = None
    cells: tuple[str, ...] = ()


def strip_markdown(source: str) -> PlainText:
    """Render Markdown (CommonMark with tables) as plain text.

    Paragraphs, headings, list items and table rows are parted by blank lines, cells by tabs. The
    title is the front matter's, else the first heading of the highest level.
    """
    front = _FRONT_MATTER.match(source)
    named = _FRONT_TITLE.search(front.group()) if front else None
    source = _COMMENT.sub("", _FRONT_MATTER.sub("", source))
    source = _TIGHT_HEADING.sub(r"\1 ", source)
    tokens = MarkdownIt("commonmark").enable("table").parse(source)
    blocks = [block for block in _blocks(tokens) if block.text]
    text = "\n\n".join(block.text for block in blocks)
    return PlainText(text, named.group(1) if named else _title(tokens), _tables(blocks))


def _tables(blocks: Sequence[_Block]) -> tuple[Table, ...]:
    """The rows of each table with the offsets of their cells in the joined blocks."""
    tables: dict[int, list[tuple[tuple[int, int] | None, ...]]] = {}
    start = 0
    for block in blocks:
        if block.table is not None:
            tables.setdefault(block.table, []).append(tuple(_cells(block, start)))
        start += len(block.text) + len("\n\n")
    return tuple(
        Table(rows=tuple(rows), headed=True) for rows in tables.values() if not _is_prose(rows)
    )


def _is_prose(rows: Sequence[Sequence[tuple[int, int] | None]]) -> bool:
    """Whether a cell holds a paragraph: then all are read as text."""
    return any(cell and cell[1] - cell[0] > _PROSE for row in rows for cell in row)


def _cells(block: _Block, start: int) -> Iterator[tuple[int, int] | None]:
    at = 0
    for cell in block.cells:
        at = block.text.index(cell, at)
        yield (start + at, start + at + len(cell)) if cell else None
        at += len(cell)


def _blocks(tokens: list[Token]) -> Iterator[_Block]:
    row: list[str] = []
    in_row = False
    table = 0
    for token in tokens:
        if token.type == "table_open":
            table += 1
        elif token.type == "tr_open":
            row, in_row = [], True
        elif token.type == "tr_close":
            in_row = False
            yield _Block("\t".join(filter(None, row)), table, tuple(row))
        elif token.type == "inline":
            text = _inline(token)
            if in_row:
                row.append(text)
            else:
                yield _Block(text)
        elif token.type in ("fence", "code_block"):
            yield _Block(token.content.strip())
        elif token.type == "html_block":
            yield _Block(_TAG.sub("", _LINE_BREAK_TAG.sub("\n", token.content)).strip())


def _inline(token: Token) -> str:
    parts: list[str] = []
    for child in token.children or ():
        if child.type in ("text", "code_inline", "image"):
            parts.append(child.content)
        elif child.type != "html_inline" or _LINE_BREAK_TAG.match(child.content):
            parts.append(" " if child.type in _BREAKS else "")
    return "".join(parts).strip()


def _title(tokens: list[Token]) -> str:
    headings = [
        (opening.tag, _inline(content))
        for opening, content in pairwise(tokens)
        if opening.type == "heading_open"
    ]
    return min(headings, key=lambda heading: heading[0], default=("", ""))[1]
