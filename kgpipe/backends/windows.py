"""What a language model is shown at a time: a chunk's sentences, a few together, with context."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from kgpipe.text.align import find_quote
from kgpipe.text.cues import cue_words
from kgpipe.text.prose import is_prose
from kgpipe.text.sentences import split_sentences
from kgpipe.text.tokens import tokenize
from kgpipe.types import Chunk

Span = tuple[int, int]
# What a pronoun stands for is nearly always in the sentence before.
_CONTEXT_SENTENCES = 1


class Window(NamedTuple):
    """Sentences to extract from, as spans of the chunk's text, and what stands before them.

    `text` is the piece of the chunk that they are in.
    """

    context: str
    sentences: tuple[Span, ...]
    text: str


def cut_windows(
    chunk: Chunk, *, by_sentence: bool, statements_only: bool = True
) -> Iterator[Window]:
    """One window a sentence, with what it refers back to as context, or one for the whole chunk.

    Only statements are shown: of a table's cells or a map's labels a model tells what it makes up,
    and every call is paid for. A chunk without a statement has no window.

    Args:
        chunk: what is cut.
        by_sentence: a window a sentence.
        statements_only: of a whole chunk, too; else a chunk with a statement is shown as it is.
    """
    text = chunk.text
    sentences = split_sentences(text, chunk.language)
    prose = (s for s in sentences if is_prose(text[s[0] : s[1]], language=chunk.language))
    if not (by_sentence or statements_only):
        # One statement is enough: to look at every sentence took a tenth of the time of a call.
        if next(prose, None):
            yield Window("", tuple(sentences), text)
        return
    spans = list(prose)
    if not by_sentence:
        if spans:
            yield Window("", tuple(spans), text)
        return
    for number, span in enumerate(spans):
        refers = _refers_back(text[span[0] : span[1]], chunk.language)
        before = spans[max(0, number - _CONTEXT_SENTENCES) : number] if refers else []
        context = " ".join(text[start:end] for start, end in before)
        yield Window(context, (span,), text[span[0] : span[1]])


def last_sentence(window: Window, quotes: Sequence[str], chunk: Chunk) -> int | None:
    """The number of the sentence in which the last of `quotes` begins that the window has."""
    start, end = window.sentences[0][0], window.sentences[-1][1]
    for quote in reversed(quotes):
        if place := find_quote(chunk.text, quote, start=start, end=end):
            return next(n for n, span in enumerate(window.sentences) if span[1] > place[0])
    return None


def skip_sentences(window: Window, count: int, chunk: Chunk) -> Window | None:
    """The window without its first `count` sentences, None if no other is left."""
    rest = window.sentences[count:]
    return Window("", rest, chunk.text[rest[0][0] : rest[-1][1]]) if rest else None


def _refers_back(sentence: str, language: str) -> bool:
    """Whether a pronoun may mean something before the sentence; where we cannot tell, it may.

    A small model that is shown more than it needs extracts from that too: of the facts that it
    wrote about Spanish sentences, four in ten were those of the sentence before.
    """
    anaphors = cue_words("anaphor", language)
    return not anaphors or any(token.form in anaphors for token in tokenize(sentence))


def show_window(window: Window, text: str) -> str:
    """The window as a model reads it: a line of context, then the sentences, one a line."""
    lines = [f"Before: {_one_line(window.context)}"] if window.context else []
    return "\n".join(lines + [_one_line(text[start:end]) for start, end in window.sentences])


def _one_line(text: str) -> str:
    return " ".join(text.split())
