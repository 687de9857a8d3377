"""How much of a name a text says, whatever its inflection: what it does not say was made up."""

import re
from collections.abc import Iterable

from kgpipe.text.tokens import are_related, content_tokens, tokenize

# Signs inside a number that one writer sets and another leaves out.
_DIGIT_GROUPS = re.compile(r"(?<=\d)[,.\u00a0\u202f ](?=\d{3}(?!\d))")


def said_words(text: str) -> frozenset[str]:
    """The folded words of a text, numbers without the signs between groups of digits."""
    return frozenset(token.form for token in tokenize(_plain(text)))


def share_said(name: str, said: Iterable[str]) -> float:
    """The share of a name's content words that are among the words `said`, from 0 to 1.

    Words of one stem count as the same; numbers must be equal. A name of function words alone is
    held to all of them; one without any word has 0.
    """
    plain = _plain(name)
    words = [token.form for token in content_tokens(plain) or tokenize(plain)]
    if not words:
        return 0.0
    return sum(any(_is_same(word, other) for other in said) for word in words) / len(words)


def _is_same(word: str, other: str) -> bool:
    if word[0].isdigit() or other[0].isdigit():
        return word == other
    # Scripts that do not part words have the word inside a longer run.
    return are_related(word, other) or (not word.isascii() and word in other)


def _plain(text: str) -> str:
    return _DIGIT_GROUPS.sub("", text)
