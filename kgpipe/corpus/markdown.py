"""Markdown to the text that a reader sees: no marks, links, comments or front matter."""

import re
from collections.abc import Iterator
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

_FRONT_MATTER = re.compile(r"\A---\n(?:.*\n)*?(?:---|\.\.\.)\n")
_FRONT_TITLE = re.compile(r"^title:\s*[\"']?(.+?)[\"']?\s*$", re.MULTILINE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
# Many writers leave out the blank after the marks of a heading.
_TIGHT_HEADING = re.compile(r"^(#{2,6})(?=[^#\s])", re.MULTILINE)
_LINE_BREAK_TAG = re.compile(r"<(?:br|/p|/div|/li|/tr|/h\d)\b[^>]*>", re.IGNORECASE)
_BREAKS = ("softbreak", "hardbreak", "html_inline")
_TAG = re.compile(r"</?[a-zA-Z][^>]*>")


def strip_markdown(source: str) -> tuple[str, str]:
    """Render Markdown (CommonMark with tables) as plain text.

    Returns:
        The text, with paragraphs, headings, list items and table rows parted by blank lines and
        cells by tabs; and the title: the front matter's, else the first heading of the highest
        level, else "".
    """
    front = _FRONT_MATTER.match(source)
    named = _FRONT_TITLE.search(front.group()) if front else None
    source = _COMMENT.sub("", _FRONT_MATTER.sub("", source))
    source = _TIGHT_HEADING.sub(r"\1 ", source)
    tokens = MarkdownIt("commonmark").enable("table").parse(source)
    return "\n\n".join(block for block in _blocks(tokens) if block), (
        named.group(1) if named else _title(tokens)
    )


def _blocks(tokens: list[Token]) -> Iterator[str]:
    row: list[str] = []
    in_row = False
    for token in tokens:
        if token.type == "tr_open":
            row, in_row = [], True
        elif token.type == "tr_close":
            in_row = False
            yield "\t".join(row).strip()
        elif token.type == "inline":
            text = _inline(token)
            if in_row:
                row.append(text)
            else:
                yield text
        elif token.type in ("fence", "code_block"):
            yield token.content.strip()
        elif token.type == "html_block":
            yield _TAG.sub("", _LINE_BREAK_TAG.sub("\n", token.content)).strip()


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
