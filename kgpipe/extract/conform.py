"""Closed mode: a candidate must fit the schema, or it is rejected with the reason."""

from kgpipe.extract.ground import SHOWN_CHARS
from kgpipe.schema import Schema
from kgpipe.types import Candidate, Chunk, Rejection


def conform_candidate(
    candidate: Candidate, *, chunk: Chunk, schema: Schema
) -> Candidate | Rejection:
    """Hold a candidate against a schema.

    Returns:
        The candidate with the relation's name as predicate and the kinds of the classes that it
        names, or a rejection: `relation_not_in_schema`, `domain_mismatch` or `range_mismatch`.
    """
    fault = schema.fault(
        candidate.predicate,
        subject_kind=candidate.subject_kind,
        object_kind=candidate.object_kind,
        subject_type=candidate.subject_type,
        object_type=candidate.object_type,
    )
    relation = schema.find_relation(candidate.predicate)
    if fault or relation is None:
        reason, why = fault or ("relation_not_in_schema", candidate.predicate)
        parts = (candidate.subject, candidate.predicate, candidate.object)
        what = " | ".join(part[:SHOWN_CHARS] for part in parts)
        return Rejection(stage="extract", item=chunk.place, reason=reason, detail=f"{what}: {why}")
    return candidate.model_copy(
        update={
            "predicate": relation.name,
            "subject_kind": schema.kind_of(candidate.subject_type) or candidate.subject_kind,
            "object_kind": schema.kind_of(candidate.object_type) or candidate.object_kind,
        }
    )
