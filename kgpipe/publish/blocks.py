"""Sorts more blocks than fit into memory: runs on disk, merged as they are read.

A block is all that one graph says about one subject (see `terms`). The same subject may come in
several blocks, such as a sentence that two facts were read from; they are joined.
"""

import marshal
from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import chain, groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from kgpipe.publish.terms import Block, Term

# Blocks sorted in memory at a time: some 1 kB each.
_RUN = 100_000
# Blocks of a run that are read at a time; those of all runs are in memory at once.
_PIECE = 256


class Node(NamedTuple):
    """A subject in a graph, and its sorted lines: a predicate, a blank, an object.

    `open` are the lines for Turtle.
    """

    graph: Term
    subject: Term
    lines: list[str]
    open: list[str]


# Graph, subject, whether it is withheld, its lines: text is cheaper to sort, keep and read than
# pairs, of which Python's garbage collector would look at each again and again.
_Packed = tuple[Term, Term, bool, str]


def sort_blocks(blocks: Iterable[Block], folder: Path, *, run: int = _RUN) -> Iterator[Node]:
    """Yield nodes in the order of graphs and subjects, whatever the order of the blocks.

    Args:
        blocks: any number of them.
        folder: where runs are kept while they are merged; nothing is written if one run holds all.
        run: blocks to hold in memory.
    """
    remaining = map(_pack, blocks)
    paths: list[Path] = []
    held = sorted(islice(remaining, run))
    while following := list(islice(remaining, 1)):
        paths.append(_write_run(held, folder / f"run-{len(paths)}"))
        # Two runs are never held at once.
        held.clear()
        held = sorted(chain(following, islice(remaining, run - 1)))
    runs: list[Iterable[_Packed]] = [held, *map(_read_run, paths)]
    merged = merge(*runs) if paths else iter(held)
    for (graph, subject), same in groupby(merged, key=itemgetter(0, 1)):
        yield _join(graph, subject, list(same))


def _pack(block: Block) -> _Packed:
    graph, subject, withheld, pairs = block
    # No term has a line break, and no predicate a blank.
    return graph, subject, withheld, "\n".join(map(" ".join, pairs))


def _join(graph: Term, subject: Term, blocks: list[_Packed]) -> Node:
    if len(blocks) == 1:
        *_, withheld, text = blocks[0]
        lines = sorted(set(text.split("\n")))
        return Node(graph, subject, lines, [] if withheld else lines)
    every = sorted({line for block in blocks for line in block[3].split("\n")})
    shown = sorted({line for block in blocks if not block[2] for line in block[3].split("\n")})
    return Node(graph, subject, every, shown)


def _write_run(blocks: list[_Packed], path: Path) -> Path:
    with path.open("wb") as out:
        for start in range(0, len(blocks), _PIECE):
            # The fastest way to a file and back; the same interpreter reads it, and it is deleted.
            marshal.dump(blocks[start : start + _PIECE], out)
    return path


def _read_run(path: Path) -> Iterator[_Packed]:
    with path.open("rb") as source:
        while source.peek(1):
            yield from marshal.load(source)
