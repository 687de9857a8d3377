"""What the graph states around an entity: its facts, and those a step further, each with its quote.

Where the system of arXiv 2408.08972 pairs the ends of a path with the relation of each hop, and so
states what nobody said, each line here is one fact of the graph in its own direction.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from kgpipe.query.names import name_key
from kgpipe.query.statements import Name, Statement, describe_statement
from kgpipe.types import Kind, Record

# Two facts that share a number or a date have nothing else in common: no step goes through one.
_NO_WAY: frozenset[Kind] = frozenset({"quantity", "date"})


class Hop(Record):
    """Facts at one distance; `more` are left out for brevity."""

    distance: int
    facts: tuple[Statement, ...]
    more: int = 0


class Summary(Record):
    """An entity's surroundings.

    `mentions` are facts that name it only in passing: as their place, or within the name of an end
    ("rivers of Peru").
    """

    entity: Name
    hops: tuple[Hop, ...]
    mentions: tuple[Statement, ...] = ()
    more_mentions: int = 0


def summarise_entity(
    entity: Name,
    statements: Sequence[Statement],
    *,
    hops: int = 1,
    most: int = 25,
) -> Summary:
    """Collect the facts within so many steps of an entity.

    A fact is at distance 1 if the entity is one of its ends, at 2 if an end is the other end of
    such a fact, and so on; it is told once, where it is nearest.

    Args:
        entity: to start from.
        statements: all facts that may be told.
        hops: how far to go, from 1.
        most: facts told at each distance: approved ones first, then those with a quote, then those
            that more documents state.
    """
    at_end: defaultdict[str, list[Statement]] = defaultdict(list)
    for one in statements:
        for end in {one.subject_id, one.object_id}:
            at_end[end].append(one)
    told: set[str] = set()
    reached, border = {entity.id}, [entity.id]
    found = []
    for distance in range(1, hops + 1):
        facts = {one.id: one for end in border for one in at_end[end] if one.id not in told}
        told |= facts.keys()
        ends = {end for one in facts.values() for end in _ways(one)}
        border = sorted(ends - reached)
        reached |= ends
        ordered = sorted(facts.values(), key=trust_order)
        if not ordered:
            break
        found.append(Hop(distance=distance, facts=tuple(ordered[:most]), more=len(ordered[most:])))
    mentions = sorted(
        (one for one in statements if one.id not in told and _mentions(one, entity)),
        key=trust_order,
    )
    return Summary(
        entity=entity,
        hops=tuple(found),
        mentions=tuple(mentions[:most]),
        more_mentions=len(mentions[most:]),
    )


def trust_order(statement: Statement) -> tuple[bool, bool, int, float, str]:
    """Sorts approved facts first, then quoted ones, then by documents and probability."""
    documents = {quote.source for quote in statement.quotes}
    return (
        statement.status != "approved", not statement.is_quoted, -len(documents),
        -(statement.probability or 0.0), statement.id,
    )  # fmt: skip


def describe_summary(summary: Summary) -> str:
    """The summary as text; every line ends with a newline."""
    entity = summary.entity
    kind = f" ({entity.kind})" if entity.kind else ""
    others = [one for one in entity.others if one != entity.name]
    lines = [f"{entity.name}{kind}"]
    lines += [f"Also called: {', '.join(others)}"] if others else []
    told = [one for hop in summary.hops for one in hop.facts]
    lines.append(count_facts([*told, *summary.mentions]))
    number = 0
    for hop in summary.hops:
        far = "Facts about it" if hop.distance == 1 else f"{hop.distance} steps away"
        lines += ["", f"{far}:"]
        for one in hop.facts:
            number += 1
            lines += describe_statement(one, number=number)
        lines += [f"    ... and {hop.more} more (--limit shows more)"] if hop.more else []
    if summary.mentions:
        lines += ["", "Facts that name it in passing:"]
        for at, one in enumerate(summary.mentions, start=number + 1):
            lines += describe_statement(one, number=at)
        if summary.more_mentions:
            lines.append(f"    ... and {summary.more_mentions} more (--limit shows more)")
    return "".join(f"{line}\n" for line in lines)


def count_facts(facts: Iterable[Statement]) -> str:
    """How many facts there are of each status, and how many of them nobody quotes."""
    listed = list(facts)
    counts = Counter(one.status for one in listed)
    parts = [f"{counts[status]} {status}" for status in sorted(counts)]
    unquoted = sum(not one.is_quoted for one in listed)
    parts += [f"{unquoted} without a quote"] if unquoted else []
    return f"{len(listed)} facts: {', '.join(parts)}." if listed else "No facts."


def _ways(statement: Statement) -> set[str]:
    """The ends of a fact from which a next step may go."""
    ends = {
        statement.subject_id: statement.subject_kind,
        statement.object_id: statement.object_kind,
    }
    return {end for end, kind in ends.items() if kind not in _NO_WAY}


def _mentions(statement: Statement, entity: Name) -> bool:
    """Whether a fact has the entity as its place, or within the name of an end."""
    keys = [f" {name_key(name)} " for name in {entity.name, *entity.others}]
    said = f" {name_key(statement.subject)} | {name_key(statement.object)} "
    said += f"| {name_key(statement.place)} " if statement.place else ""
    return any(key in said for key in keys if key.strip())
