"""What a stage remembers from run to run to be faster: its results do not depend on it."""

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager


class StoredMemo:
    """A `Memo` in the workspace's database.

    Args:
        transaction: gives the connection for one commit; threads take turns.
        name: of this one; it changes whenever the content could not be used any more.
    """

    def __init__(
        self, transaction: Callable[[], AbstractContextManager[sqlite3.Connection]], *, name: str
    ) -> None:
        self._transaction, self._name = transaction, name

    def load(self) -> bytes | None:
        """Return what was saved last, None if nothing was."""
        with self._transaction() as database:
            row = database.execute(
                "SELECT content FROM memos WHERE name = ?", (self._name,)
            ).fetchone()
        return bytes(row[0]) if row else None

    def save(self, content: bytes) -> None:
        """Store durably, in the place of what was there."""
        with self._transaction() as database:
            database.execute("INSERT OR REPLACE INTO memos VALUES (?, ?)", (self._name, content))
