"""Finds the facts that answer a question: by meaning, by words, and by the entities it names.

Candidates come from three sides: sentence embeddings of facts and quotes, BM25 over a full-text
index (SQLite FTS5), and the graph around the entities that the question names. One weighted sum
ranks them; what one quote says in several facts stays together, and a fact that only says less
than another from the same quote is folded into that.
"""

import sqlite3
import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from kgpipe.ports import Embedder
from kgpipe.query.names import NameIndex
from kgpipe.query.paraphrase import synonyms
from kgpipe.query.question import Question, offers, read_question
from kgpipe.query.statements import Statement
from kgpipe.query.word_match import WordMatcher, folded_words, share_covered
from kgpipe.text.tokens import content_tokens, tokenize
from kgpipe.types import Record

# From each side; more are hardly ever among the first five.
CANDIDATES = 80
# Chosen on the first 24 development questions of data/ask, in round figures. Weights fitted on more
# of them do no better on held-out ones (docs/asking.md); each part alone does far worse.
WEIGHTS = {
    "sentence": 0.15,  # cosine of question and fact
    "quoted": 0.20,  # cosine of question and fact with its quote
    "words": 0.20,  # share of the question's words in fact and quote
    "passage": 0.15,  # the same with the sentences around the quote
    "kind": 0.07,  # whether it holds the kind of thing that is asked for
    "grounded": 0.12,  # whether there is a quote at all
}
# How much the best fact of a quote lends to the others.
_LENT = 0.3
# A quote of more different words has something of every question: a word in it counts less.
_LONG_QUOTE = 25
# How much a word counts that stands in a sentence beside the quote.
_AROUND = 0.8
_CREATE = "CREATE VIRTUAL TABLE facts USING fts5(said, quoted, named, tokenize='porter unicode61')"
# The words of the fact itself weigh twice those of its quote and its ends' other names.
_SELECT = (
    "SELECT rowid FROM facts WHERE facts MATCH ? ORDER BY bm25(facts, 2.0, 1.0, 1.0), rowid LIMIT ?"
)


class Found(Record):
    """A fact that was retrieved, with its score and the parts of that.

    `also` are facts of the same quote that say the same with fewer words.
    """

    statement: Statement
    score: float
    parts: dict[str, float]
    also: tuple[Statement, ...] = ()


class FactIndex:
    """All facts of a graph, ready to be asked; may serve many threads.

    Args:
        statements: the facts.
        names: of their entities.
        embedder: of facts, quotes, words and questions; vectors it has stored make this fast.
        passages: by id of a statement the text around its quote.
    """

    def __init__(
        self,
        statements: Sequence[Statement],
        *,
        names: NameIndex,
        embedder: Embedder,
        passages: Mapping[str, str],
    ) -> None:
        self.names, self.embedder = names, embedder
        self.statements = sorted(statements, key=lambda one: one.id)
        told = [embedded_text(one) for one in self.statements]
        quotes = [one.quotes[0].text for one in self.statements]
        self.sentences = embedder.embed(told)  # (facts, d)
        self.quoted = embedder.embed(
            [f"{sentence} {quote}".rstrip() for sentence, quote in zip(told, quotes, strict=True)]
        )
        own = [self._own_words(one) for one in self.statements]
        said = [folded_words(" ".join(q.text for q in one.quotes)) for one in self.statements]
        around = [folded_words(passages.get(one.id, "")) for one in self.statements]
        self._matcher = WordMatcher([a | b for a, b in zip(own, said, strict=True)], embedder)
        self._own = [self._matcher.rows(words) for words in own]
        self._said = [self._matcher.rows(words) for words in said]
        self._around = [self._matcher.rows(words) for words in around]
        self._at_end: defaultdict[str, list[int]] = defaultdict(list)
        for row, one in enumerate(self.statements):
            for end in {one.subject_id, one.object_id}:
                self._at_end[end].append(row)
        self._lock = threading.Lock()
        self._database = sqlite3.connect(":memory:", check_same_thread=False)
        self._database.execute(_CREATE)
        self._database.executemany(
            "INSERT INTO facts(rowid, said, quoted, named) VALUES (?, ?, ?, ?)",
            (
                (row, _folded(told[row]), _folded(quotes[row]), " ".join(sorted(words)))
                for row, words in enumerate(own)
            ),
        )

    def find(self, text: str, *, limit: int = 5) -> list[Found]:
        """Return the facts that answer best, best first; scores are from 0 to about 1."""
        question = read_question(text, self.names)
        vector = self.embedder.embed([question.asked])[0]
        sentence, quoted = self.sentences @ vector, self.quoted @ vector
        shares, weights = self._matcher.compare(question.words)
        scored = []
        for row in self._candidates(question, np.maximum(sentence, quoted)):
            one = self.statements[row]
            said = self._said[row]
            texts = (self._own[row], 1.0), (said, min(1.0, _LONG_QUOTE / max(1, len(said))))
            parts = {
                "sentence": float(sentence[row]),
                "quoted": float(quoted[row]),
                "words": share_covered(shares, weights, *texts),
                "passage": share_covered(shares, weights, *texts, (self._around[row], _AROUND)),
                "kind": offers(one, question.wants),
                "grounded": float(one.is_quoted),
            }
            score = sum(WEIGHTS[name] * value for name, value in parts.items())
            rounded = {name: round(value, 3) for name, value in parts.items()}
            scored.append(Found(statement=one, score=score, parts=rounded))
        return fold_repeats(_keep_quotes_together(scored), limit=limit)

    def rank_by_words(self, text: str, *, limit: int) -> list[Statement]:
        """The facts by BM25 of sentence and quote alone, best first."""
        words = [token.form for token in content_tokens(text)]
        return [self.statements[row] for row in self._match(words, limit, columns="said quoted")]

    def rank_by_meaning(self, text: str, *, limit: int) -> list[Statement]:
        """The facts by cosine to their sentence alone, best first."""
        vector = self.embedder.embed([text])[0]
        order = np.argsort(-(self.sentences @ vector).round(4), kind="stable")
        return [self.statements[row] for row in order[:limit].tolist()]

    def _candidates(self, question: Question, near: NDArray[np.float32]) -> list[int]:
        order = np.argsort(-near.round(4), kind="stable").tolist()
        rows = set(order[:CANDIDATES])
        words = (w for word in question.words for w in (word, *sorted(synonyms(word))))
        rows.update(self._match(list(words), CANDIDATES))
        around = {row for end in question.entities for row in self._at_end[end]}
        rows.update(sorted(around, key=lambda row: (-round(float(near[row]), 4), row))[:CANDIDATES])
        return sorted(rows)

    def _match(
        self, words: Sequence[str], limit: int, *, columns: str = "said quoted named"
    ) -> list[int]:
        if not words:
            return []
        terms = " OR ".join(f'"{word}"' for word in dict.fromkeys(words))
        match = f"{{{columns}}}: ({terms})"
        with self._lock:
            return [row for (row,) in self._database.execute(_SELECT, (match, limit))]

    def _own_words(self, statement: Statement) -> frozenset[str]:
        said = [embedded_text(statement), statement.predicate]
        for end in (statement.subject_id, statement.object_id):
            if name := self.names.by_id.get(end):
                said += [name.name, *name.others]
        said += [word for quote in statement.quotes for word in quote.triple]
        return folded_words(" ".join(said))


