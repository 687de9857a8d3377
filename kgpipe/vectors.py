"""The table of vectors: a text is embedded once by each embedder, not once a run.

Embedding takes five times as long as all the rest of a resolution, and most names of a rerun are
those of the run before.
"""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from kgpipe.ports import Embedder, Port

Floats = NDArray[np.float32]
# Bytes of a key: no two of a billion texts share it by accident.
_KEY_BYTES = 16
# Vectors that are read, or embedded and stored, at once: some megabytes, a minute of work to lose.
_AT_ONCE = 10_000


class StoredVectors:
    """An `Embedder` that keeps what another one answers, bit for bit, in the workspace's database.

    Args:
        embedder: asked for texts that are not there; made on the first of them. Its name tells its
            vectors from others'.
        transaction: gives the connection for one commit; threads take turns.
    """

    def __init__(
        self,
        embedder: Port[Embedder],
        transaction: Callable[[], AbstractContextManager[sqlite3.Connection]],
    ) -> None:
        self._port, self._transaction = embedder, transaction
        self._embedder: Embedder | None = None

    def embed(self, texts: Sequence[str]) -> Floats:
        """Return an array of shape (len(texts), d) with rows of length 1.

        Raises:
            ServiceError: the embedder's service failed for good; what came before is kept.
        """
        parts = [
            self._embed_part(texts[at : at + _AT_ONCE]) for at in range(0, len(texts), _AT_ONCE)
        ]
        if len(parts) == 1:
            return parts[0]
        return np.vstack(parts) if parts else self._make().embed(texts)

    def _embed_part(self, texts: Sequence[str]) -> Floats:
        keys = [self._key(text) for text in texts]
        stored = self._read(keys)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in stored}
        if missing:
            rows = np.ascontiguousarray(self._make().embed(list(missing.values())), np.float32)
            stored |= dict(zip(missing, (row.tobytes() for row in rows), strict=True))
            with self._transaction() as database:
                database.executemany(
                    "INSERT OR IGNORE INTO vectors VALUES (?, ?)",
                    [(key, stored[key]) for key in missing],
                )
        content = b"".join(stored[key] for key in keys)
        return np.frombuffer(content, dtype=np.float32).reshape(len(keys), -1).copy()

    def _read(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        found = {}
        with self._transaction() as database:
            for key in dict.fromkeys(keys):
                row = database.execute(
                    "SELECT vector FROM vectors WHERE key = ?", (key,)
                ).fetchone()
                if row:
                    found[key] = row[0]
        return found

    def _make(self) -> Embedder:
        if self._embedder is None:
            self._embedder = self._port.make()
        return self._embedder

    def _key(self, text: str) -> bytes:
        content = f"{self._port.name}\0{text}".encode("utf-8", "surrogatepass")
        return blake2b(content, digest_size=_KEY_BYTES).digest()
