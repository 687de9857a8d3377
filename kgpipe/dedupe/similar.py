"""Pairs of similar names that no veto separates, found anew only where names are new.

A pair depends on its two names alone: on their vectors, and on what a veto reads of them. So what a
run found holds in the next one for all names that are still there; only new and changed names are
searched for. The connected components that they do not touch come out as before.

With exact search this equals a full run, unless more than 64 names lie around one. Above 20,000
names a full run may miss pairs that an earlier run or an exact search for a few new names found.
"""

import io
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kgpipe.dedupe.block import find_pairs
from kgpipe.dedupe.veto import Candidate
from kgpipe.ports import Memo

Pair = tuple[float, int, int]
# Bytes of a name's mark: no two of a billion share it by accident.
_MARK_BYTES = 16


class _Known(NamedTuple):
    """Marks of the names that were compared, and the pairs of their places in that list."""

    marks: list[bytes]
    pairs: list[Pair]


def find_similar(
    candidates: Sequence[Candidate],
    vectors: NDArray[np.float32],
    *,
    threshold: float,
    conflicts: Callable[[int, int], bool],
    memo: Memo | None = None,
) -> list[Pair]:
    """Return (cosine, left, right) with left < right, by falling cosine, then by row.

    Args:
        candidates: names; distinct ones, if there is a memo.
        vectors: of their texts, shape (names, dimensions), rows of length 1.
        threshold: of the cosine.
        conflicts: whether two rows must not be one; with a memo, it depends on the two alone.
        memo: remembers the pairs, of one embedder and one version of the vetoes.
    """
    marks = [_mark(candidate) for candidate in candidates] if memo else []
    known = _read(memo, threshold) if memo else _Known([], [])
    place = {mark: row for row, mark in enumerate(marks)}
    rows = [place.get(mark, -1) for mark in known.marks]
    pairs = [
        (score, min(rows[left], rows[right]), max(rows[left], rows[right]))
        for score, left, right in known.pairs
        if min(rows[left], rows[right]) >= 0
    ]
    new = np.setdiff1d(np.arange(len(candidates)), rows)
    # Most pairs have a veto: without them the list is short.
    pairs += [
        (score, left, right)
        for score, left, right in find_pairs(
            vectors, threshold=threshold, rows=new if known.marks else None
        )
        if not conflicts(left, right)
    ]
    pairs.sort(key=lambda pair: (-pair[0], pair[1], pair[2]))
    if memo and (len(new) or len(rows) > len(candidates)):
        _write(memo, _Known(marks, pairs), threshold)
    return pairs


def _mark(candidate: Candidate) -> bytes:
    return blake2b(repr(candidate).encode(), digest_size=_MARK_BYTES).digest()


def _read(memo: Memo, threshold: float) -> _Known:
    content = memo.load()
    if content is None:
        return _Known([], [])
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        if float(arrays["threshold"]) != threshold:
            return _Known([], [])
        joined = arrays["marks"].tobytes()
        scores, rows = arrays["scores"].tolist(), arrays["rows"].tolist()
    marks = [joined[at : at + _MARK_BYTES] for at in range(0, len(joined), _MARK_BYTES)]
    return _Known(
        marks, [(score, left, right) for score, (left, right) in zip(scores, rows, strict=True)]
    )


def _write(memo: Memo, known: _Known, threshold: float) -> None:
    content = io.BytesIO()
    np.savez(
        content,
        threshold=np.float64(threshold),
        marks=np.frombuffer(b"".join(known.marks), dtype=np.uint8),
        scores=np.array([score for score, _, _ in known.pairs], dtype=np.float64),
        rows=np.array([pair[1:] for pair in known.pairs], dtype=np.int32).reshape(-1, 2),
    )
    memo.save(content.getvalue())
