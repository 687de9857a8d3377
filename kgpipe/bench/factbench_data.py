"""FactBench as FactCheck released it: facts, their pages, the recorded votes, and apart, labels.

What a system may know of a fact is `Fact`; the labels come as an array of their own, which no
function that predicts takes.
"""

import csv
import json
import lzma
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kgpipe.errors import KgpipeError
from kgpipe.verify.sightings import Page
from kgpipe.verify.signals import Statement

Floats = NDArray[np.float64]

_FACTS, _PAGES, _PAGES_OF = "facts_votes.csv", "docs.jsonl.xz", "fact2docs.jsonl"
_VOTES = {"T": 1.0, "F": 0.0}


class Fact(NamedTuple):
    """One fact; `votes` in the order of `FactBench.voters`, nan where the recorded call failed."""

    id: str
    subject: str
    predicate: str
    object: str
    votes: tuple[float, ...]

    @property
    def statement(self) -> Statement:
        """The fact as a predictor sees it."""
        return Statement((self.subject,), self.predicate, (self.object,))


class FactBench(NamedTuple):
    """The whole set; `pages` by fact id, in the order of the search; `voters` "MODE|MODEL"."""

    facts: tuple[Fact, ...]
    pages: dict[str, tuple[Page, ...]]
    voters: tuple[str, ...]


def read_factbench(data: Path) -> tuple[FactBench, Floats]:
    """The facts with their evidence, and their labels (1 or 0, shape (n,)).

    Args:
        data: the folder `factbench`, or the one that holds it.

    Raises:
        KgpipeError: a file is missing.
    """
    folder = data if (data / _FACTS).is_file() else data / "factbench"
    for name in (_FACTS, _PAGES, _PAGES_OF):
        if not (folder / name).is_file():
            raise KgpipeError(f"There is no {folder / name}. --data is the folder of factbench.")
    with (folder / _FACTS).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    voters = tuple(name for name in rows[0] if "|" in name) if rows else ()
    facts = tuple(
        Fact(row["id"], row["s"], row["p"], row["o"], tuple(_vote(row[v]) for v in voters))
        for row in rows
    )
    labels = np.array([float(row["label"]) for row in rows])
    return FactBench(facts, _read_pages(folder), voters), labels


def votes_matrix(facts: Sequence[Fact]) -> Floats:
    """1, 0 and nan for no vote; shape (facts, voters)."""
    return np.array([fact.votes for fact in facts], dtype=np.float64)


def _read_pages(folder: Path) -> dict[str, tuple[Page, ...]]:
    with lzma.open(folder / _PAGES, "rt", encoding="utf-8") as file:
        texts = {page["doc_id"]: page["text"] for page in map(json.loads, file)}
    lines = (folder / _PAGES_OF).read_text(encoding="utf-8").splitlines()
    return {
        row["id"]: tuple(Page(name, texts[name]) for name in row["docs"])
        for row in map(json.loads, lines)
    }


def _vote(written: str) -> float:
    """A vote that starts with "!" stands for a call that failed."""
    return _VOTES.get(written, float("nan"))
