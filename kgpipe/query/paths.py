"""How two entities are connected: shortest paths of facts, each in its own direction."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import islice, pairwise

import networkx as nx

from kgpipe.query.statements import Name, Statement, describe_statement
from kgpipe.query.summarise import trust_order
from kgpipe.types import Kind, Record

_NO_WAY: frozenset[Kind] = frozenset({"quantity", "date"})
# Of thousands of shortest paths through a hub so many are looked at; the best of them are told.
_MOST_LOOKED_AT = 1_000


class Path(Record):
    """Entities from one end to the other, and for each step all facts that connect its two ends.

    A step leads from `nodes[i]` to `nodes[i + 1]`, but each of its facts names its own subject and
    object: a step may go against the direction of a fact.
    """

    nodes: tuple[str, ...]
    steps: tuple[tuple[Statement, ...], ...]


class Paths(Record):
    """The paths between two entities, the best checked first; all have the same length."""

    start: Name
    end: Name
    paths: tuple[Path, ...]
    more: bool = False


def find_paths(
    start: Name, end: Name, statements: Sequence[Statement], *, longest: int = 6, most: int = 5
) -> Paths:
    """Find the shortest paths from one entity to another, against the facts' direction too.

    No path leads through a number or a date, which connects what has nothing to do with each other.

    Args:
        start: one end.
        end: the other.
        statements: all facts that may be told.
        longest: steps of a path at most.
        most: paths told; those come first of which more steps are approved, then quoted.
    """
    between: defaultdict[frozenset[str], list[Statement]] = defaultdict(list)
    names: dict[str, str] = {}
    blocked: set[str] = set()
    for one in statements:
        for node, name, kind in (
            (one.subject_id, one.subject, one.subject_kind),
            (one.object_id, one.object, one.object_kind),
        ):
            names[node] = name
            if kind in _NO_WAY:
                blocked.add(node)
        if one.subject_id != one.object_id:
            between[frozenset((one.subject_id, one.object_id))].append(one)
    blocked -= {start.id, end.id}
    graph: nx.Graph[str] = nx.Graph()
    # Sorted, so that the same facts give the same paths.
    edges = sorted(sorted(pair) for pair in between if not pair & blocked)
    graph.add_edges_from((one, other) for one, other in edges)
    if start.id not in graph or end.id not in graph or not nx.has_path(graph, start.id, end.id):
        return Paths(start=start, end=end, paths=())
    found = list(islice(nx.all_shortest_paths(graph, start.id, end.id), _MOST_LOOKED_AT))
    if len(found[0]) - 1 > longest:
        return Paths(start=start, end=end, paths=())
    paths = [
        Path(
            nodes=tuple(names[node] for node in nodes),
            steps=tuple(
                tuple(sorted(between[frozenset(pair)], key=trust_order)) for pair in pairwise(nodes)
            ),
        )
        for nodes in found
    ]
    paths.sort(key=_weakest_first)
    return Paths(start=start, end=end, paths=tuple(paths[:most]), more=len(paths) > most)


def describe_paths(found: Paths, *, facts: int = 3) -> str:
    """The paths as text, with so many facts a step; every line ends with a newline."""
    if not found.paths:
        return f"No path of facts leads from {found.start.name} to {found.end.name}.\n"
    count = len(found.paths[0].steps)
    head = f"{found.start.name} to {found.end.name}: {count} step{'s' if count > 1 else ''}"
    lines = [f"{head}, {len(found.paths)} path{'s' if len(found.paths) > 1 else ''}" + (
        " of several, the best checked ones" if found.more else "")]  # fmt: skip
    number = 0
    for path in found.paths:
        lines += ["", " - ".join(path.nodes)]
        for step in path.steps:
            for one in step[:facts]:
                number += 1
                lines += describe_statement(one, number=number)
            more = len(step) - facts
            lines += [f"    ... and {more} more between these two"] if more > 0 else []
    return "".join(f"{line}\n" for line in lines)


def _weakest_first(path: Path) -> tuple[int, int, tuple[str, ...]]:
    best = [step[0] for step in path.steps]
    return (
        sum(one.status != "approved" for one in best),
        sum(not one.is_quoted for one in best),
        path.nodes,
    )
