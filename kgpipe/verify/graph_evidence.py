"""What the other claims of a batch, and triples that are trusted, make of each claim."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from kgpipe.types import Claim
from kgpipe.verify.graph_scores import score_triples
from kgpipe.verify.known_graph import Floats, Triple, build_graph


def score_claims(
    claims: Sequence[Claim],
    *,
    trusted: Iterable[Triple] = (),
    types: Mapping[str, Collection[str]] | None = None,
) -> Floats:
    """Graph scores of each claim, shape (n, len(GRAPH_SCORES)), by all claims but itself.

    A trusted triple that states the claim itself is left out as well: scores are evidence around a
    claim. A denied claim is asked about, and is no evidence for others.

    Args:
        claims: of one resolution.
        trusted: (subject id, predicate, object id) known from elsewhere, by the ids of the claims.
        types: classes of entities by id; induced from the graph by default.
    """
    asked = [(claim.subject_id, claim.predicate, claim.object_id) for claim in claims]
    stated = (triple for claim, triple in zip(claims, asked, strict=True) if not claim.negated)
    return score_triples(build_graph([*stated, *trusted], types=types), asked)
