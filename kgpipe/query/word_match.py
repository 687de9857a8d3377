"""How much of a question's words a text has, in those words or in others of the same meaning.

A word counts in full where the text has it or one of its stem, nearly so for a synonym, and for
any other word as far as its embedding is near.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from kgpipe.ports import Embedder
from kgpipe.query.paraphrase import synonyms
from kgpipe.text.tokens import are_related, singular, tokenize

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

# Cosine of single words that have nothing to do with each other, and from there to one of meaning
# (all-MiniLM-L6-v2: "runway" and "river" .3, "firm" and "company" .7).
_UNRELATED, _RANGE = 0.3, 0.5
_SYNONYM = 0.9


def folded_words(text: str) -> frozenset[str]:
    """The words of a text as they are compared."""
    return frozenset(singular(token.form) for token in tokenize(text))


class WordMatcher:
    """Compares question words with the words of texts.

    Args:
        texts: the words of each text.
        embedder: of single words.
    """

    def __init__(self, texts: Sequence[Iterable[str]], embedder: Embedder) -> None:
        self._embedder = embedder
        counts = Counter(word for words in texts for word in set(words))
        self._rows = {word: row for row, word in enumerate(sorted(counts))}
        self._vectors = embedder.embed(list(self._rows))  # (words, d)
        self._unknown = math.log(1 + len(texts))
        self._rarity = {
            word: math.log(1 + len(texts) / (1 + count)) for word, count in counts.items()
        }

    def rows(self, words: Iterable[str]) -> Rows:
        """The rows of those of the words that a text has."""
        return np.array(sorted({self._rows[w] for w in words if w in self._rows}), dtype=np.int64)

    def compare(self, asked: Sequence[str]) -> tuple[Floats, Floats]:
        """How far each word of the texts says each that is asked, and what each asked one weighs.

        Returns:
            Shares from 0 to 1 of shape (asked, words), and weights by rarity of shape (asked,).
        """
        if not asked or not self._rows:
            return np.zeros((0, len(self._rows))), np.zeros(0)
        cosines = (self._embedder.embed(list(asked)) @ self._vectors.T).astype(np.float64)
        shares = np.clip((cosines - _UNRELATED) / _RANGE, 0.0, _SYNONYM)
        for row, word in enumerate(asked):
            for other in synonyms(word) & self._rows.keys():
                shares[row, self._rows[other]] = _SYNONYM
            same = [at for other, at in self._rows.items() if are_related(word, other)]
            shares[row, same] = 1.0
        weights = [self._rarity.get(word, self._unknown) for word in asked]
        return shares, np.array(weights)


def share_covered(shares: Floats, weights: Floats, *texts: tuple[Rows, float]) -> float:
    """The weighted share of the asked words that texts say.

    Args:
        shares: from `WordMatcher.compare`.
        weights: from there, too.
        texts: the rows of the words of each text, and how much a word in it counts, from 0 to 1.
    """
    said = [shares[:, rows].max(axis=1) * counts for rows, counts in texts if len(rows)]
    if not len(weights) or not said:
        return 0.0
    return float((np.max(said, axis=0) * weights).sum() / weights.sum())
