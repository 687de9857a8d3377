"""Nodes split and joined as people decided."""

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from kgpipe.decisions import Constraints
from kgpipe.dedupe.decided import join_names
from kgpipe.dedupe.nodes import Group, Node, main_kinds, rank_name
from kgpipe.dedupe.normalise import form_of
from kgpipe.dedupe.veto import Candidate, find_veto
from kgpipe.types import Kind

# The reason of a merge that only a person gave.
DECIDED = "decided"


class _Part(NamedTuple):
    """What a node gives to a cluster; `row` is the node's."""

    row: int
    candidate: Candidate
    groups: list[Group]


def obey_decisions(
    nodes: list[Node],
    constraints: Constraints,
    *,
    counts: Mapping[str, int],
    mentions: Mapping[tuple[str, Kind], int],
) -> list[Node]:
    """Split and join the nodes of which names were decided on; each stays where its first was."""
    if not constraints.block_of:
        return nodes
    touched = {
        row: node
        for row, node in enumerate(nodes)
        if any(constraints.block(name) is not None for name in node.names)
    }
    clusters, joins = join_names(
        [[group.names for group in node.groups] for node in touched.values()],
        constraints,
        rank=lambda name: rank_name(name, counts),
    )
    cluster_of = {name: cluster for cluster, names in enumerate(clusters) for name in names}
    parts: defaultdict[int, list[_Part]] = defaultdict(list)
    for row, node in touched.items():
        for cluster, candidate, groups in _part_node(node, cluster_of, mentions):
            parts[cluster].append(_Part(row, candidate, groups))
    home = {
        name: (row, number)
        for row, node in touched.items()
        for number, group in enumerate(node.groups)
        for name in group.names
    }
    joined: defaultdict[int, list[tuple[str, str, str]]] = defaultdict(list)
    for left, right in joins:
        reason = _reason(home[left], home[right], touched)
        joined[cluster_of[left]].append((left, right, reason))
    placed = [(row, node) for row, node in enumerate(nodes) if row not in touched]
    for cluster, names in enumerate(clusters):
        blocks = map(constraints.block, names)
        node = Node(
            candidates=_agreeing([part.candidate for part in parts[cluster]]),
            groups=_mark_decided(parts[cluster], counts),
            blocks=frozenset(block for block in blocks if block is not None),
            joins=joined[cluster],
        )
        placed.append((min(part.row for part in parts[cluster]), node))
    return [node for _, node in sorted(placed, key=lambda one: (one[0], one[1].main))]


def _part_node(
    node: Node, cluster_of: Mapping[str, int], mentions: Mapping[tuple[str, Kind], int]
) -> list[tuple[int, Candidate, list[Group]]]:
    """The parts of a node, each with its cluster and what it is compared as.

    One part keeps what the node stood for: that of the name itself, else of its main alias. The
    others stand for themselves, since somebody said that they are something else.
    """
    parts: defaultdict[int, list[Group]] = defaultdict(list)
    for group in node.groups:
        names: defaultdict[int, list[str]] = defaultdict(list)
        for name in group.names:
            names[cluster_of[name]].append(name)
        for cluster, part in names.items():
            parts[cluster].append(Group(part, group.reason))
    [[whole]] = node.candidates
    if len(parts) == 1:
        return [(cluster, whole, groups) for cluster, groups in parts.items()]
    kinds = main_kinds({name: str(cluster_of[name]) for name in node.names}, mentions)
    heir = cluster_of[min(node.groups, key=lambda group: bool(group.reason)).names[0]]
    found = []
    for cluster, groups in parts.items():
        form = form_of(groups[0].names[0])
        if cluster == heir or form.key == whole.form.key:
            candidate = whole._replace(kind=kinds[str(cluster)])
        else:
            candidate = Candidate(form, kinds[str(cluster)], listed=False)
        found.append((cluster, candidate, groups))
    return found


def _reason(left: tuple[int, int], right: tuple[int, int], nodes: Mapping[int, Node]) -> str:
    """The machine's reason where it has one: it says more than that somebody agreed.

    Args:
        left: node and group of the left name.
        right: node and group of the right name.
        nodes: by number.
    """
    if left == right:
        return "same_normalised_form"
    if left[0] != right[0]:
        return DECIDED
    groups = nodes[left[0]].groups
    return groups[right[1]].reason or groups[left[1]].reason


def _agreeing(candidates: list[Candidate]) -> tuple[tuple[Candidate, ...], ...]:
    """Candidates in groups within which each is linked to the others by pairs without a veto."""
    found: list[list[Candidate]] = []
    for candidate in candidates:
        near = [g for g in found if any(find_veto(candidate, other) is None for other in g)]
        found = [g for g in found if g not in near] + [[candidate, *(c for g in near for c in g)]]
    return tuple(sorted(tuple(sorted(group)) for group in found))


def _mark_decided(parts: list[_Part], counts: Mapping[str, int]) -> list[Group]:
    """The groups of a joined node; those that decisions alone brought to the main one say so."""
    first, *others = sorted(
        parts, key=lambda part: min(rank_name(g.names[0], counts) for g in part.groups)
    )
    groups = sorted(first.groups, key=lambda group: rank_name(group.names[0], counts))
    return groups + [Group(group.names, DECIDED) for part in others for group in part.groups]
