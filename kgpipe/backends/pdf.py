"""Pages of a PDF through pdfium: words with their boxes, in the file's reading order."""

import ctypes
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from kgpipe.backends.pdf_rules import read_rules
from kgpipe.errors import ItemError
from kgpipe.pages import RawPage, RawWord

# How pdfium marks a hyphen that it takes for one of a line end; we pass on a soft hyphen.
_PDFIUM_HYPHEN = "\x02"
SOFT_HYPHEN = "\u00ad"
# A PDF may start with foreign bytes; readers look for the header in the first 1024.
_HEADER_WITHIN = 1024
# A line end, a run of leader dots, or a word; pdfium's line-end hyphen closes a word.
_WORD = re.compile(
    rf"[\r\n]|\.{{4,}}|[^\s{_PDFIUM_HYPHEN}]+?(?=\.{{4}})"
    rf"|[^\s{_PDFIUM_HYPHEN}]+{_PDFIUM_HYPHEN}?|{_PDFIUM_HYPHEN}"
)
# What the mark of a note looks like, and a unit with its power, which is none.
_MARK = re.compile(r"(?:(?<=[^\W\d_]{2})|(?<=[.,;:!?)\]\u00bb\u201d\u2019]))\d{1,3}$")
_UNIT = re.compile(r"\W*(?:k|c|d|m|h)?m[23]")
# A raised sign ends so much above its word, in line heights.
_RAISED = 0.15
# In line heights too: how far apart words of one line may stand after a raised or lowered sign, and
# how close two pieces are parts of one word ("H" and "2").
_BESIDE, _GLUED = 1.0, 0.08
# Words share a line if they share this much of their height.
_SAME_LINE = 0.4

Box = tuple[float, float, float, float]


class PdfiumReader:
    """`PageReader` on pypdfium2. Not thread-safe, since pdfium is not: use one thread a process."""

    def read_pages(self, path: Path) -> list[RawPage]:
        """Return the pages of a PDF; a hyphen at a line end comes as U+00AD.

        Raises:
            ItemError: `unreadable`, `not_a_pdf`, `encrypted` or `corrupt` (also for no pages).
        """
        import pypdfium2

        _check_header(path)
        _reset_last_error()
        try:
            with pypdfium2.PdfDocument(path) as pdf:
                return [_read_page(pdf, index) for index in range(len(pdf))]
        except pypdfium2.PdfiumError as error:
            raise _item_error(error) from error


def _check_header(path: Path) -> None:
    try:
        with path.open("rb") as file:
            head = file.read(_HEADER_WITHIN)
    except OSError as error:
        raise ItemError("unreadable", f"{error.strerror}. Check the file's permissions.") from error
    if b"%PDF-" not in head:
        raise ItemError("not_a_pdf", "The file has no PDF header. Export it as PDF or as text.")


def _reset_last_error() -> None:
    """Let pdfium forget what was wrong with an earlier file.

    A file without pages raises although it was opened, and names the last error: without this, that
    of another file, such as a password.
    """
    import pypdfium2.raw as pdfium

    # No bytes are no document: the last error is now that of the format.
    pdfium.FPDF_LoadMemDocument64(b"", 0, None)


def _item_error(error: Any) -> ItemError:
    import pypdfium2.raw as pdfium

    if error.err_code == pdfium.FPDF_ERR_PASSWORD:
        return ItemError(
            "encrypted", "The file asks for a password. Save a copy without one and add that."
        )
    if error.err_code == pdfium.FPDF_ERR_SECURITY:
        return ItemError(
            "encrypted", "The file's encryption is not supported. Save an unencrypted copy."
        )
    return ItemError(
        "corrupt",
        f"The file is damaged or has no pages: {error} "
        "Get a fresh copy, or repair it with `qpdf IN.pdf OUT.pdf`.",
    )


def _read_page(pdf: Any, index: int) -> RawPage:
    page = pdf[index]
    text = page.get_textpage()
    try:
        width, height = page.get_size()
        words = _words(_characters(text), _box_reader(text, page))
        lines = tuple(tuple(line) for line in _lines(words))
        rules = read_rules(page)
    finally:
        text.close()
        page.close()
    return RawPage(number=index + 1, width=width, height=height, lines=lines, rules=rules)


def _characters(text: Any) -> str:
    """One character an index of pdfium's."""
    import pypdfium2.raw as pdfium

    handle = text.raw
    code_at = pdfium.FPDFText_GetUnicode
    characters = "".join([chr(code_at(handle, index)) for index in range(text.count_chars())])
    # Some builds name the line-end hyphen U+FFFE, as `get_text_range` does.
    return characters.replace("\ufffe", _PDFIUM_HYPHEN)


