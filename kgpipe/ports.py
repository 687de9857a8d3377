"""The borders to libraries and servers: small Protocols, and `Port`, the lazy handle on one.

A backend implements one Protocol in one file of `backends/`. Its `name` is part of every
fingerprint, so it must change whenever its answers could. `wiring.py` turns `provider:name`
strings into `Port`s; the pipeline and the stages see only what stands here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from kgpipe.calls import ChatReply, ChatRequest, SearchReply
from kgpipe.pages import RawPage
from kgpipe.types import Candidate, Chunk, Claim, Passage, Prior, Retrieved, Verdict, Vote

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class Port(Generic[T_co]):
    """A backend by name, built on first use (in a worker process: built again there).

    `name` is part of the fingerprint of each stage that uses the port. `make` must be picklable.
    `network` ports are used from threads of the parent process, others may run in processes.
    """

    name: str
    make: Callable[[], T_co]
    network: bool = False


class PageReader(Protocol):
    """Reads the pages of one file."""

    def read_pages(self, path: Path) -> list[RawPage]:
        """Return the pages in order; raise `ItemError` for a file that cannot be read."""
        ...


class ChatModel(Protocol):
    """Answers a chat request."""

    name: str

    def reply(self, request: ChatRequest) -> ChatReply:
        """Return the reply; raise `ServiceError` when the service fails for good."""
        ...


class ReplyStore(Protocol):
    """Keeps model replies by the key of their request: what was paid for is never asked again."""

    def find(self, key: str) -> ChatReply | None:
        """Return the stored reply, None if there is none."""
        ...

    def save(self, key: str, request: ChatRequest, reply: ChatReply) -> None:
        """Store a reply durably before it is used."""
        ...

    def book_loss(self, request: ChatRequest, most: float | None) -> None:
        """Note a call whose reply was lost, though it may cost up to `most` USD (None: unknown)."""
        ...


class TripleExtractor(Protocol):
    """Proposes triples for a chunk."""

    name: str

    def extract(self, chunk: Chunk) -> list[Candidate]:
        """Return candidates in text order; raise `ItemError` where the chunk is beyond it."""
        ...


class Embedder(Protocol):
    """Maps texts to unit vectors."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return an array of shape (len(texts), d) with rows of length 1."""
        ...


class Memo(Protocol):
    """Keeps what makes a stage faster next time."""

    def load(self) -> bytes | None:
        """Return what was saved last, None if nothing was."""
        ...

    def save(self, content: bytes) -> None:
        """Keep `content` in the place of what was there."""
        ...


class GraphServer(Protocol):
    """A property graph that speaks Cypher."""

    def define(self, statement: str) -> bool:
        """Make a constraint or an index; return False where the server has none of that kind."""
        ...

    def read(self, query: str, **parameters: Any) -> Sequence[Sequence[Any]]:
        """Return the rows of a query; raise `KgpipeError` when the server fails."""
        ...

    def write(self, statement: str, **parameters: Any) -> Mapping[str, int]:
        """Run one transaction, again where its failure was passing; return what it changed.

        The statement must change nothing when it is run twice.
        """
        ...

    def write_all(self, works: Sequence[tuple[str, Mapping[str, Any]]]) -> Mapping[str, int]:
        """Run statements, each with its parameters, as one transaction; else as `write`."""
        ...


class SearchEngine(Protocol):
    """Finds passages."""

    def search(self, query: str, *, limit: int) -> list[Passage]:
        """Return up to `limit` passages, best first; raise `ServiceError` when search fails."""
        ...


class SearchStore(Protocol):
    """Keeps the replies of search engines: what was found once can be read again, byte for byte."""

    def find(self, query: str, *, limit: int, engine: str | None = None) -> SearchReply | None:
        """Return the reply of an engine (None: the one stored last), None if there is none."""
        ...

    def save(self, reply: SearchReply) -> None:
        """Store a reply durably before it is used; the first one to a question stays."""
        ...


class Judge(Protocol):
    """Takes a stance on the windows of the retrieved passages."""

    name: str

    def judge(self, retrieved: Retrieved) -> list[Vote]:
        """Return one vote a window that speaks to the claim; raise `ServiceError` on failure."""
        ...


@runtime_checkable
class Believer(Protocol):
    """A judge that can also be asked without evidence."""

    def believe(self, claim: Claim) -> list[Prior]:
        """Return what each of its models believes; raise `ServiceError` on failure."""
        ...


class Fuser(Protocol):
    """Joins the votes on a claim, and what else its passages tell, into a verdict."""

    name: str

    def needs_votes(self, retrieved: Retrieved) -> bool:
        """Return whether a judge is to be asked before `fuse`."""
        ...

    def fuse(self, retrieved: Retrieved, votes: Sequence[Vote]) -> Verdict | None:
        """Return the verdict, None if this is not the kind of evidence that it was fitted on.

        `votes` holds one of each independent source.
        """
        ...


class TileEncoder(Protocol):
    """Maps tiles, texts and locations into one space.

    Every method returns float32 rows of length 1 and of the same width; a row is NaN where nothing
    could be seen.
    """

    name: str
    # Sensor -> its bands in the order of the arrays (see `kgpipe.geo.data.tileset`).
    bands: Mapping[str, tuple[str, ...]]

    def embed_tiles(self, pixels: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
        """Embed tiles, (tiles, bands, height, width) a sensor; one of its sensors is enough."""
        ...

    def embed_points(
        self, pixels: Mapping[str, NDArray[np.float32]], offsets: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Embed a point inside each tile.

        `offsets` (tiles, 2) count from the centre, -1 to 1: x to the east, y to the north.
        """
        ...

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed descriptions."""
        ...

    def embed_locations(self, lonlat: NDArray[np.float64]) -> NDArray[np.float32]:
        """Embed (locations, 2): longitude, latitude in degrees."""
        ...
