"""Documents to chunks: runs of whole sentences that an extractor can take in at once."""

from collections.abc import Iterator, Sequence

from kgpipe.corpus.language import identify_with_confidence
from kgpipe.ids import content_id
from kgpipe.settings import ChunkSettings, ReadSettings
from kgpipe.text.pages import page_starts
from kgpipe.text.sentences import split_sentences
from kgpipe.types import Chunk, Chunks, Document

Span = tuple[int, int]

# So many letters tell a chunk's own language, with at least this probability.
_MIN_LETTERS = 200
_MIN_PROBABILITY = 0.9
# A paragraph without a full stop and shorter than this is taken for a heading.
_HEADING_CHARS = 120


def chunk_document(
    document: Document,
    *,
    settings: ChunkSettings,
    languages: tuple[str, ...] = ReadSettings().languages,
) -> Chunks:
    """Cut a document into chunks.

    A chunk is filled with whole paragraphs, and with whole sentences where a paragraph is longer
    than `max_chars`; a longer sentence is a chunk of its own. Headings go with what follows. The
    chunks are in order, do not overlap, and hold everything that is not blank, tables excepted:
    these are read cell by cell. With `cut` set to "characters" they end after so many characters,
    in the middle of a word if need be, and hold the tables as well.

    Args:
        document: any document but a table.
        settings: the `chunk` section.
        languages: those that a chunk in another language than the document's may be in.
    """
    if settings.cut == "characters":
        spans = list(_cut(document.text, settings.max_chars))
    else:
        spans = [
            span
            for stretch in _stretches(document)
            for span in _pack(_paragraphs(document, stretch), document.text, settings.max_chars)
        ]
    chunks = tuple(_chunk(document, span, languages) for span in spans)
    return Chunks(document_id=document.id, chunks=chunks)


def _cut(text: str, length: int) -> Iterator[Span]:
    """Pieces of so many characters, blank ones left out."""
    for start in range(0, len(text), length):
        end = min(start + length, len(text))
        if text[start:end].strip():
            yield start, end


def _stretches(document: Document) -> Iterator[Span]:
    """What stands before, between and after the tables."""
    start = 0
    for table in document.tables:
        cells = [cell for row in table.rows for cell in row if cell]
        yield start, min(cells)[0]
        start = max(end for _, end in cells)
    yield start, len(document.text)


def _paragraphs(document: Document, stretch: Span) -> Iterator[list[Span]]:
    """The sentences of each paragraph; a blank line parts paragraphs."""
    paragraph: list[Span] = []
    offset = stretch[0]
    for start, end in split_sentences(document.text[slice(*stretch)], document.language):
        span = offset + start, offset + end
        if paragraph and document.text.count("\n", paragraph[-1][1], span[0]) > 1:
            yield paragraph
            paragraph = []
        paragraph.append(span)
    if paragraph:
        yield paragraph


def _pack(paragraphs: Iterator[list[Span]], text: str, max_chars: int) -> Iterator[Span]:
    """Fill chunks greedily; the last pieces move on with the next paragraph if headings."""
    packed: list[Span] = []
    for paragraph in paragraphs:
        whole = (paragraph[0][0], paragraph[-1][1])
        pieces = [whole] if whole[1] - whole[0] <= max_chars else paragraph
        for piece in pieces:
            if packed and piece[1] - packed[0][0] > max_chars:
                headings = _trailing_headings(packed, text)
                if piece[1] - (headings or [piece])[0][0] > max_chars:
                    headings = []
                yield packed[0][0], packed[len(packed) - len(headings) - 1][1]
                packed = headings
            packed.append(piece)
    if packed:
        yield packed[0][0], packed[-1][1]


def _trailing_headings(pieces: Sequence[Span], text: str) -> list[Span]:
    """The headings at the end of `pieces`, but never all of these."""
    first = len(pieces)
    while first > 1 and _is_heading(text, pieces[first - 1]):
        first -= 1
    return list(pieces[first:])


def _is_heading(text: str, span: Span) -> bool:
    start, end = span
    return (
        end - start < _HEADING_CHARS
        and text[end - 1] not in ".!?;\u2026"
        and "\t" not in text[start:end]
        and text[end : end + 2] == "\n\n"
    )


def _chunk(document: Document, span: Span, languages: tuple[str, ...]) -> Chunk:
    start, end = span
    text = document.text[start:end]
    language = _language(text, document.language, languages)
    return Chunk(
        # With the text and language in it, an id never stands for what other settings made.
        id=content_id("chunk", document.id, start, end, language, text),
        document_id=document.id,
        start=start,
        end=end,
        text=text,
        language=language,
        source=document.source,
        pages=page_starts(document, start, end),
    )


def _language(text: str, default: str, languages: tuple[str, ...]) -> str:
    if sum(map(str.isalpha, text)) < _MIN_LETTERS:
        return default
    language, probability = identify_with_confidence(text, languages=languages)
    return language if probability >= _MIN_PROBABILITY else default
