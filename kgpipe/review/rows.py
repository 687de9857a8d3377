"""Facts as rows of a review file, in the wording of the text that states them."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePath

from kgpipe.ids import content_id
from kgpipe.labels import describe_labels, group_labels
from kgpipe.review.select import EVIDENCE_SHOWN, ReviewRow, describe_qualifiers
from kgpipe.text.normalise import label_key
from kgpipe.types import Claim, Document, Graph, Label, Triple, Verdict, Vote


@dataclass(frozen=True)
class Facts:
    """A graph, looked up as its rows need it."""

    graph: Graph

    @cached_property
    def labels(self) -> dict[str, list[Label]]:
        """By claim id."""
        return group_labels(self.graph.claims, self.graph.labels)

    @cached_property
    def triples(self) -> dict[str, Triple]:
        """By id."""
        return {triple.id: triple for triple in self.graph.triples}

    @cached_property
    def verdicts(self) -> dict[str, Verdict]:
        """By claim id."""
        return {verdict.claim_id: verdict for verdict in self.graph.verdicts}

    @cached_property
    def sources(self) -> dict[str, str]:
        """File names by document id."""
        return {one.id: PurePath(one.source).name for one in self.graph.documents}

    @cached_property
    def rivals(self) -> dict[str, str]:
        """By claim id what other claims say in its place."""
        objects = {claim.id: claim.object for claim in self.graph.claims}
        return {
            claim: "; ".join(sorted({objects[other] for other in rivals} - {objects[claim]}))
            for rivals in self.graph.conflicts
            for claim in rivals
        }

    def row(self, claim: Claim, *, key: str = "") -> ReviewRow:
        """The fact in the wording that has `key`, else in the first that has a quote."""
        support = [self.triples[one] for one in claim.support]
        own = [triple for triple in support if label_key(triple) == key] if key else []
        shown = own or support
        triple = next((one for one in shown if one.evidence), shown[0])
        verdict = self.verdicts.get(claim.id)
        failed = verdict is not None and verdict.status == "error"
        return ReviewRow(
            claim_id=claim.id,
            subject=triple.subject,
            predicate=triple.predicate,
            object=triple.object,
            qualifiers=describe_qualifiers(triple),
            quote=triple.evidence.quote if triple.evidence else "",
            document=self.sources.get(triple.document_id, ""),
            page=triple.evidence.page if triple.evidence else None,
            verdict="" if verdict is None else "error" if failed else verdict.label,
            probability=None if verdict is None or failed else verdict.probability,
            evidence=_strongest(verdict.evidence if verdict else ()),
            key=label_key(triple),
            conflicts_with=self.rivals.get(claim.id, ""),
        )


def list_facts(graph: Graph, *, annotator: str = "") -> Iterator[ReviewRow]:
    """Every fact by claim id, with what is known of its labels.

    Args:
        graph: the workspace's.
        annotator: whose own labels stand in the file, to be gone on with; others' are not shown
            then, so that they do not sway. Without one, who said what is told.
    """
    facts = Facts(graph)
    for claim in sorted(graph.claims, key=lambda one: one.id):
        given = [one for one in facts.labels.get(claim.id, ()) if one.role == "reviewer"
                 and annotator in {"", one.annotator}]  # fmt: skip
        row = facts.row(claim, key=given[0].key if annotator and given else "")
        row = row.model_copy(update={"evidence_changed": _outdated(facts, claim, given)})
        if annotator:
            own = [one for one in given if one.key == row.key]
            more = {name: value for one in own for name, value in
                    (("label", one.label), ("comment", one.comment))}  # fmt: skip
            yield row.model_copy(update={**more, "reviewer": annotator})
        else:
            said = describe_labels(facts.labels.get(claim.id, ()))
            yield row.model_copy(update={"given": said})


def digest_evidence(row: ReviewRow) -> str:
    """Changes whenever an expert would see another quote or other evidence."""
    return content_id("seen", row.quote, sorted(map(list, row.evidence)))


def find_outdated(graph: Graph) -> list[Label]:
    """Labels that were given when other evidence was shown than there is now."""
    facts = Facts(graph)
    claims = {claim.id: claim for claim in graph.claims}
    return [
        label
        for claim, given in facts.labels.items()
        for label in given
        if _is_outdated(facts, claims[claim], label)
    ]


def _outdated(facts: Facts, claim: Claim, labels: Sequence[Label]) -> str:
    """Whose labels were given on other evidence."""
    names = {one.annotator or "?" for one in labels if _is_outdated(facts, claim, one)}
    return f"after the label of {', '.join(sorted(names))}" if names else ""


def _is_outdated(facts: Facts, claim: Claim, label: Label) -> bool:
    return bool(label.evidence) and label.evidence != digest_evidence(
        facts.row(claim, key=label.key)
    )


def _strongest(votes: Iterable[Vote]) -> tuple[tuple[str, str], ...]:
    order = sorted(votes, key=lambda vote: (-abs(vote.log_odds), vote.source, vote.start))
    quotes = dict.fromkeys((vote.quote, vote.source) for vote in order)
    return tuple(quotes)[:EVIDENCE_SHOWN]


def locate_documents(
    documents: Iterable[Document], inputs: Iterable[Path], *, start: Path
) -> dict[str, str]:
    """Where a workbook in the folder `start` finds documents, by file name.

    Links are relative, so that workbook and documents can be sent on together. A document that is
    no more where it was read, or shares its name with another, has none.

    Args:
        documents: the workspace's.
        inputs: files and folders that they were read from.
        start: the workbook's folder.
    """
    folders = [path.absolute().parent for path in inputs]
    found: dict[str, list[str]] = {}
    for document in documents:
        name = PurePath(document.source).name
        places = (folder / document.source for folder in folders)
        place = next((one for one in places if one.is_file()), None)
        found.setdefault(name, []).append(
            f"external:{os.path.relpath(place, start.absolute())}" if place else ""
        )
    return {name: links[0] for name, links in found.items() if len(links) == 1 and links[0]}
