from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from kgpipe.backends.search_local import LocalSearch, index_name
from kgpipe.types import Passage

TEXTS = (
    "Mercury is used to extract gold from ore.",
    "Ghana exports gold, cocoa and oil.",
    "El mercurio contamina los r\u00edos del sur.",
    "The rains begin in May.",
)


def make_passages(*texts: str) -> list[Passage]:
    return [Passage(id=f"p{n}", source=f"s{n}", text=text) for n, text in enumerate(texts)]


def found(query: str, *, limit: int = 10) -> list[str]:
    return [p.id for p in LocalSearch(make_passages(*TEXTS)).search(query, limit=limit)]


def test_the_best_match_comes_first() -> None:
    assert found("gold exports of Ghana") == ["p1", "p0"]
    assert found("gold exports of Ghana", limit=1) == ["p1"]


def test_inflection_and_accents_do_not_matter() -> None:
    assert found("extracting golds")[0] == "p0"
    assert found("RIOS") == ["p2"]


@pytest.mark.parametrize("query", ["", "?!", "zinc", "\u0000", '"', "\ud800"])
def test_nothing_is_found_without_a_common_word(query: str) -> None:
    assert found(query) == []


@given(st.text(max_size=80))
@settings(derandomize=True, deadline=None, max_examples=100)
def test_no_query_breaks_the_index(query: str) -> None:
    assert set(found(f"{query} gold {query}")) <= {"p0", "p1", "p2", "p3"}


@pytest.mark.parametrize(
    "query", ["gold AND NOT", "NEAR(gold", "words:gold*", 'gold" OR "', "^gold-"]
)
def test_query_syntax_is_plain_text(query: str) -> None:
    assert found(query)[:1] in (["p0"], ["p1"])


def test_an_empty_index_and_very_long_queries() -> None:
    assert LocalSearch([]).search("gold", limit=5) == []
    assert "p0" in found("gold " + " ".join(f"w{n}" for n in range(5_000)))


def test_order_of_the_passages_changes_neither_results_nor_name() -> None:
    passages = make_passages(*TEXTS, *TEXTS)
    left, right = LocalSearch(passages), LocalSearch(passages[::-1])
    assert left.search("gold", limit=9) == right.search("gold", limit=9)
    assert index_name(passages) == index_name(passages[::-1])


def test_the_name_changes_with_a_passage_and_the_embedder() -> None:
    passages = make_passages(*TEXTS)
    names = {index_name(passages), index_name(passages[1:]), index_name(passages, "minilm")}
    assert len(names) == 3


def test_many_threads_get_the_same_answers() -> None:
    search = LocalSearch(make_passages(*TEXTS))
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: search.search("gold", limit=3), range(64)))
    assert all(result == results[0] for result in results)


class LengthEmbedder:
    """Likes long texts: the query's vector and a text's agree more the longer the text is."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        angles = np.array([1 / (1 + len(text)) for text in texts])
        return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def test_embeddings_join_the_order_and_are_made_once() -> None:
    embedder = LengthEmbedder()
    short, long = passages = make_passages("gold gold", "gold, told in a very long tale " * 5)
    assert LocalSearch(passages).search("gold", limit=2) == [short, long]
    search = LocalSearch(passages, embedder)
    for query in ("gold " * 50, "gold, and gold again " * 40):
        assert len(search.search(query, limit=2)) == 2
    assert embedder.asked.count(short.text) == embedder.asked.count(long.text) == 1


class TopicEmbedder:
    """Texts that speak of rivers point one way, all others the other."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([[1, 0] if "river" in t or "stream" in t else [0, 1] for t in texts], "f4")


def test_similarity_overrules_a_close_race_of_words() -> None:
    passages = make_passages("gold gold here", "gold in a stream here", "gold, gold and cocoa here")
    plain = LocalSearch(passages).search("gold river", limit=3)
    fused = LocalSearch(passages, TopicEmbedder()).search("gold river", limit=3)
    assert [p.id for p in plain] == ["p0", "p2", "p1"]
    assert [p.id for p in fused] == ["p0", "p1", "p2"]


class OneMeaning:
    """Embeds what names the metal in any language alike."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        named = [any(w in t.lower() for w in ("mercur", "quecksilber")) for t in texts]
        return np.array([[1.0, 0.0] if one else [0.0, 1.0] for one in named], dtype=np.float32)


def test_with_vectors_of_all_passages_no_common_word_is_needed() -> None:
    passages = make_passages(*TEXTS)
    assert LocalSearch(passages, OneMeaning()).search("Quecksilber", limit=2) == []
    ranked = LocalSearch(passages, OneMeaning(), rank_all=True).search("Quecksilber", limit=2)
    assert {passage.id for passage in ranked} == {"p0", "p2"}
