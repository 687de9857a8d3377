"""What people disagree about, whether they judged the same words or a merge brought it about."""

from collections.abc import Iterator

from kgpipe.labels import describe_labels, is_disputed
from kgpipe.review.rows import Facts, find_outdated
from kgpipe.review.select import ReviewRow
from kgpipe.types import Graph


def list_disputes(graph: Graph) -> Iterator[ReviewRow]:
    """A row for each labelled wording of each disputed fact, by claim id.

    `given` says who said what. Where a fact has wordings that were judged differently, all are
    listed with all labels: either one label is wrong, or the wordings say different things and
    should never have been merged.
    """
    facts = Facts(graph)
    for claim in sorted(graph.claims, key=lambda one: one.id):
        labels = facts.labels.get(claim.id, ())
        if not is_disputed(labels):
            continue
        for key in sorted({label.key for label in labels}):
            own = [label for label in labels if label.key == key]
            others = [label for label in labels if label.key != key]
            said = describe_labels(own) + (
                f" | in other words: {describe_labels(others)}" if others else ""
            )
            yield facts.row(claim, key=key).model_copy(update={"given": said})


def count_disputes(graph: Graph) -> dict[str, int]:
    """How much is in dispute, how much settled, and which labels may have to be looked at again."""
    labels = Facts(graph).labels
    known = {key for claim in graph.claims for key in claim.keys}
    roles = [{label.role for label in given} for given in labels.values()]
    return {
        "facts to adjudicate": sum(is_disputed(given) for given in labels.values()),
        "facts adjudicated": sum("adjudicator" in found for found in roles),
        "labels whose evidence has changed since": len(find_outdated(graph)),
        "labels of facts that are not in the graph now": sum(
            label.key not in known for label in graph.labels
        ),
    }
