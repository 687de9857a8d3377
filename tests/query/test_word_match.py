from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kgpipe.backends.fake import FakeEmbedder
from kgpipe.query.word_match import WordMatcher, folded_words, share_covered

TEXTS = [
    {"mercury", "pollute", "river"}, {"airstrip", "count"}, {"mercury", "count"}, {"mercury"}
]  # fmt: skip
MATCHER = WordMatcher(TEXTS, FakeEmbedder())


def cover(*asked: str, text: set[str]) -> float:
    shares, weights = MATCHER.compare(asked)
    return share_covered(shares, weights, (MATCHER.rows(text), 1.0))


def test_words_of_one_stem_count_in_full_and_synonyms_nearly() -> None:
    assert cover("polluted", text=TEXTS[0]) == 1
    assert np.isclose(cover("runway", text=TEXTS[1]), 0.9)
    assert cover("runway", text=TEXTS[0]) < 0.9


def test_rare_words_weigh_more_than_common_ones() -> None:
    assert cover("mercury", "river", text={"river"}) > cover("mercury", "river", text={"mercury"})


def test_nothing_covers_nothing() -> None:
    shares, weights = MATCHER.compare([])
    assert share_covered(shares, weights, (MATCHER.rows(TEXTS[0]), 1.0)) == 0
    assert cover("mercury", text=set()) == 0


def test_a_word_counts_as_much_as_its_text() -> None:
    shares, weights = MATCHER.compare(["river"])
    beside = (MATCHER.rows({"river"}), 0.8)
    assert np.isclose(share_covered(shares, weights, (MATCHER.rows({"count"}), 1.0), beside), 0.8)


def test_words_are_folded() -> None:
    assert folded_words("MINAS, contaminated") == {"mina", "contaminated"}


class NoVectors:
    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.zeros((len(texts), 4), dtype=np.float32)


def test_an_index_of_no_texts_is_asked_without_harm() -> None:
    shares, weights = WordMatcher([], NoVectors()).compare(["mercury"])
    assert (shares.shape, weights.shape) == ((0, 0), (0,))
