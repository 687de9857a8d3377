"""The running text of a fetched page: HTML through trafilatura, PDF through pypdfium2."""

import re
from typing import NamedTuple

from kgpipe.backends.guarded_http import Page
from kgpipe.errors import ItemError, needs_extra

_HTML_LANGUAGE = re.compile(rb"<html[^>]*?\blang\s*=\s*[\"']?([A-Za-z]{2,3})\b", re.IGNORECASE)
# Where the tag of the document's language stands, if there is one.
_HEAD_BYTES = 4096
# A report's first pages are searched; a verdict needs a paragraph, not an archive.
_MAX_PDF_PAGES = 60
_DATE = re.compile(r"D:(\d{4})(\d{2})(\d{2})")


class PageText(NamedTuple):
    """What a page says; `language` is "" and `published` None where the page does not tell."""

    text: str
    title: str = ""
    language: str = ""
    published: str | None = None


def check_installed() -> None:
    """Make sure that pages can be read.

    Raises:
        UsageError: the extra `web` is missing.
    """
    with needs_extra("web", "Searching the web"):
        import ddgs  # noqa: F401
        import trafilatura  # noqa: F401


def read_page(page: Page) -> PageText:
    """The text of a page.

    Raises:
        ItemError: no_text, not_text (a picture, say), corrupt.
    """
    kind = page.content_type.partition(";")[0].strip().lower()
    if page.content.startswith(b"%PDF-"):
        found = _read_pdf(page.content)
    elif kind.startswith(("image/", "audio/", "video/", "font/")):
        raise ItemError("not_text", f"{page.url} is of the type {kind}.")
    elif kind == "text/plain":
        found = PageText(page.content.decode("utf-8", "replace"))
    else:
        found = _read_html(page)
    if not found.text.strip():
        raise ItemError("no_text", f"{page.url} holds no running text.")
    return found


def _read_html(page: Page) -> PageText:
    import trafilatura

    document = trafilatura.bare_extraction(page.content, url=page.url, with_metadata=True)
    # A dictionary is what other calls of it return.
    if document is None or isinstance(document, dict):
        return PageText("")
    language = _HTML_LANGUAGE.search(page.content[:_HEAD_BYTES])
    # Its paragraphs stand on lines of their own; ours are parted by a blank one.
    return PageText(
        text=(document.text or "").replace("\n", "\n\n"),
        title=document.title or "",
        language=language[1].decode("ascii").lower() if language else "",
        published=document.date,
    )


def _read_pdf(content: bytes) -> PageText:
    import pypdfium2

    try:
        pdf = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        raise ItemError("corrupt", f"The PDF cannot be read: {error}.") from error
    try:
        count = min(len(pdf), _MAX_PDF_PAGES)
        texts = [pdf[number].get_textpage().get_text_bounded() for number in range(count)]
        about = pdf.get_metadata_dict()
    finally:
        pdf.close()
    date = _DATE.match(about.get("CreationDate", ""))
    # pypdfium2 gives U+FFFE for a hyphen at the end of a line.
    joined = "\n\n".join(re.sub("\ufffe\\s*", "", text).replace("\r\n", "\n") for text in texts)
    return PageText(joined, about.get("Title", ""), "", "-".join(date.groups()) if date else None)
