"""Lines to paragraphs: by pitch, indent, type size and what a line's end and start look like."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from kgpipe.corpus.lines import SOFT_HYPHEN, Line

Paragraph = list[Line]

_SENTENCE_END = re.compile(r"[.!?:;\u2026][\"'\u201d\u2019\u00bb)\]]*\d{0,3}$")
_LIST_MARK = re.compile(r"(?:[\u2022\u2013*\u25e6\u27a2\u2713-]|\(?(?:\d{1,2}|[a-z]|[ivx]+)[.)])$")
_NUMBERED_HEADING = re.compile(r"\d{1,2}(?:\.\d{1,2})+\.?$")
_NOTE_MARK = re.compile(r"(?:\d{1,3}(?![\d.,])|[*\u2020\u2021\u00a7\u00b9\u00b2\u00b3])")
# The rest is in line heights. Type of one paragraph differs no more than by this ratio.
_SAME_TYPE = 0.8
# Footnotes are set at most this large, relative to the body.
_NOTE_TYPE = 0.92
_INDENT = 0.5
# A line whose end is further from the right edge than this does not reach it.
_SHORT = 3.0
# The blank between two words, with some slack.
_BLANK = 0.6
# Blanks so wide part the cells of a table row.
_CELL_GAP = 1.6
# Blanks of a justified line differ no more than by this ratio.
_EVEN = 0.9
# Lines further apart than the usual pitch by this factor belong to different paragraphs.
_LOOSE = 1.25


def group_lines(pages: Sequence[Sequence[Line]]) -> list[Paragraph]:
    """Group the lines of all pages, in reading order, into paragraphs.

    A paragraph may run over columns and pages. Footnotes stand after the first paragraph that ends
    on their page, so that they do not part a sentence from its end on the next page.
    """
    pitches = _usual_pitches(pages)
    body = _body_height(pages)
    paragraphs: list[Paragraph] = []
    for lines in pages:
        blocks = _notes_after_first(list(_blocks(lines, pitches)), body)
        if blocks and paragraphs and _flows_on(paragraphs[-1], blocks[0][0]):
            paragraphs[-1] += blocks.pop(0)
        paragraphs += blocks
    return paragraphs


def is_row(line: Line) -> bool:
    """Whether the line looks like a table's row: wide blanks, but not all equally wide.

    The blank after a list mark does not count; equal blanks are those of a justified line.
    """
    gaps = list(_gaps(line))
    wide = max(gaps, default=0.0)
    # Two equal blanks may be chance.
    justified = len(gaps) > 2 and min(gaps) > _EVEN * wide
    return wide > _CELL_GAP * line.height and not justified


def is_cell_gap(line: Line, index: int) -> bool:
    """Whether the blank before word `index` of a row parts two cells."""
    return line.words[index].x0 - line.words[index - 1].x1 > _CELL_GAP * line.height


def _gaps(line: Line) -> Iterator[float]:
    skip = 2 if _LIST_MARK.match(line.words[0].text) else 1
    for left, right in zip(line.words[skip - 1 :], line.words[skip:], strict=False):
        yield right.x0 - left.x1


def _usual_pitches(pages: Sequence[Sequence[Line]]) -> dict[int, float]:
    """The commonest distance of line tops (points) by rounded line height."""
    counts: dict[int, Counter[float]] = defaultdict(Counter)
    for lines in pages:
        for above, below in pairwise(lines):
            pitch = below.y0 - above.y0
            # Half a line to two and a half lines: anything else is no line spacing.
            if _beside(above, below) and 0.5 < pitch / max(above.height, 0.1) < 2.5:
                counts[round(above.height)][round(2 * pitch) / 2] += 1
    return {
        height: min(pitch for pitch, count in found.items() if count == max(found.values()))
        for height, found in counts.items()
    }


def _body_height(pages: Sequence[Sequence[Line]]) -> float:
    """The height of the type that most words are set in."""
    counts: Counter[float] = Counter()
    for lines in pages:
        for line in lines:
            counts[round(2 * line.height) / 2] += len(line.words)
    return max(counts, key=lambda height: (counts[height], height), default=0.0)


def _blocks(lines: Sequence[Line], pitches: dict[int, float]) -> Iterator[Paragraph]:
    block: Paragraph = []
    for line in lines:
        if block and not _belongs(block, line, pitches):
            yield block
            block = []
        block.append(line)
    if block:
        yield block


def _belongs(block: Paragraph, line: Line, pitches: dict[int, float]) -> bool:
    """Whether the line goes on with the block; the row of a table is one."""
    left, right = block[-1].place, line.place
    if left and right:
        return (left.table, left.row) == (right.table, right.row)
    return not (left or right) and _continues(block, line, pitches)


def _continues(block: Paragraph, line: Line, pitches: dict[int, float]) -> bool:
    last = block[-1]
    if _is_numbers(last) and _is_numbers(line) and not is_row(last) and not is_row(line):
        # The labels of a chart: one paragraph of them disturbs least.
        return True
    if _starts_item(line, last) or is_row(line) or is_row(last):
        return False
    pitch = line.y0 - last.y0
    if pitch <= 0 or not _beside(last, line):
        return _flows_on(block, line)
    usual = pitches.get(round(last.height), last.height)
    if pitch > _LOOSE * max(usual, line.height * _SAME_TYPE):
        return False
    if line.text[0].islower() and not _SENTENCE_END.search(last.text):
        return True
    return _same_type(last, line) and not _breaks_off(block, line) and not _is_indented(block, line)


def _breaks_off(block: Paragraph, line: Line) -> bool:
    """Whether the line's first word would have fitted on the line before."""
    last, first = block[-1], line.words[0]
    right = max(line.x1, *(other.x1 for other in block))
    return last.x1 + _BLANK * last.height + (first.x1 - first.x0) < right


