"""Cuts passages into the windows that a judge looks at: a sentence, or one with the next."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from kgpipe.text.sentences import split_sentences
from kgpipe.text.tokens import Token, tokenize
from kgpipe.verify.amounts import Amount, find_amounts


class Window(NamedTuple):
    """`text[start:end]` with its words and amounts, all offsets those of the passage."""

    text: str
    start: int
    end: int
    tokens: tuple[Token, ...]
    amounts: tuple[Amount, ...]
    language: str
    sentences: int


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