def _folded(text: str) -> str:
    """The words as queries are folded, so that both sides meet in the same form."""
    return " ".join(token.form for token in tokenize(text))


def embedded_text(statement: Statement) -> str:
    """The fact with what limits it, as it is embedded."""
    limits = (statement.place, statement.time, statement.attributed_to)
    return " ".join([statement.sentence, *(f"({limit})" for limit in limits if limit)])


def fold_repeats(ranked: Sequence[Found], *, limit: int) -> list[Found]:
    """The first facts, each with those of the same quote that say the same with fewer words.

    "Guinea gained independence" goes with "Guinea gained independence from France", whichever of
    the two is ranked first.
    """
    kept: list[Found] = []
    for one in ranked:
        at = next((i for i, other in enumerate(kept) if _repeats(one, other)), None)
        if at is None:
            if len(kept) == limit:
                break
            kept.append(one)
            continue
        fuller, other = kept[at], one
        if _words_of(other.statement) > _words_of(fuller.statement):
            fuller, other = other, fuller
        also = (*fuller.also, other.statement, *other.also)
        kept[at] = fuller.model_copy(update={"also": also, "score": kept[at].score})
    return kept


def _repeats(one: Found, other: Found) -> bool:
    left, right = one.statement, other.statement
    if left.subject_id != right.subject_id or left.negated != right.negated:
        return False
    if not left.is_quoted or _place(left) != _place(right):
        return False
    mine, theirs = _words_of(left), _words_of(right)
    return mine <= theirs or theirs <= mine


def _words_of(statement: Statement) -> frozenset[str]:
    return folded_words(f"{statement.subject} {statement.predicate} {statement.object}")


def _place(statement: Statement) -> tuple[str, int | None]:
    first = statement.quotes[0]
    return first.source, first.start


def _keep_quotes_together(scored: Sequence[Found]) -> list[Found]:
    """Sorted, after the best fact of each quote has lent some of its score to the others."""
    best: dict[tuple[str, int | None], float] = {}
    for one in scored:
        place = _place(one.statement)
        best[place] = max(best.get(place, 0.0), one.score)
    lent = [
        one.model_copy(
            update={
                "score": round(
                    one.score
                    if not one.statement.is_quoted
                    else (1 - _LENT) * one.score + _LENT * best[_place(one.statement)],
                    4,
                )
            }
        )
        for one in scored
    ]
    return sorted(lent, key=lambda one: (-one.score, one.statement.id))
