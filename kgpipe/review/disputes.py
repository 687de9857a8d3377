"""What people disagree about, whether they judged the same words or a merge brought it about."""

from collections.abc import Iterable, Iterator

from kgpipe.labels import describe_labels, is_disputed
from kgpipe.review.rows import ReviewRow, describe_fact, find_outdated
from kgpipe.review.wordings import Review, Ruling
from kgpipe.types import Label


def list_disputes(review: Review, rulings: Iterable[Ruling]) -> Iterator[ReviewRow]:
    """A row for each labelled wording of each disputed fact, by claim id.

    `given` says who said what. Where a fact has wordings that were judged differently, all are
    listed with all labels: either one label is wrong, or the wordings say different things and
    should never have been merged.
    """
    disputed = {claim for claim, labels in review.labels.items() if is_disputed(labels)}
    found = {one.claim_id: one for one in rulings if one.claim_id in disputed}
    for claim in sorted(disputed):
        labels = review.labels[claim]
        for key in sorted({label.key for label in labels}):
            own = [label for label in labels if label.key == key]
            others = [label for label in labels if label.key != key]
            said = describe_labels(own) + (
                f" | in other words: {describe_labels(others)}" if others else ""
            )
            yield describe_fact(review.facts[claim], found.get(claim), labels, key=key, given=said)


def count_disputes(
    review: Review, rulings: Iterable[Ruling], labels: Iterable[Label]
) -> dict[str, int]:
    """How much is in dispute, how much settled, and which labels may have to be looked at again.

    Args:
        review: facts with their labels.
        rulings: what the machine concluded.
        labels: all, also those of facts that are no more.
    """
    known = {one.key for fact in review.facts.values() for one in fact.wordings}
    roles = [{label.role for label in given} for given in review.labels.values()]
    return {
        "facts to adjudicate": sum(is_disputed(given) for given in review.labels.values()),
        "facts adjudicated": sum("adjudicator" in found for found in roles),
        "labels whose evidence has changed since": len(find_outdated(review, rulings)),
        "labels of facts that are not in the graph now": sum(
            label.key not in known for label in labels
        ),
    }
