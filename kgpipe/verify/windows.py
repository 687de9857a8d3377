"""Cuts passages into the windows that a judge looks at: a sentence, or one with the next."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from kgpipe.text.sentences import split_sentences
from kgpipe.text.tokens import Token, singular, stop_words, tokenize
from kgpipe.verify.amounts import Amount, find_amounts
from kgpipe.verify.lexicon import cues


class Window(NamedTuple):
    """`text[start:end]` with its words and amounts, all offsets those of the passage.

    The first `context` tokens stand before the sentence that speaks: in a heading, or in the
    sentence that a pronoun goes back to.
    """

    text: str
    start: int
    end: int
    tokens: tuple[Token, ...]
    amounts: tuple[Amount, ...]
    language: str
    sentences: int
    context: int = 0


# The same passages come back for other claims of their subject.
@lru_cache(maxsize=4096)
def read_sentences(text: str, language: str) -> tuple[Window, ...]:
    """The sentences of a passage as windows."""
    tokens = tokenize(text)
    amounts = find_amounts(text, tokens)
    return tuple(
        Window(
            text,
            start,
            end,
            tuple(token for token in tokens if start <= token.start and token.end <= end),
            tuple(a for a in amounts if start <= a.start and a.end <= end),
            language,
            1,
        )
        for start, end in split_sentences(text, language)
    )


def join_windows(windows: Sequence[Window]) -> Window:
    """Neighbouring windows as one."""
    first, last = windows[0], windows[-1]
    return Window(
        first.text,
        first.start,
        last.end,
        tuple(token for window in windows for token in window.tokens),
        tuple(amount for window in windows for amount in window.amounts),
        first.language,
        sum(window.sentences for window in windows),
    )


def carry_heading(heading: Window, sentence: Window) -> Window:
    """A sentence with the words of the heading it stands under; the span is the sentence's own."""
    # A year in a heading dates the whole and is no rival of a date below.
    counts = tuple(amount for amount in heading.amounts if not amount.date)
    return sentence._replace(
        tokens=(*heading.tokens, *sentence.tokens),
        amounts=(*counts, *sentence.amounts),
        context=len(heading.tokens),
    )


def carry_sentence(before: Window, sentence: Window) -> Window:
    """A sentence that goes on about the one before, and that one as its context."""
    joined = join_windows((before, sentence))
    return joined._replace(amounts=sentence.amounts, context=len(before.tokens))


def find_heading(windows: Sequence[Window]) -> Window | None:
    """The first window if it is a heading: no sentence mark ends it, and a sentence follows."""
    if len(windows) < 2:
        return None
    first = windows[0]
    return None if first.text[first.end - 1] in ".!?;:," else first


def is_anaphoric(window: Window, before: Window) -> bool:
    """Whether a sentence goes back to the one before.

    A pronoun opens it ("It has", "Their number"), or a demonstrative repeats a noun ("of these
    practices").
    """
    if opens_with_pronoun(window):
        return True
    words = cues("anaphor", window.language)
    named = {singular(token.form) for token in before.tokens} - stop_words()
    return any(
        token.form in words and singular(follower.form) in named
        for token, follower in pairwise(window.tokens)
    )


def opens_with_pronoun(window: Window) -> bool:
    """Whether the first word of the sentence itself stands for something named before."""
    body = window.tokens[window.context : window.context + 1]
    return any(token.form in cues("anaphor", window.language) for token in body)
