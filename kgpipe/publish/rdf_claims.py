"""Claims as RDF: the bare triple where it may stand, the described claim, and who judged it."""

from collections.abc import Iterator
from datetime import datetime

from kgpipe.ids import content_id
from kgpipe.publish.facts import Fact
from kgpipe.publish.iris import Iris
from kgpipe.publish.terms import Block, Pair, Term, flag, given, known, number, text, typed
from kgpipe.publish.values import amount_of, date_of
from kgpipe.types import Claim, Label, Quantity, Verdict, Vote

# Finer steps are noise, and would show the last bits of one machine's arithmetic.
_DIGITS = 4


def describe_fact(
    fact: Fact, *, iris: Iris, documents: dict[str, str], rdf12: bool = False
) -> Iterator[Block]:
    """The claim, its bare triple, its quantity, and every judgement of it.

    Args:
        fact: a gated claim.
        iris: mints names.
        documents: source -> id of each document, so that a vote leads to the one that it quotes.
        rdf12: whether the claim reifies its triple as RDF 1.2 does.
    """
    claim, withheld = fact.claim, fact.gate != "approved"
    parts = (
        iris.name("entity", claim.subject_id),
        f"<{iris.mint_predicate(claim.predicate)}>",
        iris.name("entity", claim.object_id),
    )
    if fact.plain:
        yield iris.graph(fact.gate), parts[0], withheld, [parts[1:]]
    provenance = iris.graph("provenance")
    subject = iris.name("claim", claim.id)
    pairs = [*_reify(parts, rdf12), *_describe_claim(fact, iris)]
    yield provenance, subject, withheld, pairs
    if fact.stated and not rdf12:
        # Withheld from Turtle, which has it already, all in one graph.
        yield iris.graph("facts"), subject, True, list(_index_fact(fact, parts, iris))
    if claim.quantity is not None:
        quantity = iris.name("quantity", claim.id)
        yield provenance, quantity, withheld, _describe_quantity(claim.quantity, iris)
    for label in fact.labels:
        name = content_id("label", label.key, label.annotator, *_if_adjudicated(label))
        about = _describe_label(label, subject, iris)
        yield provenance, iris.name("label", name), withheld, about
    for vote in fact.verdict.evidence if fact.verdict else ():
        place = (vote.judge, vote.source, vote.start, vote.end, vote.stance, vote.quote)
        about = _describe_vote(vote, subject, iris, documents)
        yield provenance, iris.name("vote", content_id("vote", claim.id, *place)), withheld, about


def _reify(parts: tuple[Term, Term, Term], rdf12: bool) -> list[Pair]:
    if rdf12:
        return [(known("rdf:reifies"), f"<<( {' '.join(parts)} )>>")]
    names = ("rdf:type", "rdf:subject", "rdf:predicate", "rdf:object")
    return list(zip(map(known, names), (known("rdf:Statement"), *parts), strict=True))


def _describe_claim(fact: Fact, iris: Iris) -> Iterator[Pair]:
    claim, verdict = fact.claim, fact.verdict
    yield iris.term("gate"), text(fact.gate)
    if verdict is not None:
        yield iris.term("verdict"), text(verdict.label)
        yield iris.term("probability"), typed(f"{verdict.probability:.{_DIGITS}f}", "decimal")
        yield from given((iris.term("reason"), verdict.reason))
    # `stated` marks the claims whose bare triple is an approved fact, so that a query which wants
    # facts with their quotes needs no other condition.
    for name, holds in (
        ("stated", fact.stated),
        ("negated", claim.negated),
        ("hedged", claim.hedged),
        ("conditional", claim.conditional),
        ("calibrated", verdict is not None and verdict.calibrated),
    ):
        if holds:
            yield iris.term(name), flag(True)
    yield from given(
        (iris.term("attributed_to"), claim.attributed_to),
        (iris.term("time"), claim.time),
        (iris.term("place"), claim.place),
        (iris.term("sentence"), claim.sentence),
    )
    if claim.time and (date := date_of(claim.time)):
        yield iris.term("date"), date
    if claim.quantity is not None:
        yield iris.term("quantity"), number(claim.quantity.value)
        yield iris.term("unit"), text(claim.quantity.unit)
        yield known("qudt:quantityValue"), iris.name("quantity", claim.id)
    yield from _count_documents(claim, iris)
    for triple in fact.support:
        yield known("prov:wasDerivedFrom"), iris.name("triple", triple.id)
    if fact.gate == "pending":
        yield iris.term("review_order"), typed(_order_review(verdict), "decimal")


