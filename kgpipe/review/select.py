"""What experts review next: the facts where a minute of theirs corrects most."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from kgpipe.labels import trust_annotators
from kgpipe.review.facts import gather_facts
from kgpipe.review.order import order_facts
from kgpipe.review.rows import ReviewRow, describe_fact
from kgpipe.review.wordings import collect_facts, rival_values
from kgpipe.settings import ReviewSettings
from kgpipe.types import Graph


def select_queue(graph: Graph, *, settings: ReviewSettings) -> list[ReviewRow]:
    """The `settings.batch` claims without a label whose review removes most error a minute."""
    trusted = trust_annotators(graph.labels, settings.gold)
    facts = gather_facts(graph.model_copy(update={"labels": trusted}))
    rows = order_facts(facts, batch=settings.batch, unchecked=settings.unchecked)
    return make_rows(graph, [facts.ids[row] for row in rows.tolist()])


def make_rows(graph: Graph, claim_ids: Sequence[str]) -> list[ReviewRow]:
    """What is shown of the claims, in the order given."""
    wanted = set(claim_ids)
    claims = [claim for claim in graph.claims if claim.id in wanted]
    support = {triple for claim in claims for triple in claim.support}
    facts = collect_facts(
        claims,
        (triple for triple in graph.triples if triple.id in support),
        sources=graph.documents,
        rivals=rival_values(graph.claims, graph.conflicts),
    )
    verdicts = {one.claim_id: one for one in graph.verdicts if one.claim_id in wanted}
    return [describe_fact(facts[one], verdicts.get(one)) for one in claim_ids]


def count_labels(graph: Graph) -> dict[str, int]:
    """How many facts there are, how many have labels, by whom, and where the labels disagree."""
    by_key: dict[str, set[str]] = defaultdict(set)
    for label in graph.labels:
        by_key[label.key].add(label.label)
    found = [set().union(*(by_key.get(key, ()) for key in claim.keys)) for claim in graph.claims]
    people = Counter(label.annotator for label in graph.labels)
    return {
        "facts": len(graph.claims),
        "facts with a label": sum(bool(labels) for labels in found),
        "facts whose labels disagree": sum(len(labels) > 1 for labels in found),
        "labels": len(graph.labels),
        **{f"labels by {name or 'nobody named'}": count for name, count in sorted(people.items())},
    }
