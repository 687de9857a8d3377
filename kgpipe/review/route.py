"""Who reviews what: the queue shared among reviewers by what they know, with a load cap."""

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from kgpipe.errors import UsageError
from kgpipe.ids import content_id
from kgpipe.labels import labels_by_key, trust_annotators
from kgpipe.ports import Embedder
from kgpipe.review.facts import gather_facts
from kgpipe.review.knowledge import find_past, measure_knowledge
from kgpipe.review.known import choose_known
from kgpipe.review.order import order_facts
from kgpipe.review.rows import ReviewRow
from kgpipe.review.select import make_rows
from kgpipe.settings import ReviewSettings
from kgpipe.types import Graph, Record

Floats = NDArray[np.float64]


class Share(Record):
    """What one reviewer gets; `known` are the keys of the facts whose labels are settled."""

    reviewer: str
    rows: tuple[ReviewRow, ...]
    known: tuple[str, ...]


def route_queue(
    graph: Graph, *, settings: ReviewSettings, embedder: Callable[[], Embedder]
) -> list[Share]:
    """Share the queue among `settings.reviewers`, `settings.batch` facts for each.

    Each fact goes to the reviewer who does best on facts like it and has room left, else to the one
    with least so far; without any history that is evenly, in turn. A share of the facts, spread
    evenly over the queue, goes to a second reviewer too. Known facts are slipped in where nobody
    expects them. The same graph and settings give the same shares.

    Args:
        graph: with the labels given so far.
        settings: names, sizes and shares.
        embedder: made only where there is a history to learn from.

    Raises:
        UsageError: a reviewer is named twice, has no name, or is one of `settings.gold`.
    """
    reviewers = settings.reviewers
    _check_names(settings)
    graph = graph.model_copy(update={"labels": trust_annotators(graph.labels, settings.gold)})
    labels = labels_by_key(graph.labels)
    claims = {claim.id: claim for claim in sorted(graph.claims, key=lambda claim: claim.id)}
    known = {
        reviewer: choose_known(
            claims.values(), labels, reviewer=reviewer,
            count=math.ceil(settings.seeded * settings.batch),
        )
        for reviewer in reviewers
    }  # fmt: skip
    room = sum(settings.batch - len(known[reviewer]) for reviewer in reviewers)
    overlap = settings.overlap if len(reviewers) > 1 else 0.0
    facts = gather_facts(graph)
    # A fact that two reviewers get takes two places.
    count = max(1, math.floor(room / (1 + overlap)))
    order = order_facts(facts, batch=count, unchecked=settings.unchecked)
    chosen = [facts.ids[row] for row in order.tolist()]
    past = find_past(list(claims.values()), labels, reviewers=reviewers)
    advantage = np.zeros((len(reviewers), len(chosen)))
    if past:
        advantage = measure_knowledge(
            [claims[one] for one in chosen], past, reviewers=reviewers, embedder=embedder()
        )
    shares = assign_facts(advantage, overlap=overlap)
    return [
        _make_share(graph, reviewer, [chosen[at] for at in share], known[reviewer])
        for reviewer, share in zip(reviewers, shares, strict=True)
    ]


def assign_facts(advantage: Floats, *, overlap: float) -> list[list[int]]:
    """The facts of each reviewer, by their place in the queue, in its order.

    Args:
        advantage: of each reviewer on each fact, shape (reviewers, facts).
        overlap: the share of facts that go to two reviewers.
    """
    people, facts = advantage.shape
    twice = _spread(facts, round(overlap * facts)) if people > 1 else []
    cap = math.ceil((facts + len(twice)) / people)
    shares: list[list[int]] = [[] for _ in range(people)]

    def hand_out(fact: int, among: Sequence[int]) -> int:
        free = [one for one in among if len(shares[one]) < cap] or among
        best = min(free, key=lambda one: (-advantage[one, fact], len(shares[one]), one))
        shares[best].append(fact)
        return best

    everybody = list(range(people))
    # First, since they need two reviewers with room.
    for fact in twice:
        first = hand_out(fact, everybody)
        hand_out(fact, [one for one in everybody if one != first])
    for fact in sorted(set(range(facts)) - set(twice)):
        hand_out(fact, everybody)
    return [sorted(share) for share in shares]


def _spread(facts: int, count: int) -> list[int]:
    """`count` places, evenly spread."""
    return [math.floor((at + 0.5) * facts / count) for at in range(count)]


def _make_share(graph: Graph, reviewer: str, claims: Sequence[str], known: Sequence[str]) -> Share:
    mixed = list(claims)
    for one in known:
        # As good as random: a reviewer cannot tell the known by their places.
        mixed.insert(int(content_id("place", reviewer, one)[-8:], 16) % (len(mixed) + 1), one)
    rows = [row.model_copy(update={"reviewer": reviewer}) for row in make_rows(graph, mixed)]
    hidden = set(known)
    return Share(
        reviewer=reviewer,
        rows=tuple(rows),
        known=tuple(row.key for row in rows if row.claim_id in hidden),
    )


def _check_names(settings: ReviewSettings) -> None:
    names = settings.reviewers
    if not names or not all(name.strip() for name in names):
        raise UsageError("Name the reviewers, as in --reviewers ann,ben.")
    if len(set(names)) < len(names):
        raise UsageError(f"A reviewer is named twice: {', '.join(names)}.")
    if taken := sorted(set(names) & set(settings.gold)):
        raise UsageError(
            f"{', '.join(taken)} cannot review: `review.gold` says that these labels are settled."
        )
