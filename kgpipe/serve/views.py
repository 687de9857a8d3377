"""What a quote looks like where it stands: boxes on a page's picture, or words in their text."""

import hashlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from kgpipe.text.locate import locate_span
from kgpipe.types import Document

# Characters of context before and after a quote; about a third of a page each.
_CONTEXT = 900
_PDF = "application/pdf"


class Library:
    """The documents of a workspace, and where their files lie now.

    Args:
        documents: of the corpus and of the evidence.
        inputs: the files and folders that they were read from.
    """

    def __init__(self, documents: Iterable[Document], *, inputs: Sequence[Path]) -> None:
        self.by_id = {document.id: document for document in documents}
        self.by_source = {document.source: document for document in self.by_id.values()}
        self._inputs = inputs

    def find_file(self, document: Document) -> Path | None:
        """The file that the document was read from; None where it is gone or has changed."""
        source = PurePosixPath(document.source)
        # Files of one name in folders of one name were told apart by a part of their digest.
        mark = f".{document.sha256[:8]}"
        names = [source]
        if source.stem.endswith(mark):
            names.append(source.with_name(source.stem.removesuffix(mark) + source.suffix))
        for given in self._inputs:
            for name in names:
                path = given.parent / name
                inside = ".." not in name.parts and path.is_relative_to(given)
                if inside and _has_digest(path, document.sha256):
                    return path
        return None

    def view(
        self, document: Document, start: int, end: int, *, plain: bool = False
    ) -> dict[str, Any]:
        """Where `text[start:end]` stands, as the page's script draws it; `plain` without a picture.

        Returns:
            `kind` "page": `pages`, each with number, width, height and `boxes` [x0, y0, x1, y1] in
            points. `kind` "text": the quote with the text before and after it. `notice` says why a
            document with pages has no picture.
        """
        boxes = locate_span(document, start, end)
        place = {"document": document.id, "source": document.source, "title": document.title,
                 "start": start, "end": end}  # fmt: skip
        pictured = document.media_type == _PDF and bool(boxes)
        if pictured and not plain and self.find_file(document):
            sizes = {page.number: (page.width, page.height) for page in document.pages}
            numbers = sorted({number for number, _ in boxes})
            pages = [
                {
                    "number": number, "width": sizes[number][0], "height": sizes[number][1],
                    "boxes": [list(box) for at, box in boxes if at == number],
                }
                for number in numbers
            ]  # fmt: skip
            return {**place, "kind": "page", "pages": pages, "notice": ""}
        notice = ""
        if pictured:
            reason = (
                "the page cannot be drawn"
                if plain
                else "the file is no longer where it was read from, or has changed since"
            )
            notice = f"No picture of {document.source}: {reason}. This is its text as it was read."
        return {**place, "kind": "text", **_context(document.text, start, end), "notice": notice}


def _context(text: str, start: int, end: int) -> dict[str, Any]:
    """The quote between what stands before and after it, cut at blanks."""
    first, last = max(start - _CONTEXT, 0), min(end + _CONTEXT, len(text))
    if first:
        first = text.find(" ", first, start) + 1 or start
    if last < len(text):
        cut = text.rfind(" ", end, last)
        last = cut if cut > 0 else end
    return {
        "before": text[first:start], "quote": text[start:end], "after": text[end:last],
        "from_start": first == 0, "to_end": last == len(text),
    }  # fmt: skip


def _has_digest(path: Path, digest: str) -> bool:
    try:
        status = path.stat()
        return _digest(path, status.st_mtime_ns, status.st_size) == digest
    except OSError:
        return False


@lru_cache(maxsize=4096)
def _digest(path: Path, changed: int, size: int) -> str:
    """The content's SHA-256; read again only where the file has changed."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