def _is_indented(block: Paragraph, line: Line) -> bool:
    """Whether, after a sentence end, an indent or outdent shows a new paragraph."""
    last = block[-1]
    if not _SENTENCE_END.search(last.text) or abs(line.x0 - last.x0) <= _INDENT * line.height:
        return False
    if len(block) > 1:
        return True
    # The second line of a paragraph or of a list item stands where it likes.
    return line.x0 > last.x0 and not _LIST_MARK.match(last.words[0].text)


def _flows_on(block: Paragraph, line: Line) -> bool:
    """Whether a paragraph goes on in the next column or on the next page."""
    last = block[-1]
    if last.place or line.place or is_row(line) or is_row(last):
        return False
    if not _same_type(last, line) or _starts_item(line, last):
        return False
    if last.text.endswith(SOFT_HYPHEN):
        return True
    if _SENTENCE_END.search(last.text):
        return False
    if line.text[0].islower() or len(block) == 1:
        return line.text[0].islower()
    # Before a capital only a full line goes on, and one that is not centred as captions are.
    full = last.x1 > max(other.x1 for other in block) - _SHORT * last.height
    return full and abs(last.x0 - block[-2].x0) < _INDENT * last.height


def _starts_item(line: Line, last: Line) -> bool:
    """Whether the line starts a list item or a numbered heading."""
    first = line.words[0].text
    if first in "\u2013-" and not _SENTENCE_END.search(last.text):
        # A dash inside a sentence.
        return False
    if len(line.words) == 1 or not (_LIST_MARK.match(first) or _NUMBERED_HEADING.match(first)):
        return False
    return first == "\u2022" or _SENTENCE_END.search(last.text) is not None


def _is_numbers(line: Line) -> bool:
    return not any(char.isalpha() for word in line.words for char in word.text)


def _same_type(left: Line, right: Line) -> bool:
    low, high = sorted((left.height, right.height))
    return low >= _SAME_TYPE * high


def _beside(above: Line, below: Line) -> bool:
    """Whether two lines share a column."""
    return min(above.x1, below.x1) > max(above.x0, below.x0)


def _notes_after_first(blocks: Sequence[Paragraph], body: float) -> list[Paragraph]:
    notes: list[Paragraph] = []
    rest: list[Paragraph] = []
    in_notes = False
    for block in blocks:
        marked = _NOTE_MARK.match(block[0].text) is not None and not _is_numbers(block[0])
        small = all(line.height <= _NOTE_TYPE * body for line in block)
        # A note's further paragraphs bear no mark.
        in_notes = small and (marked or in_notes) and not (block[0].place or is_row(block[0]))
        (notes if in_notes else rest).append(block)
    ended = (at for at, block in enumerate(rest, 1) if _SENTENCE_END.search(block[-1].text))
    place = next(ended, len(rest))
    return rest[:place] + notes + rest[place:]
