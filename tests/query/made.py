"""Statements of a small world, made by hand."""

from typing import Any

from kgpipe.backends.fake import FakeEmbedder
from kgpipe.ids import content_id
from kgpipe.query.names import NameIndex
from kgpipe.query.retrieve import FactIndex
from kgpipe.query.statements import Name, Quote, Statement
from kgpipe.query.wording import write_sentence
from kgpipe.types import Kind

KINDS: dict[str, Kind] = {
    "Guinea": "place", "France": "place", "Togo": "place", "Benin": "place",
    "Boa Lavra cooperative": "organisation", "Pedra Clara camp": "site", "mercury": "substance",
    "2017": "date", "106 footprints": "quantity", "128 footprints": "quantity",
}  # fmt: skip


def entity_id(name: str) -> str:
    return content_id("entity", name)


def state(
    subject: str, predicate: str, object_: str, quote: str = "", *, source: str = "a.pdf",
    start: int = 0, approved: bool = False, **limits: Any,
) -> Statement:  # fmt: skip
    """A statement; without a quote it is an imported one."""
    sentence = write_sentence(
        subject, predicate, object_, quote=quote, negated=bool(limits.get("negated"))
    )
    said = Quote(
        source=source,
        page=1 if quote else None,
        start=start if quote else None,
        end=start + len(quote) if quote else None,
        text=quote,
        subject=subject,
        predicate=predicate,
        object=object_,
    )
    return Statement(
        id=content_id("claim", subject, predicate, object_, source, limits),
        subject_id=entity_id(subject),
        object_id=entity_id(object_),
        subject=subject,
        predicate=predicate,
        object=object_,
        subject_kind=KINDS.get(subject, ""),
        object_kind=KINDS.get(object_, ""),
        sentence=sentence,
        status="approved" if approved else "not yet verified",
        quotes=(said,),
        **limits,
    )


INDEPENDENCE = "Guinea gained independence from France in 1958."
CAMP = "The camp is operated by the Boa Lavra cooperative, which was registered in 2017."
FOOTPRINTS = "Benin has 128 footprints and Togo has 106 footprints."
WORLD = (
    state("Guinea", "gain", "independence", INDEPENDENCE, time="1958"),
    state("Guinea", "gain independence from", "France", INDEPENDENCE, time="1958"),
    state("Pedra Clara camp", "be operated by", "Boa Lavra cooperative", CAMP, start=100),
    state("Boa Lavra cooperative", "be registered in", "2017", CAMP, start=100, approved=True),
    state("Togo", "have", "106 footprints", FOOTPRINTS, start=300, approved=True),
    state("Benin", "have", "128 footprints", FOOTPRINTS, start=300),
    state("mercury", "used in", "Pedra Clara camp", source="kg.csv"),
    state("Togo", "export", "mercury", "Togo does not export mercury.", start=500, negated=True),
)


def name_index(statements: tuple[Statement, ...] = WORLD) -> NameIndex:
    ends = {
        end: Name(id=end, name=name, kind=kind)
        for one in statements
        for end, name, kind in (
            (one.subject_id, one.subject, one.subject_kind),
            (one.object_id, one.object, one.object_kind),
        )
    }
    return NameIndex(ends.values())


def fact_index(statements: tuple[Statement, ...] = WORLD) -> FactIndex:
    return FactIndex(statements, names=name_index(statements), embedder=FakeEmbedder(), passages={})