def _words(characters: str, box_at: Callable[[int], Box]) -> Iterator[tuple[RawWord, bool]]:
    """Words in the file's order, each with whether pdfium sees a line end before it."""
    new_line = True
    for match in _WORD.finditer(characters):
        if match.group() in "\r\n":
            new_line = True
            continue
        for start, end in _parts(match, box_at):
            text = _paired(characters[start:end]).replace(_PDFIUM_HYPHEN, SOFT_HYPHEN)
            # A word is set in one direction, so its outer characters bound it.
            yield RawWord(text, *_union(box_at(start), box_at(end - 1))), new_line
            new_line = text.endswith(SOFT_HYPHEN)


def _paired(text: str) -> str:
    """Make one character of pdfium's two for those beyond U+FFFF; half a pair is dropped."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")


def _parts(match: re.Match[str], box_at: Callable[[int], Box]) -> list[tuple[int, int]]:
    """A word as one span, or as two if it ends in a raised number: the mark of a note."""
    start, end = match.span()
    mark = _MARK.search(match.group())
    if mark is None or _UNIT.fullmatch(match.group()):
        return [(start, end)]
    first, last = box_at(start), box_at(end - 1)
    # In sideways text, the last sign stands more than a line above the first.
    if not _RAISED < (first[3] - last[3]) / max(first[3] - first[1], 0.1) < 1:
        return [(start, end)]
    cut = start + mark.start()
    return [(start, cut), (cut, end)]


def _lines(words: Iterator[tuple[RawWord, bool]]) -> Iterator[list[RawWord]]:
    """Group words into lines: pdfium's line ends, corrected by where the words stand.

    pdfium ends a line at each raised or lowered sign, and now and then runs two lines together.
    """
    line: list[RawWord] = []
    for word, new_line in words:
        if not line:
            line = [word]
        elif not (_follows(line[-1], word) if new_line else not _falls_back(line[-1], word)):
            yield line
            line = [word]
        elif new_line and _is_glued(line[-1], word):
            left = line[-1]
            line[-1] = RawWord(left.text + word.text, *_union(left[1:], word[1:]))
        else:
            line.append(word)
    if line:
        yield line


def _height(word: RawWord) -> float:
    return word.y1 - word.y0


def _overlap(left: RawWord, right: RawWord) -> float:
    """Shared height as a share of the lower word's height."""
    shared = min(left.y1, right.y1) - max(left.y0, right.y0)
    return shared / max(min(_height(left), _height(right)), 0.1)


def _follows(left: RawWord, right: RawWord) -> bool:
    """Whether `right` stands beside `left` within the same line."""
    gap = (right.x0 - left.x1) / max(_height(left), _height(right), 0.1)
    return _overlap(left, right) > _SAME_LINE and -_GLUED < gap < _BESIDE


def _falls_back(left: RawWord, right: RawWord) -> bool:
    """Whether `right` starts a line of its own below or above `left`."""
    return right.x0 < left.x0 and _overlap(left, right) < _SAME_LINE


def _is_glued(left: RawWord, right: RawWord) -> bool:
    """Whether `right` is part of the word `left`, as the 2 of CO2 is; the mark of a note is not."""
    together = left.text + right.text
    raised = left.y1 - right.y1 >= _RAISED * _height(left)
    note = raised and _MARK.search(together) and not _UNIT.fullmatch(together)
    return right.x0 - left.x1 < _GLUED * _height(right) and not note


def _union(left: Box, right: Box) -> Box:
    return (
        min(left[0], right[0]),
        min(left[1], right[1]),
        max(left[2], right[2]),
        max(left[3], right[3]),
    )


def _box_reader(text: Any, page: Any) -> Callable[[int], Box]:
    """A function from pdfium's character index to a box in points from the page's top left."""
    import pypdfium2.raw as pdfium

    left, bottom, right, top = page.get_bbox()
    turned = page.get_rotation()
    handle = text.raw
    rect = pdfium.FS_RECTF()
    pointer = ctypes.byref(rect)
    loose_box = pdfium.FPDFText_GetLooseCharBox

    def box_at(index: int) -> Box:
        loose_box(handle, index, pointer)
        x0, y0, x1, y1 = rect.left, rect.bottom, rect.right, rect.top
        if turned == 0:
            box = (x0 - left, top - y1, x1 - left, top - y0)
        elif turned == 90:
            box = (y0 - bottom, x0 - left, y1 - bottom, x1 - left)
        elif turned == 180:
            box = (right - x1, y0 - bottom, right - x0, y1 - bottom)
        else:
            box = (top - y1, right - x1, top - y0, right - x0)
        return box

    return box_at
