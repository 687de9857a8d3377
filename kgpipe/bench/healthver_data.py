"""HealthVer's pairs, and their halves: what was looked at, and what the figures are of."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import networkx as nx

from kgpipe.errors import KgpipeError
from kgpipe.ids import content_digest

LABELS = ("Supports", "Refutes", "Neutral")
_FILE = "healthver_dev.csv"


class Pair(NamedTuple):
    """A claim with a passage, the question both were found for, and the label in `LABELS`."""

    claim: str
    evidence: str
    label: int
    question: str


def read_pairs(data: Path) -> list[Pair]:
    """The pairs, in the order of the file.

    Raises:
        KgpipeError: the file is missing, or is no such table.
    """
    path = next((p for p in (data / _FILE, data / "healthver" / _FILE) if p.is_file()), None)
    if path is None:
        raise KgpipeError(f"There is no {_FILE} in {data} or its folder healthver.")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    try:
        return [
            Pair(row["claim"], row["evidence"], LABELS.index(row["label"]), row["question"])
            for row in rows
        ]
    except (KeyError, ValueError) as error:
        raise KgpipeError(
            f"{path} is no table of claim, evidence, label and question: {error}."
        ) from error


def group_pairs(pairs: Sequence[Pair]) -> list[str]:
    """The group of each pair: all questions that share a claim or a passage, named by the first."""
    graph: nx.Graph[tuple[str, str]] = nx.Graph()
    for pair in pairs:
        question = ("question", pair.question)
        graph.add_edges_from(
            [(question, ("claim", pair.claim)), (question, ("evidence", pair.evidence))]
        )
    names: dict[str, str] = {}
    for group in nx.connected_components(graph):
        questions = sorted(text for kind, text in group if kind == "question")
        names.update(dict.fromkeys(questions, questions[0]))
    return [names[pair.question] for pair in pairs]


def is_development(group: str) -> bool:
    """Whether a group belongs to the half that may be looked at: by the hash of its name."""
    return int(content_digest(group.encode())[:2], 16) % 2 == 0
