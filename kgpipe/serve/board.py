"""All facts of a workspace in the order of review, with what people said of each, in memory.

A request is answered from columns of arrays: no database is asked and no queue is built, so that
the time of an answer hardly depends on the number of facts.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kgpipe.errors import UsageError
from kgpipe.labels import is_disputed
from kgpipe.review.facts import show_triple
from kgpipe.review.rows import digest_seen
from kgpipe.review.select import select_queue
from kgpipe.settings import ReviewSettings
from kgpipe.text.normalise import label_key
from kgpipe.types import Claim, Graph, Label, Record, Triple, Verdict

Mask = NDArray[np.bool_]
# Two reviewers work with a handful of filters each.
_KEPT_MASKS = 64


class Filters(Record):
    """Which facts are shown; empty fields let everything through.

    `words` and `predicate` and `document` are parts of the text, in any case; `labels` is about
    what people said: nothing yet, nothing by the asking reviewer, something by them, or different
    things that nobody has settled.
    """

    words: str = ""
    predicate: str = ""
    document: str = ""
    verdict: Literal["", "supported", "refuted", "unclear", "error", "none"] = ""
    labels: Literal["", "unlabelled", "open", "mine", "disputed"] = ""


class Board:
    """Facts by their place in the order of review.

    Args:
        graph: with the labels as they are now.
        settings: of the order of review.

    Attributes:
        claims: in that order: first those without a label as `select_queue` ranks them.
        shown: the triple of each claim whose words are shown, and whose key its label is given.
    """

    def __init__(self, graph: Graph, *, settings: ReviewSettings) -> None:
        triples = {triple.id: triple for triple in graph.triples}
        self.claims: list[Claim] = _order_claims(graph, settings)
        self.shown: list[Triple] = [show_triple(claim, triples) for claim in self.claims]
        self.keys: list[str] = [label_key(triple) for triple in self.shown]
        self.verdicts: dict[str, Verdict] = {one.claim_id: one for one in graph.verdicts}
        self.place_of: dict[str, int] = {claim.id: n for n, claim in enumerate(self.claims)}
        self._texts = [f"{t.subject} {t.predicate} {t.object}".casefold() for t in self.shown]
        self._predicates, self._predicate_codes = _encode(t.predicate for t in self.shown)
        self._verdicts, self._verdict_codes = _encode(map(self.verdict_word, self.claims))
        sources = {document.id: document.source for document in graph.documents}
        self._places_in: defaultdict[str, list[int]] = defaultdict(list)
        self._places_of_key: defaultdict[str, list[int]] = defaultdict(list)
        for place, claim in enumerate(self.claims):
            for document in claim.documents:
                self._places_in[sources.get(document, document)].append(place)
            for key in {*claim.keys, self.keys[place]}:
                self._places_of_key[key].append(place)
        self._masks: dict[tuple[str, ...], Mask] = {}
        # By key, then by annotator and role: an adjudicator may have reviewed the same words.
        self._labels: defaultdict[str, dict[tuple[str, str], Label]] = defaultdict(dict)
        self._labelled: Mask = np.zeros(len(self.claims), dtype=bool)
        self._disputed: Mask = np.zeros(len(self.claims), dtype=bool)
        self._by: defaultdict[str, Mask] = defaultdict(self._nowhere)
        self.read_labels(graph.labels)

    def verdict_word(self, claim: Claim) -> str:
        """The machine's label, "error" where it failed, "none" where it was not asked."""
        verdict = self.verdicts.get(claim.id)
        if verdict is None:
            return "none"
        return "error" if verdict.status == "error" else verdict.label

    # ------------------------------------------------------------ labels

    def read_labels(self, labels: Iterable[Label]) -> bool:
        """Forget all labels and take these; tell whether any differs, which alone costs time."""
        said: defaultdict[str, dict[tuple[str, str], Label]] = defaultdict(dict)
        for label in labels:
            said[label.key][label.annotator, label.role] = label
        changed = [
            key for key in said.keys() | self._labels if said.get(key) != self._labels.get(key)
        ]
        self._labels = said
        for place in {p for key in changed for p in self._places_of_key.get(key, ())}:
            self._mark(place)
        return bool(changed)

    def put_label(self, key: str, annotator: str, label: Label | None) -> None:
        """Note what an annotator says of a key as a reviewer; None takes it back."""
        if label is None:
            self._labels[key].pop((annotator, "reviewer"), None)
            if not self._labels[key]:
                del self._labels[key]
        else:
            self._labels[key][annotator, "reviewer"] = label
        for place in self._places_of_key.get(key, ()):
            self._mark(place)

    def digest_seen(self, place: int) -> str:
        """What a label of a fact is kept with: it changes when other evidence is shown."""
        quoted, verdict = self.shown[place].evidence, self.verdicts.get(self.claims[place].id)
        return digest_seen(quoted.quote if quoted else "", verdict.evidence if verdict else ())

    def label_of(self, key: str, annotator: str) -> Label | None:
        """What an annotator said of a key as a reviewer."""
        return self._labels.get(key, {}).get((annotator, "reviewer"))

    def labels_at(self, place: int) -> list[Label]:
        """All labels of a fact, those of every wording that states it, by annotator."""
        keys = {*self.claims[place].keys, self.keys[place]}
        found = [label for key in sorted(keys) for label in self._labels.get(key, {}).values()]
        return sorted(found, key=lambda label: (label.annotator, label.role, label.key))

    def is_disputed(self, place: int) -> bool:
        """Whether its labels differ, and nobody has settled it."""
        return bool(self._disputed[place])

    def count(self, annotator: str) -> dict[str, int]:
        """Facts, and how many have a label, one of this annotator, and labels in dispute."""
        return {
            "facts": len(self.claims),
            "labelled": int(self._labelled.sum()),
            "mine": int(self._by[annotator].sum()) if annotator in self._by else 0,
            "disputed": int(self._disputed.sum()),
        }

    def _mark(self, place: int) -> None:
        labels = self.labels_at(place)
        self._labelled[place] = bool(labels)
        self._disputed[place] = is_disputed(labels)
        people = {label.annotator for label in labels if label.role == "reviewer"}
        for annotator in people | self._by.keys():
            self._by[annotator][place] = annotator in people

    def _nowhere(self) -> Mask:
        return np.zeros(len(self.claims), dtype=bool)

    # ------------------------------------------------------------ search

    def find(self, filters: Filters, annotator: str) -> NDArray[np.intp]:
        """The places that the filters let through, in order."""
        mask = self._fixed_mask(filters)
        match filters.labels:
            case "unlabelled":
                mask = mask & ~self._labelled
            case "open":
                mask = mask & ~self._by.get(annotator, self._nowhere())
            case "mine":
                mask = mask & self._by.get(annotator, self._nowhere())
            case "disputed":
                mask = mask & self._disputed
        return np.flatnonzero(mask)

    def step(self, found: Sequence[int] | NDArray[np.intp], start: int | None, move: str) -> int:
        """The place among `found` that is next to `start`; the ends are joined.

        Args:
            found: sorted places, at least one.
            start: a place, found or not; None is before the first.
            move: "next" or "previous".
        """
        if start is None:
            at = 0 if move == "next" else -1
        elif move == "next":
            at = int(np.searchsorted(found, start, side="right")) % len(found)
        else:
            at = int(np.searchsorted(found, start, side="left")) - 1
        return int(found[at])

    def choices(self) -> dict[str, list[str]]:
        """What can be filtered by: predicates and documents, the commonest first, and verdicts."""
        predicates = Counter(triple.predicate for triple in self.shown)
        documents = {source: len(places) for source, places in self._places_in.items()}
        return {
            "predicates": sorted(predicates, key=lambda name: (-predicates[name], name)),
            "documents": sorted(documents, key=lambda name: (-documents[name], name)),
            "verdicts": sorted(self._verdicts),
        }

    def _fixed_mask(self, filters: Filters) -> Mask:
        """What does not change with labels; remembered."""
        wanted = (filters.words, filters.predicate, filters.document, filters.verdict)
        if wanted not in self._masks:
            while len(self._masks) >= _KEPT_MASKS:
                del self._masks[next(iter(self._masks))]
            self._masks[wanted] = self._make_mask(filters)
        return self._masks[wanted]

    def _make_mask(self, filters: Filters) -> Mask:
        mask: Mask = np.ones(len(self.claims), dtype=bool)
        for word in filters.words.casefold().split():
            mask &= np.array([word in text for text in self._texts], dtype=bool)
        if part := filters.predicate.casefold():
            codes = [n for n, name in enumerate(self._predicates) if part in name.casefold()]
            mask &= np.isin(self._predicate_codes, codes)
        if part := filters.document.casefold():
            inside = np.zeros(len(self.claims), dtype=bool)
            for source, places in self._places_in.items():
                if part in source.casefold():
                    inside[places] = True
            mask &= inside
        if filters.verdict:
            codes = [n for n, word in enumerate(self._verdicts) if word == filters.verdict]
            mask &= np.isin(self._verdict_codes, codes)
        return mask


def read_filters(values: Mapping[str, str]) -> Filters:
    """Filters from the query of an address; other names are passed over.

    Raises:
        UsageError: a value that a filter does not have.
    """
    known = {name: values[name].strip() for name in Filters.model_fields if name in values}
    try:
        return Filters.model_validate(known)
    except ValueError as error:
        raise UsageError(f"There is no such filter: {known}.") from error


def _order_claims(graph: Graph, settings: ReviewSettings) -> list[Claim]:
    """Claims as they are to be reviewed, then those that have a label; each once."""
    claims = {claim.id: claim for claim in graph.claims}
    everything = settings.model_copy(update={"batch": max(len(claims), 1)})
    queue = dict.fromkeys(row.claim_id for row in select_queue(graph, settings=everything))
    return [claims[one] for one in dict.fromkeys((*queue, *sorted(claims)))]


def _encode(values: Iterable[str]) -> tuple[list[str], NDArray[np.intp]]:
    """Distinct values in the order of their first appearance, and the number of each."""
    numbers: dict[str, int] = {}
    codes = [numbers.setdefault(value, len(numbers)) for value in values]
    return list(numbers), np.array(codes, dtype=np.intp)
