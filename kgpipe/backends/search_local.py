"""Searches the user's own texts: SQLite FTS5 (BM25), joined by sentence embeddings if given.

BM25 alone is the default. Embedding passages of 900 characters is some hundred times dearer than
finding them, so vectors are made only of what BM25 ranks first, and kept.
"""

import sqlite3
import threading
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from kgpipe.errors import ServiceError
from kgpipe.ids import content_id
from kgpipe.ports import Embedder
from kgpipe.text.tokens import content_tokens, tokenize
from kgpipe.types import Passage

# Raise it when the same passages would be ranked differently.
_VERSION = 2
# A claim of 10,000 characters is found as well by its first words, in a hundredth of the time.
_MAX_TERMS = 128
# Passages that embeddings may re-rank: they are embedded one by one when first met.
_DENSE_CANDIDATES = 50
# Reciprocal rank fusion, Cormack et al. 2009, section 3: k = 60.
_RRF_K = 60

_CREATE = "CREATE VIRTUAL TABLE passages USING fts5(words, tokenize='porter unicode61')"
_SELECT = "SELECT rowid FROM passages WHERE passages MATCH ? ORDER BY bm25(passages), rowid LIMIT ?"


def index_name(passages: Sequence[Passage], embedder_name: str = "") -> str:
    """The name of a `LocalSearch` over `passages`, told without building it.

    It changes with any passage and with the embedder, and does not depend on their order.
    """
    digest = content_id(
        "index", _VERSION, sorted((passage.id, passage.text) for passage in passages)
    )
    return f"local:{digest}:{embedder_name or 'bm25'}"


class LocalSearch:
    """An index in memory. One instance may serve many threads.

    Args:
        passages: what can be found; their order does not matter.
        embedder: joins BM25's order with that of cosine similarity; None for BM25 alone.
        rank_all: embed all passages, not only those that share a word with a query: a multilingual
            model finds a paragraph without one. They are embedded with the first query.
    """

    def __init__(
        self,
        passages: Iterable[Passage],
        embedder: Embedder | None = None,
        *,
        rank_all: bool = False,
    ) -> None:
        self._passages = sorted(passages, key=lambda passage: (passage.id, passage.source))
        self._embedder = embedder
        self._rank_all = rank_all
        self._vectors: dict[int, NDArray[np.float32]] = {}
        self._lock = threading.Lock()
        self._database = sqlite3.connect(":memory:", check_same_thread=False)
        self._database.execute(_CREATE)
        self._database.executemany(
            "INSERT INTO passages(rowid, words) VALUES (?, ?)",
            ((row, _folded(passage.text)) for row, passage in enumerate(self._passages)),
        )

    def search(self, query: str, *, limit: int) -> list[Passage]:
        """Return the passages that share a word with `query`, best first.

        Raises:
            ServiceError: the index cannot be read.
        """
        terms = _terms(query)
        if not terms or limit < 1:
            return []
        match = " OR ".join(f'"{term}"' for term in terms)
        with self._lock:
            try:
                found = self._database.execute(_SELECT, (match, max(limit, _DENSE_CANDIDATES)))
                rows = [int(row) for (row,) in found]
            except sqlite3.Error as error:
                raise ServiceError("search_failed", f"the local index failed: {error}") from error
            if self._embedder is not None:
                rows = self._fuse(query, rows, self._embedder)
        return [self._passages[row] for row in rows[:limit]]

    def _fuse(self, query: str, rows: list[int], embedder: Embedder) -> list[int]:
        """Join the order of `rows` with that of their first ones by cosine to the query."""
        everything = list(range(len(self._passages)))
        candidates = everything if self._rank_all else rows[:_DENSE_CANDIDATES]
        fresh = [row for row in candidates if row not in self._vectors]
        embedded = embedder.embed([query, *(self._passages[row].text for row in fresh)])
        self._vectors.update(zip(fresh, embedded[1:], strict=True))
        cosine = {row: round(float(self._vectors[row] @ embedded[0]), 3) for row in candidates}
        dense = sorted(candidates, key=lambda row: (-cosine[row], row))
        # What neither its words nor its vector bring near is no result.
        dense = dense[: max(len(rows), _DENSE_CANDIDATES)]
        score: dict[int, float] = {}
        for order in (rows, dense):
            for rank, row in enumerate(order, start=1):
                score[row] = score.get(row, 0.0) + 1 / (_RRF_K + rank)
        return sorted(score, key=lambda row: (-score[row], row))


def _folded(text: str) -> str:
    """The words as queries are folded, so that both sides meet in the same form."""
    return " ".join(token.form for token in tokenize(text))


def _terms(query: str) -> list[str]:
    """The query's words: content words, or all if there are no others. They hold no quote mark."""
    tokens = content_tokens(query) or tokenize(query)
    return list(dict.fromkeys(token.form for token in tokens))[:_MAX_TERMS]
