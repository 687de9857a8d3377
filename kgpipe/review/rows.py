"""Facts as rows of a review file, each with what is known of its labels."""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePath

from kgpipe.ids import content_id
from kgpipe.labels import describe_labels
from kgpipe.review.facts import EVIDENCE_SHOWN
from kgpipe.review.wordings import Fact, Review, Ruling, Said, Source
from kgpipe.types import Label, Record, Verdict, Vote


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


def list_facts(
    review: Review, rulings: Iterable[Ruling], *, annotator: str = ""
) -> Iterator[ReviewRow]:
    """Every fact, in the order of the rulings; those without one come last.

    Args:
        review: facts and labels.
        rulings: what the machine concluded; read once, one at a time.
        annotator: whose own labels stand in the file, to be gone on with; others' are not shown
            then, so that they do not sway. Without one, who said what is told.
    """
    for fact, ruling in _join(review, rulings):
        labels = review.labels.get(fact.id, ())
        if not annotator:
            yield describe_fact(fact, ruling, labels, given=describe_labels(labels))
            continue
        own = [one for one in labels if one.annotator == annotator and one.role == "reviewer"]
        # A reviewer's labels of other wordings stay as they are.
        key = own[0].key if own else ""
        label, comment = (own[0].label, own[0].comment) if own else ("", "")
        yield describe_fact(
            fact, ruling, own, key=key, label=label, comment=comment, reviewer=annotator
        )


def describe_fact(
    fact: Fact,
    ruling: Ruling | Verdict | None,
    labels: Sequence[Label] = (),
    *,
    key: str = "",
    **more: str,
) -> ReviewRow:
    """A row: the fact in the wording that has `key`, and whose labels were given on other evidence.

    `more` are fields of `ReviewRow` that go in as they are.
    """
    shown = fact.worded(key) if key else fact.wordings[0]
    failed = ruling is not None and ruling.status == "error"
    evidence = _strongest(ruling.evidence) if ruling else ()
    return ReviewRow(
        claim_id=fact.id,
        subject=shown.subject,
        predicate=shown.predicate,
        object=shown.object,
        qualifiers=shown.qualifiers,
        quote=shown.quote,
        document=shown.document,
        page=shown.page,
        verdict="" if ruling is None else "error" if failed else ruling.label,
        probability=None if ruling is None or failed else ruling.probability,
        evidence=evidence,
        key=shown.key,
        conflicts_with=fact.rivals,
        evidence_changed=_outdated(fact, evidence, labels) if labels else "",
        **more,
    )


def digest_evidence(row: ReviewRow) -> str:
    """Changes whenever an expert would see another quote or other evidence."""
    return _digest(row.quote, row.evidence)


def digest_seen(quote: str, evidence: Iterable[Said | Vote]) -> str:
    """As `digest_evidence`, of a fact's quote and all that was said of it."""
    return _digest(quote, _strongest(evidence))


def find_outdated(review: Review, rulings: Iterable[Ruling]) -> list[Label]:
    """Labels that were given when other evidence was shown than there is now."""
    return [
        label
        for fact, ruling in _join(review, rulings)
        for label in review.labels.get(fact.id, ())
        if _is_outdated(fact, _strongest(ruling.evidence) if ruling else (), label)
    ]


def locate_documents(
    sources: Iterable[Source], inputs: Iterable[Path], *, start: Path
) -> dict[str, str]:
    """Where a workbook in the folder `start` finds documents, by file name.

    Links are relative, so that workbook and documents can be sent on together. A document that is
    no more where it was read, or shares its name with another, has none.

    Args:
        sources: of the workspace's documents.
        inputs: files and folders that they were read from.
        start: the workbook's folder.
    """
    folders = [path.absolute().parent for path in inputs]
    found: dict[str, list[str]] = {}
    for one in sources:
        places = (folder / one.source for folder in folders)
        place = next((one for one in places if one.is_file()), None)
        found.setdefault(PurePath(one.source).name, []).append(
            f"external:{os.path.relpath(place, start.absolute())}" if place else ""
        )
    return {name: links[0] for name, links in found.items() if len(links) == 1 and links[0]}


def _join(review: Review, rulings: Iterable[Ruling]) -> Iterator[tuple[Fact, Ruling | None]]:
    """Facts with their rulings; what was ruled on a fact that is no more is passed over."""
    left = dict.fromkeys(review.facts)
    for ruling in rulings:
        if ruling.claim_id in left:
            del left[ruling.claim_id]
            yield review.facts[ruling.claim_id], ruling
    for claim in left:
        yield review.facts[claim], None


def _outdated(fact: Fact, evidence: Sequence[tuple[str, str]], labels: Iterable[Label]) -> str:
    names = {one.annotator or "?" for one in labels if _is_outdated(fact, evidence, one)}
    return f"after the label of {', '.join(sorted(names))}" if names else ""


def _is_outdated(fact: Fact, evidence: Sequence[tuple[str, str]], label: Label) -> bool:
    quote = fact.worded(label.key).quote
    return bool(label.evidence) and label.evidence != _digest(quote, evidence)


def _digest(quote: str, evidence: Sequence[tuple[str, str]]) -> str:
    return content_id("seen", quote, sorted(map(list, evidence)))


def _strongest(said: Iterable[Said | Vote]) -> tuple[tuple[str, str], ...]:
    order = sorted(said, key=lambda one: (-abs(one.log_odds), one.source, one.start))
    quotes = dict.fromkeys((one.quote, one.source) for one in order)
    return tuple(quotes)[:EVIDENCE_SHOWN]
