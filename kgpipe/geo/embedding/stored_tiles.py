"""Tiles in a file, a record a line, each read when it is looked at.

A search looks at a few tiles among a million: to make records of all of them takes tens of seconds
and more than a gigabyte, to find where their lines begin some tenths of a second.
"""

import hashlib
import mmap
from collections.abc import Sequence
from pathlib import Path
from typing import overload

import numpy as np
from pydantic import ValidationError

from kgpipe.errors import KgpipeError
from kgpipe.tiles import Tile

# Bytes that are searched for ends of lines at a time.
_BLOCK = 1 << 20
_NEWLINE = ord("\n")


class StoredTiles(Sequence[Tile]):
    """The tiles of a file of JSON Lines, as `model_dump_json` writes them.

    Args:
        path: the file, which is mapped; every line ends with a newline.

    Raises:
        OSError: it cannot be read.
        ValueError: it is empty, or its last line is cut.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with path.open("rb") as file:
            self._content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        if self._content[-1] != _NEWLINE:
            raise ValueError(f"the last line of {path.name} is cut")
        seen = np.frombuffer(self._content, dtype=np.uint8)
        ends = [
            at + np.flatnonzero(seen[at : at + _BLOCK] == _NEWLINE)
            for at in range(0, len(seen), _BLOCK)
        ]
        # Line n goes from one of these to the next.
        self._starts = np.concatenate([[0], *(block + 1 for block in ends)])

    def __len__(self) -> int:
        return len(self._starts) - 1

    @overload
    def __getitem__(self, at: int) -> Tile: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Tile]: ...
    def __getitem__(self, at: int | slice) -> Tile | Sequence[Tile]:
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(len(self)))]
        row = at + len(self) if at < 0 else at
        if not 0 <= row < len(self):
            raise IndexError(at)
        line = self._content[self._starts[row] : self._starts[row + 1]]
        try:
            return Tile.model_validate_json(line)
        except ValidationError as error:
            raise KgpipeError(
                f"{self._path} is damaged in line {row + 1} ({error}): embed the tiles again."
            ) from error

    def row_of(self, tile_id: str) -> int | None:
        """Where the tile of this id stands, found without reading the others; None: nowhere."""
        # A line begins with the id, and JSON has no newline within a line.
        written = Tile(id=tile_id, source="").model_dump_json(include={"id"})
        start = written.removesuffix("}").encode() + b","
        if self._content[: len(start)] == start:
            return 0
        before = self._content.find(b"\n" + start)
        return int(np.searchsorted(self._starts, before + 1)) if before >= 0 else None

    @property
    def digest(self) -> str:
        """Of all that the file holds."""
        return hashlib.sha256(self._content).hexdigest()
