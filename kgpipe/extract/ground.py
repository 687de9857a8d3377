"""Grounding: a candidate becomes a triple only if its quote stands in the chunk."""

import unicodedata

from kgpipe.ids import content_id
from kgpipe.text.align import find_quote
from kgpipe.text.normalise import normalise_name
from kgpipe.types import Candidate, Chunk, Evidence, Qualified, Rejection, Span, Triple

# Control characters, lone surrogates and non-characters break XML, CSV and UTF-8 files. Format
# characters (Cf) stay: several scripts need joiners.
_UNPRINTABLE = frozenset({"Cc", "Cs", "Cn"})
# How much of a name or quote a rejection repeats.
SHOWN_CHARS = 80
# What an extractor finds wrong with its own candidates.
FAULTS = {
    "leaked_example": "a name of the prompt's examples or schema that the text does not have",
    "name_not_in_text": "most words of subject or object are not in the text",
    "rival_relation": "another relation of the same two names is nearer to the text",
    "unparsable_reply": "the model's answer could not be read; use one that can write JSON",
    "stated_before": "the sentence before says it, and was asked about before",
    "no_name": "subject or object is no name: a number alone, a clause, a pronoun",
    "no_verb": "the predicate says no more than the names, or is a preposition",
    "not_copied": "the words that the model copied do not hold predicate and object",
    "too_long": "the model was stopped in the middle of a name",
    "cut_off": "the reply ended before its last fact; raise extract.max_tokens",
}


def ground_candidate(
    candidate: Candidate, *, chunk: Chunk, extractor: str, max_field_chars: int
) -> Triple | Rejection:
    """Find the candidate's quote in the chunk and make it a triple with evidence.

    The evidence holds the chunk's own characters, never the extractor's copy of them, so that
    `document.text[span.start:span.end] == quote`.

    Returns:
        The triple, or a rejection: `empty_field`, `too_long` (a field above `max_field_chars`),
        `subject_equals_object`, `quote_not_found`, or what the extractor itself found wrong.
    """
    subject, predicate, obj = (
        tidy(text) for text in (candidate.subject, candidate.predicate, candidate.object)
    )
    fault = _fault(candidate, subject, predicate, obj, max_field_chars=max_field_chars)
    span = None if fault else _locate(candidate, chunk)
    if span is None:
        reason, why = fault or ("quote_not_found", f'"{tidy(candidate.quote)[:SHOWN_CHARS]}"')
        what = " | ".join(part[:SHOWN_CHARS] for part in (subject, predicate, obj))
        return Rejection(stage="extract", item=chunk.place, reason=reason, detail=f"{what}: {why}")
    start, end = chunk.start + span[0], chunk.start + span[1]
    qualifiers = {name: getattr(candidate, name) for name in Qualified.model_fields}
    for name in ("attributed_to", "time", "place"):
        qualifiers[name] = tidy(qualifiers[name] or "") or None
    said = Qualified(**qualifiers).model_dump(mode="json")
    return Triple(
        id=content_id("triple", chunk.document_id, start, end, subject, predicate, obj, said),
        document_id=chunk.document_id,
        subject=subject,
        predicate=predicate,
        object=obj,
        evidence=Evidence(
            span=Span(document_id=chunk.document_id, start=start, end=end),
            quote=chunk.text[span[0] : span[1]],
            page=_page_at(start, chunk),
        ),
        subject_kind=candidate.subject_kind,
        object_kind=candidate.object_kind,
        confidence=candidate.confidence,
        extractor=extractor,
        found_in_pass=candidate.found_in_pass,
        **qualifiers,
    )


def tidy(text: str) -> str:
    """NFC, single blanks, no unprintable characters."""
    kept = (" " if unicodedata.category(char) in _UNPRINTABLE else char for char in text)
    return unicodedata.normalize("NFC", " ".join("".join(kept).split()))


def _fault(
    candidate: Candidate, subject: str, predicate: str, obj: str, *, max_field_chars: int
) -> tuple[str, str] | None:
    """What is wrong with the fields themselves: (reason, explanation)."""
    if candidate.fault:
        return candidate.fault, FAULTS.get(candidate.fault, "")
    fields = {"subject": subject, "predicate": predicate, "object": obj}
    empty = [name for name, text in {**fields, "quote": tidy(candidate.quote)}.items() if not text]
    if empty:
        return "empty_field", f"no {', '.join(empty)}; a cut-off reply needs more max_tokens"
    long = [name for name, text in fields.items() if len(text) > max_field_chars]
    if long:
        return "too_long", f"{', '.join(long)} above max_field_chars = {max_field_chars}"
    if normalise_name(subject) == normalise_name(obj):
        return "subject_equals_object", "a statement relates two things"
    return None


def _locate(candidate: Candidate, chunk: Chunk) -> tuple[int, int] | None:
    """Offsets of the quote in the chunk's text; the extractor's own if they are exact."""
    start, end = candidate.start, candidate.end
    if start is not None and end is not None and chunk.text[start:end] == candidate.quote:
        return start, end
    return find_quote(chunk.text, candidate.quote)


def _page_at(offset: int, chunk: Chunk) -> int | None:
    """The page that the document's character at `offset` stands on."""
    pages = [number for start, number in chunk.pages if start <= offset]
    return pages[-1] if pages else None