def _order_review(verdict: Verdict | None) -> str:
    """Its place among the claims that wait for an expert: how far its probability is from 0.5."""
    # Those that nothing is known of come first.
    return f"{abs(round(verdict.probability, _DIGITS) - 0.5) if verdict else -1:.{_DIGITS}f}"


def _index_fact(fact: Fact, parts: tuple[Term, Term, Term], iris: Iris) -> Iterator[Pair]:
    """What facts are looked up by."""
    # To ask of each claim of a kind whether it is a fact, one look-up each, costs a triple store
    # as much as reading some fifty times as many quads in a row.
    claim = fact.claim
    names = ("rdf:subject", "rdf:predicate", "rdf:object")
    yield from zip(map(known, names), parts, strict=True)
    yield from given((iris.term("time"), claim.time))
    if claim.quantity is not None:
        yield iris.term("quantity"), number(claim.quantity.value)
    yield from _count_documents(claim, iris)
    for document in fact.sources:
        yield known("prov:hadPrimarySource"), iris.name("document", document)


def _count_documents(claim: Claim, iris: Iris) -> Iterator[Pair]:
    # Counting them again takes a query longer than anything else.
    if len(claim.documents) > 1:
        yield iris.term("documents"), typed(str(len(claim.documents)), "integer")


def _describe_quantity(quantity: Quantity, iris: Iris) -> list[Pair]:
    amount = amount_of(quantity)
    pairs = [(known("rdf:type"), known("qudt:QuantityValue"))]
    if amount is None:
        return [
            *pairs,
            (known("qudt:numericValue"), number(quantity.value)),
            (iris.term("unit"), text(quantity.unit)),
        ]
    return [
        *pairs,
        (known("qudt:numericValue"), number(amount.value)),
        (known("qudt:unit"), amount.unit),
    ]


def _describe_label(label: Label, claim: Term, iris: Iris) -> list[Pair]:
    """An expert's judgement as a Web Annotation that assesses the claim."""
    pairs = [
        (known("rdf:type"), known("oa:Annotation")),
        (known("oa:motivatedBy"), known("oa:assessing")),
        (known("oa:hasTarget"), claim),
        (known("oa:bodyValue"), text(label.label)),
        (known("dcterms:creator"), text(label.annotator)),
        (known("prov:wasAttributedTo"), iris.name("reviewer", label.annotator)),
        (iris.term("role"), text(label.role)),
        *given((known("rdfs:comment"), label.comment), (iris.term("shown"), label.evidence)),
    ]
    if label.labelled_at:
        pairs.append((known("dcterms:created"), _moment(label.labelled_at)))
    return pairs


def _if_adjudicated(label: Label) -> tuple[str, ...]:
    # One person may review a fact and later settle a dispute about it.
    return ("adjudicator",) if label.role == "adjudicator" else ()


def _moment(written: str) -> Term:
    """A stored time as xsd:dateTime or xsd:date; as text where it is neither."""
    try:
        datetime.fromisoformat(written)
    except ValueError:
        return text(written)
    return typed(written, "dateTime") if "T" in written else date_of(written) or text(written)


def _describe_vote(vote: Vote, target: Term, iris: Iris, documents: dict[str, str]) -> list[Pair]:
    """A judge's stance on one window of one source as a Web Annotation."""
    pairs = [
        (known("rdf:type"), known("oa:Annotation")),
        (known("oa:motivatedBy"), known("oa:assessing")),
        (known("oa:hasTarget"), target),
        (known("oa:bodyValue"), text(vote.stance)),
        (known("prov:wasAttributedTo"), iris.name("judge", vote.judge)),
        (known("dcterms:source"), text(vote.source)),
        (iris.term("log_odds"), typed(f"{vote.log_odds:.{_DIGITS}f}", "decimal")),
        *given((iris.term("quote"), vote.quote), (iris.term("reason"), vote.reason)),
        *given((iris.term("rival"), vote.rival)),
    ]
    if vote.quote:
        pairs.append((known("oa:start"), typed(str(vote.start), "nonNegativeInteger")))
        pairs.append((known("oa:end"), typed(str(vote.end), "nonNegativeInteger")))
    if vote.source in documents:
        source = iris.name("document", documents[vote.source])
        pairs.append((known("prov:wasDerivedFrom"), source))
    return pairs
