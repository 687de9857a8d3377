"""The extraction stage: one chunk in, its grounded triples and rejected candidates out."""

from kgpipe.extract.conform import conform_candidate
from kgpipe.extract.ground import ground_candidate
from kgpipe.ports import TripleExtractor
from kgpipe.schema import Schema
from kgpipe.settings import ExtractSettings
from kgpipe.text.normalise import label_key
from kgpipe.types import Candidate, Chunk, Extraction, Rejection, Triple


def extract_chunk(
    chunk: Chunk,
    *,
    settings: ExtractSettings,
    extractor: TripleExtractor,
    schema: Schema | None = None,
) -> Extraction:
    """Extract the triples of a chunk; every candidate ends as a triple or a rejection.

    Of candidates that say the same in overlapping quotes the first is kept, the others are
    rejected as `duplicate`; the same statement in another sentence is evidence of its own. With a
    schema, candidates that do not fit it are rejected.

    Raises:
        ItemError: what the extractor raises for a chunk that it cannot process.
    """
    triples: list[Triple] = []
    rejections: list[Rejection] = []
    for candidate in extractor.extract(chunk):
        grounded: Triple | Rejection | Candidate = (
            conform_candidate(candidate, chunk=chunk, schema=schema)
            if schema and not candidate.fault
            else candidate
        )
        if isinstance(grounded, Candidate):
            grounded = ground_candidate(
                grounded,
                chunk=chunk,
                extractor=extractor.name,
                max_field_chars=settings.max_field_chars,
            )
        if isinstance(grounded, Rejection):
            rejections.append(grounded)
        elif any(_repeats(grounded, triple) for triple in triples):
            rejections.append(_duplicate(grounded, chunk))
        else:
            triples.append(grounded)
    triples.sort(key=_text_order)
    return Extraction(chunk_id=chunk.id, triples=tuple(triples), rejections=tuple(rejections))


def _repeats(triple: Triple, other: Triple) -> bool:
    ours, theirs = triple.evidence, other.evidence
    if ours is None or theirs is None:
        return False
    overlap = ours.span.start < theirs.span.end and theirs.span.start < ours.span.end
    return overlap and label_key(triple) == label_key(other)


def _duplicate(triple: Triple, chunk: Chunk) -> Rejection:
    what = f"{triple.subject} | {triple.predicate} | {triple.object}"
    return Rejection(
        stage="extract",
        item=chunk.place,
        reason="duplicate",
        detail=f"{what}: stated above already",
    )


def _text_order(triple: Triple) -> tuple[int, int, str]:
    span = triple.evidence.span if triple.evidence else None
    return (span.start, span.end, triple.id) if span else (0, 0, triple.id)
