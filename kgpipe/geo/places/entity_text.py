"""An entity in words, for an encoder of texts."""

from collections.abc import Sequence

from kgpipe.types import Claim, Entity

# The sentence encoder reads 256 word pieces; more facts dilute the name.
_FACTS = 3


def describe_entity(entity: Entity, claims: Sequence[Claim]) -> str:
    """Its name and kind, and what most documents state about it.

    Args:
        entity: of the graph.
        claims: those that it is subject or object of.
    """
    kind = f", {entity.kind}" if entity.kind else ""
    stated = sorted(
        (claim for claim in claims if not claim.negated),
        key=lambda claim: (-len(claim.documents), claim.id),
    )
    facts = [f"{one.subject} {one.predicate} {one.object}." for one in stated[:_FACTS]]
    return " ".join((f"{entity.name}{kind}.", *facts))
