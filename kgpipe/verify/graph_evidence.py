"""What the other claims of a batch, and triples that are trusted, make of each claim."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from kgpipe.types import Claim
from kgpipe.verify.graph_scores import score_triples
from kgpipe.verify.known_graph import Floats, Triple, build_graph

# Of a relation that is met less often nothing can be learned, and each one has a matrix of its own:
# all such relations are one, and of the others the commonest so many.
_MIN_TRIPLES, _MAX_RELATIONS = 3, 200
_OTHER = ""


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
    stated = [triple for claim, triple in zip(claims, asked, strict=True) if not claim.negated]
    known = sorted({*stated, *trusted})
    common = _common_relations(known)
    graph = build_graph((_in_common(triple, common) for triple in known), types=types)
    return score_triples(graph, [_in_common(triple, common) for triple in asked])


def _common_relations(triples: Sequence[Triple]) -> frozenset[str]:
    counts = Counter(relation for _, relation, _ in triples)
    ordered = sorted(counts, key=lambda name: (-counts[name], name))[:_MAX_RELATIONS]
    return frozenset(name for name in ordered if counts[name] >= _MIN_TRIPLES)


def _in_common(triple: Triple, common: Collection[str]) -> Triple:
    head, relation, tail = triple
    return (head, relation if relation in common else _OTHER, tail)
