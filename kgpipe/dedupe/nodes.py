"""Nodes of the cascade: names of one form are a group, groups that stand for one name a node."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from kgpipe.decisions import Constraints
from kgpipe.dedupe.veto import Candidate, find_veto
from kgpipe.types import Kind


@dataclass(frozen=True)
class Group:
    """Surface names of one form, the main one first."""

    names: list[str]
    reason: str


@dataclass(frozen=True)
class Node:
    """Groups that stand for one name, the main one first.

    `candidates` are what it is compared as: several where a person joined names, of which no veto
    separates those of one tuple. `blocks` are those of the decisions about its names, `joins` the
    merges within; None for one of each name with the main name of its group, and so on.
    """

    candidates: tuple[tuple[Candidate, ...], ...]
    groups: list[Group]
    blocks: frozenset[int] = frozenset()
    joins: list[tuple[str, str, str]] | None = None

    @property
    def main(self) -> str:
        """The most frequent name."""
        return self.groups[0].names[0]

    @property
    def names(self) -> list[str]:
        """All surface names, the main one first."""
        return [name for group in self.groups for name in group.names]


def are_apart(
    left: Node, right: Node, constraints: Constraints, *, lifted: frozenset[str] = frozenset()
) -> bool:
    """Whether decisions keep two nodes apart, or vetoes other than the `lifted` ones."""
    return constraints.separate(left.blocks, right.blocks) or all(
        any(
            veto is not None and veto not in lifted
            for veto in (find_veto(a, b) for a in ours for b in theirs)
        )
        for ours in left.candidates
        for theirs in right.candidates
    )


def rank_name(name: str, counts: Mapping[str, int]) -> tuple[int, int, str]:
    """The lower, the more it is the main one of several names."""
    return -counts[name], -len(name), name


def main_kinds(
    owner: Mapping[str, str], mentions: Mapping[tuple[str, Kind], int]
) -> dict[str, Kind]:
    """The kind that most mentions of each owner's names have; the first in the alphabet if equal.

    Mentions without a kind do not vote.
    """
    votes: defaultdict[str, Counter[Kind]] = defaultdict(Counter)
    for (name, kind), number in mentions.items():
        if name in owner:
            votes[owner[name]][kind] += number if kind else 0
    return {
        key: min(ballot, key=lambda kind: (-ballot[kind], kind)) for key, ballot in votes.items()
    }
