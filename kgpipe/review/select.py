"""What experts review next: the facts where a minute of theirs corrects most."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import PurePath

from kgpipe.labels import trust_annotators
from kgpipe.review.facts import EVIDENCE_SHOWN, gather_facts, show_triple
from kgpipe.review.order import order_facts
from kgpipe.settings import ReviewSettings
from kgpipe.text.normalise import label_key
from kgpipe.types import Claim, Graph, Record, Triple, Verdict, Vote


class ReviewRow(Record):
    """One fact to review, in the wording of the text that states it.

    `key` is what the label is stored under; `evidence` holds (text, source) pairs, the weightiest
    first; `verdict` is "" where there is none, "error" where search or judge failed;
    `conflicts_with` names the other values of which at most one is true. `given` says who has
    labelled the fact how, `evidence_changed` whose labels were given when other evidence was shown.
    `label`, `comment` and `reviewer` (who gets the fact, "" for anybody) stand in the file from the
    start.
    """

    claim_id: str
    subject: str
    predicate: str
    object: str
    qualifiers: str
    quote: str
    document: str
    page: int | None
    verdict: str
    probability: float | None
    evidence: tuple[tuple[str, str], ...]
    key: str
    conflicts_with: str = ""
    given: str = ""
    evidence_changed: str = ""
    label: str = ""
    comment: str = ""
    reviewer: str = ""


def select_queue(graph: Graph, *, settings: ReviewSettings) -> list[ReviewRow]:
    """The `settings.batch` claims without a label whose review removes most error a minute."""
    trusted = trust_annotators(graph.labels, settings.gold)
    facts = gather_facts(graph.model_copy(update={"labels": trusted}))
    rows = order_facts(facts, batch=settings.batch, unchecked=settings.unchecked)
    return make_rows(graph, [facts.ids[row] for row in rows.tolist()])


def make_rows(graph: Graph, claim_ids: Sequence[str]) -> list[ReviewRow]:
    """What is shown of the claims, in the order given."""
    wanted = set(claim_ids)
    claims = {claim.id: claim for claim in graph.claims if claim.id in wanted}
    verdicts = {one.claim_id: one for one in graph.verdicts if one.claim_id in wanted}
    support = {triple for claim in claims.values() for triple in claim.support}
    triples = {triple.id: triple for triple in graph.triples if triple.id in support}
    sources = {one.id: PurePath(one.source).name for one in graph.documents}
    rivals = _rival_values(graph)
    return [
        _as_row(
            claims[one], show_triple(claims[one], triples), verdicts.get(one), sources
        ).model_copy(update={"conflicts_with": "; ".join(rivals.get(one, ()))})
        for one in claim_ids
    ]


def _rival_values(graph: Graph) -> dict[str, list[str]]:
    """By claim id what other claims say in its place."""
    objects = {claim.id: claim.object for claim in graph.claims}
    return {
        claim: sorted({objects[other] for other in rivals} - {objects[claim]})
        for rivals in graph.conflicts
        for claim in rivals
    }


def count_labels(graph: Graph) -> dict[str, int]:
    """How many facts there are, how many have labels, by whom, and where the labels disagree."""
    by_key: dict[str, set[str]] = defaultdict(set)
    for label in graph.labels:
        by_key[label.key].add(label.label)
    found = [set().union(*(by_key.get(key, ()) for key in claim.keys)) for claim in graph.claims]
    people = Counter(label.annotator for label in graph.labels)
    return {
        "facts": len(graph.claims),
        "facts with a label": sum(bool(labels) for labels in found),
        "facts whose labels disagree": sum(len(labels) > 1 for labels in found),
        "labels": len(graph.labels),
        **{f"labels by {name or 'nobody named'}": count for name, count in sorted(people.items())},
    }


def _as_row(
    claim: Claim, triple: Triple, verdict: Verdict | None, sources: Mapping[str, str]
) -> ReviewRow:
    failed = verdict is not None and verdict.status == "error"
    return ReviewRow(
        claim_id=claim.id,
        subject=triple.subject,
        predicate=triple.predicate,
        object=triple.object,
        qualifiers=describe_qualifiers(triple),
        quote=triple.evidence.quote if triple.evidence else "",
        document=sources.get(triple.document_id, ""),
        page=triple.evidence.page if triple.evidence else None,
        verdict="" if verdict is None else "error" if failed else verdict.label,
        probability=None if verdict is None or failed else verdict.probability,
        evidence=_strongest(verdict.evidence if verdict else ()),
        key=label_key(triple),
    )


def describe_qualifiers(triple: Triple) -> str:
    """What limits a statement, for people: "negated; according to the ministry; time: 2019"."""
    flags = [name for name in ("negated", "hedged", "conditional") if getattr(triple, name)]
    speaker = [f"according to {triple.attributed_to}"] if triple.attributed_to else []
    limits = [f"{name}: {value}" for name in ("time", "place") if (value := getattr(triple, name))]
    return "; ".join(flags + speaker + limits)


def _strongest(votes: tuple[Vote, ...]) -> tuple[tuple[str, str], ...]:
    order = sorted(votes, key=lambda vote: (-abs(vote.log_odds), vote.source, vote.start))
    quotes = dict.fromkeys((vote.quote, vote.source) for vote in order)
    return tuple(quotes)[:EVIDENCE_SHOWN]
