"""One file to one `Document`: its cleaned text, title and language."""

import re
import unicodedata
from pathlib import Path, PurePosixPath

from kgpipe.corpus.clean import clean_pages
from kgpipe.corpus.files import MEDIA_TYPES
from kgpipe.corpus.language import identify_language
from kgpipe.corpus.lines import clean_word
from kgpipe.corpus.markdown import strip_markdown
from kgpipe.errors import ItemError
from kgpipe.ids import content_id
from kgpipe.pages import RawPage
from kgpipe.ports import PageReader
from kgpipe.settings import ReadSettings
from kgpipe.types import Document, Page, SourceFile, Table

_PDF = "application/pdf"
_MARKDOWN = "text/markdown"
_TABLE = "text/csv"
_BLANK_LINES = re.compile(r"\n[^\S\n]*\n\s*")
# A title is longer than a page number and shorter than a paragraph.
_TITLE_LENGTH = range(4, 200)
# A title is set larger than the page's usual type by this factor.
_TITLE_TYPE = 1.15


def read_file(file: SourceFile, *, settings: ReadSettings, reader: PageReader) -> Document:
    """Read and clean one file.

    Args:
        file: of a type that `MEDIA_TYPES` names.
        settings: the `read` section.
        reader: reads PDFs.

    Raises:
        ItemError: `image_only`, `not_text`, `empty_text`, `unreadable`, or what `reader` raises.
    """
    path = Path(file.path)
    media_type = MEDIA_TYPES[path.suffix.lower()]
    pages: tuple[Page, ...] = ()
    tables: tuple[Table, ...] = ()
    if media_type == _PDF:
        raw = reader.read_pages(path)
        text, pages, tables = clean_pages(raw, settings=settings)
        _refuse_scan(text, len(raw), settings)
        title = _title_of_pages(raw)
    elif media_type == _MARKDOWN:
        text, title, tables = strip_markdown(_read_text(path))
    elif media_type == _TABLE:
        text, title = _read_text(path), ""
    else:
        text = _BLANK_LINES.sub("\n\n", _read_text(path)).strip()
        title = " ".join(text.split("\n", 1)[0].split())
    if not any(map(str.isalnum, text)):
        raise ItemError("empty_text", "The file holds no text. Remove it, or get a complete copy.")
    return Document(
        id=content_id("doc", file.sha256),
        source=file.source,
        sha256=file.sha256,
        media_type=media_type,
        title=title if len(title) in _TITLE_LENGTH else PurePosixPath(file.source).stem,
        language=identify_language(text, languages=settings.languages),
        text=text,
        pages=pages,
        tables=tables,
    )


def _refuse_scan(text: str, pages: int, settings: ReadSettings) -> None:
    letters = sum(map(str.isalpha, text))
    if letters < settings.min_letters_per_page * pages:
        raise ItemError(
            "image_only",
            f"{letters} letters on {pages} page(s): the pages are images. Run "
            "`pip install 'kgpipe[ocr]'` to have text in images recognised; if that is installed, "
            "`read.ocr` is false or no text was found.",
        )


def _title_of_pages(pages: list[RawPage]) -> str:
    """The lines in the largest type of the first page, "" if that is the usual type."""
    lines = [
        (max(word.y1 - word.y0 for word in line), " ".join(clean_word(word.text) for word in line))
        for line in pages[0].lines
        # Upright lines only: the height of a turned one is its length.
        if line[-1].x1 - line[0].x0 > line[0].y1 - line[0].y0
    ]
    heights = sorted(height for height, _ in lines)
    if not heights or heights[-1] < _TITLE_TYPE * heights[len(heights) // 2]:
        return ""
    # Heights of one type differ by rounding only.
    return " ".join(line for height, line in lines if height > 0.98 * heights[-1])


def _read_text(path: Path) -> str:
    """Decode (UTF-8, UTF-16 with its mark, else Windows-1252), unify line ends, drop controls."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ItemError("unreadable", f"{error.strerror}. Check the file's permissions.") from error
    text = _decode(content).replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        raise ItemError("not_text", "The file holds binary data. Export it as text or PDF.")
    controls = {char for char in set(text) if unicodedata.category(char) == "Cc"} - set("\n\t\f")
    table = dict.fromkeys(map(ord, controls)) | {ord("\f"): "\n\n"}
    return unicodedata.normalize("NFC", text.translate(table))


def _decode(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # The five bytes that Windows-1252 leaves undefined become U+FFFD.
        return content.decode("cp1252", errors="replace")
