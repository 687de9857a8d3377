"""Made claims with full provenance, any number of them, one at a time.

They are made and not generated from a seed, so that any of them can be made alone: a claim is a
function of its number. Kinds, predicates, times, amounts and verdicts come in about the shares that
kgpipe finds in reports on gold mining. What claims are about and what they say of it follows Zipf's
law: the first thing, a substance as mercury is in such reports, is the object of every sixteenth
of a million claims, and most predicates are used once or twice.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kgpipe.ids import content_id
from kgpipe.publish.facts import Fact
from kgpipe.publish.gate import gate_claim
from kgpipe.publish.rdf import Contents
from kgpipe.types import (
    Claim,
    Document,
    Entity,
    Evidence,
    Kind,
    Label,
    Polarity,
    Quantity,
    Span,
    Triple,
    Verdict,
    Vote,
)

_PER_DOCUMENT = 500
_CLAIMS_PER_ENTITY = 10
_CLAIMS_PER_PREDICATE = 20
_PER_CENT: dict[Kind, int] = {
    "substance": 2, "law": 1, "place": 15, "organisation": 7, "process": 6, "quantity": 6,
    "person": 5, "document": 5, "site": 4, "date": 2, "other": 2, "": 45,
}  # fmt: skip
_KINDS: tuple[Kind, ...] = tuple(kind for kind, share in _PER_CENT.items() for _ in range(share))
# Neighbours in rank are of different kinds: a step that has no divisor in common with 100.
_STEP = 37
# Multiples of it, without the whole numbers, fill the interval from 0 to 1 evenly.
_GOLDEN = (5**0.5 - 1) / 2
_LANGUAGES = ("en", "en", "en", "en", "es", "pt")
_UNITS = ("t", "hectares", "kg", "million US dollars", "per cent", "tons")
_VERDICTS: tuple[tuple[Polarity, float], ...] = (
    *((("supported", 0.93),) * 7),
    ("refuted", 0.06),
    ("unclear", 0.55),
    ("unclear", 0.4),
)
# Of a hundred things in a row this one is a river; of that number all are places.
_RIVER = 19
# Of the predicates the one of this rank, which half a per cent of a million claims have.
_EXPORTS = 20


def make_contents(claims: int) -> Contents:
    """That many claims, a tenth as many entities, and a document for every 500 of them."""
    entities = _Entities(max(claims // _CLAIMS_PER_ENTITY, 2))
    documents = [_make_document(number) for number in range(-(-claims // _PER_DOCUMENT))]
    facts = (_make_fact(number, entities, claims) for number in range(claims))
    return Contents(documents, entities, facts)


class _Entities(Sequence[Entity]):
    """Entities that are made when they are asked for."""

    def __init__(self, number: int) -> None:
        self._number = number

    def __len__(self) -> int:
        return self._number

    # A slice is never asked for.
    def __getitem__(self, number: int) -> Entity:  # type: ignore[override]
        if not 0 <= number < self._number:
            raise IndexError(number)
        kind = _KINDS[number * _STEP % len(_KINDS)]
        name = f"{kind or 'thing'} {number}"
        if number % len(_KINDS) == _RIVER:
            name = f"river {number}"
        names = (name, f"{name} of the region") if number % 4 == 0 else (name,)
        return Entity.model_construct(
            id=content_id("entity", name), kind=kind, name=name, names=names
        )


def _make_document(number: int) -> Document:
    return Document(
        id=content_id("doc", number), source=f"reports/report-{number}.pdf",
        sha256=f"{number:064x}", media_type="application/pdf", title=f"Report {number}",
        language=_LANGUAGES[number % len(_LANGUAGES)], text="",
    )  # fmt: skip


# Records are made without validation: what is measured is writing them.
def _make_fact(number: int, entities: Sequence[Entity], claims: int) -> Fact:
    subject = entities[number % len(entities)]
    object_ = entities[_draw_rank(number, len(entities))]
    # Another step, so that what is said does not depend on what it is said of.
    drawn = _draw_rank(_STEP * number + 1, max(claims // _CLAIMS_PER_PREDICATE, 2 * _EXPORTS))
    amount = Quantity(value=float(number % 997), unit=_UNITS[number % len(_UNITS)])
    said: dict[str, Any] = {
        "predicate": "exports to" if drawn == _EXPORTS else f"relates in way {drawn} to",
        "negated": number % 50 == 3, "hedged": number % 50 == 4, "conditional": False,
        "attributed_to": None, "place": None,
        "time": str(1990 + number % 35) if number % 8 == 0 else None,
        "quantity": amount if number % 8 == 1 else None,
    }  # fmt: skip
    support = tuple(
        _make_triple(number, place, subject, object_, said) for place in _places_of(number, claims)
    )
    claim = Claim.model_construct(
        id=content_id("claim", number), subject_id=subject.id, object_id=object_.id,
        subject=subject.name, object=object_.name,
        support=tuple(sorted(triple.id for triple in support)),
        documents=tuple(sorted({triple.document_id for triple in support})),
        keys=(str(number),), **said,
    )  # fmt: skip
    verdict = _make_verdict(number, claim.id)
    labels = tuple(_make_labels(number))
    gate = gate_claim(claim, verdict=verdict, labels=labels, grounded=True)
    return Fact(claim, gate, verdict, labels, support)


def _draw_rank(number: int, ranks: int) -> int:
    """A rank from 0, the n-th about 1 / n times as often as the first."""
    return min(int(ranks ** (number * _GOLDEN % 1.0)), ranks) - 1


def _places_of(number: int, claims: int) -> Iterator[int]:
    """The places in the corpus where a claim is stated: its own, and of one in fifty another."""
    yield number
    if number % 50 == 6:
        yield (number + claims // 2) % claims


def _make_triple(
    number: int, place: int, subject: Entity, object_: Entity, said: Mapping[str, Any]
) -> Triple:
    """What a document says at that place."""
    document, offset = content_id("doc", place // _PER_DOCUMENT), place % _PER_DOCUMENT
    # No span has two quotes.
    start = 320 * offset + 160 * (place != number)
    quote = (
        f"In {1990 + number % 35}, according to line {offset} of the report, {subject.name} "
        f"was seen where {object_.name} is, and the camp held on."
    )
    span = Span.model_construct(document_id=document, start=start, end=start + len(quote))
    return Triple.model_construct(
        id=content_id("triple", number, place), document_id=document, subject=subject.name,
        object=object_.name, extractor="made:1",
        evidence=Evidence.model_construct(span=span, quote=quote, page=1 + offset // 20), **said,
    )  # fmt: skip


def _make_verdict(number: int, claim: str) -> Verdict:
    label, probability = _VERDICTS[number % len(_VERDICTS)]
    vote = Vote.model_construct(
        judge="embedded", stance="refute" if label == "refuted" else "support",
        source=f"survey-{number % 4000}.txt", start=100, end=190, log_odds=1.7,
        quote=f"A survey found the same at kilometre {number}, where amalgam is burned.",
        reason="stated", rival="",
    )  # fmt: skip
    return Verdict.model_construct(
        claim_id=claim,
        label=label,
        status="ok",
        reason="stated",
        probability=probability,
        evidence=(vote,),
    )


def _make_labels(number: int) -> Iterator[Label]:
    """An expert has labelled one claim of two hundred."""
    if number % 200 == 0:
        yield Label(
            key=str(number), label="supported", annotator=f"R{number % 3}",
            labelled_at="2026-03-01T10:00:00+00:00",
        )  # fmt: skip
