"""The tables of search replies: who was asked what and when, and each text that was found, once.

With them a verdict can be replayed byte for byte, without the network and without the user's files.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager

from kgpipe.calls import SearchHit, SearchReply
from kgpipe.ids import content_digest, content_id
from kgpipe.types import Passage

# The evidence that a user names is kept as the reply to a question of its own.
_EVIDENCE, _ALL = "evidence", 0


class SearchArchive:
    """A `SearchStore` in the workspace's database.

    Args:
        transaction: gives the connection for one commit; threads take turns.
    """

    def __init__(
        self, transaction: Callable[[], AbstractContextManager[sqlite3.Connection]]
    ) -> None:
        self._transaction = transaction

    def find(self, query: str, *, limit: int, engine: str | None = None) -> SearchReply | None:
        """Return the reply of an engine (None: the one stored last), None if there is none.

        A reply to the same query with another limit is none.
        """
        with self._transaction() as database:
            row = database.execute(
                "SELECT engine, searched_at, hits FROM searches WHERE query = ? AND wanted = ? "
                "AND engine != ? AND (? IS NULL OR engine = ?) ORDER BY rowid DESC LIMIT 1",
                (query, limit, _EVIDENCE, engine, engine),
            ).fetchone()
            if row is None:
                return None
            hits = tuple(_read_hits(database, row[2]))
        return SearchReply(engine=row[0], query=query, limit=limit, searched_at=row[1], hits=hits)

    def save(self, reply: SearchReply) -> None:
        """Store a reply durably; the first one to a question stays."""
        with self._transaction() as database:
            _insert_texts(database, reply.passages, read_at=reply.searched_at)
            database.execute(
                "INSERT OR IGNORE INTO searches VALUES (?, ?, ?, ?, ?)",
                (
                    reply.engine, reply.query, reply.limit, reply.searched_at,
                    json.dumps([_hit_row(hit) for hit in reply.hits], ensure_ascii=False),
                ),
            )  # fmt: skip

    def save_evidence(self, passages: Sequence[Passage]) -> None:
        """Keep the evidence of the latest run, in its order."""
        listed = json.dumps([{"passage": _text_key(passage)} for passage in passages])
        with self._transaction() as database:
            _insert_texts(database, passages, read_at="")
            database.execute(
                "INSERT OR REPLACE INTO searches VALUES (?, '', ?, '', ?)",
                (_EVIDENCE, _ALL, listed),
            )

    def evidence(self) -> list[Passage]:
        """The evidence of the latest run."""
        with self._transaction() as database:
            row = database.execute(
                "SELECT hits FROM searches WHERE engine = ? AND query = ''", (_EVIDENCE,)
            ).fetchone()
            hits = _read_hits(database, row[0]) if row else iter(())
            return [hit.passage for hit in hits if hit.passage is not None]

    def has_replies(self) -> bool:
        """Whether an engine was ever asked."""
        with self._transaction() as database:
            row = database.execute(
                "SELECT 1 FROM searches WHERE engine != ? LIMIT 1", (_EVIDENCE,)
            ).fetchone()
            return row is not None

    def digest(self) -> str:
        """Changes whenever a reply of an engine is added."""
        with self._transaction() as database:
            rows = database.execute(
                "SELECT engine, query, wanted, hits FROM searches WHERE engine != ? "
                "ORDER BY engine, query, wanted",
                (_EVIDENCE,),
            )
            return content_id("searches", list(rows))


def _insert_texts(
    database: sqlite3.Connection, passages: Iterable[Passage], *, read_at: str
) -> None:
    database.executemany(
        "INSERT OR IGNORE INTO found_texts VALUES (?, ?, ?, ?, ?)",
        (
            (
                _text_key(passage), content_digest(passage.text.encode("utf-8", "surrogatepass")),
                passage.url or passage.source, read_at, passage.model_dump_json(),
            )
            for passage in passages
        ),
    )  # fmt: skip


def _hit_row(hit: SearchHit) -> dict[str, str]:
    row = hit.model_dump(exclude={"passage"}, exclude_defaults=True)
    return row | ({"passage": _text_key(hit.passage)} if hit.passage else {})


def _text_key(passage: Passage) -> str:
    """The key of a text with all that is known of it: the same words may be dated anew."""
    return content_id("text", passage.model_dump(mode="json"))


def _read_hits(database: sqlite3.Connection, rows: str) -> Iterator[SearchHit]:
    for row in json.loads(rows):
        identifier = row.pop("passage", None)
        text = (
            identifier
            and database.execute(
                "SELECT passage FROM found_texts WHERE id = ?", (identifier,)
            ).fetchone()
        )
        passage = Passage.model_validate_json(text[0]) if text else None
        yield SearchHit(url="", passage=passage) if not row else SearchHit(**row, passage=passage)
