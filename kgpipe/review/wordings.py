"""Facts as reviewers see them, small enough that 100,000 fit anywhere.

Of what a workspace holds only names, wordings and quotes are kept; verdicts pass by one at a time.
"""

from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import NamedTuple

from pydantic import ConfigDict

from kgpipe.text.normalise import label_key
from kgpipe.types import Claim, Document, Label, Polarity, Record, Triple


class Wording(NamedTuple):
    """A statement in its text's words; `key` is that of its labels, `document` a file name."""

    subject: str
    predicate: str
    object: str
    qualifiers: str
    key: str
    quote: str
    page: int | None
    document: str

    @property
    def words(self) -> tuple[str, str, str]:
        """Subject, predicate and object."""
        return self.subject, self.predicate, self.object


class Fact(NamedTuple):
    """A claim with its wordings, those with a quote first; `rivals` are values in its place."""

    id: str
    subject_id: str
    wordings: tuple[Wording, ...]
    rivals: str

    def worded(self, key: str) -> Wording:
        """The first wording that has `key`, else the first."""
        return next((one for one in self.wordings if one.key == key), self.wordings[0])


class Part(Record):
    """Some fields of a stored record; the others are passed over, which is faster and smaller."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Stated(Part):
    """Of a claim."""

    id: str
    subject_id: str
    object: str
    support: tuple[str, ...]
    keys: tuple[str, ...]


class Resolved(Part):
    """Of a resolution."""

    claims: tuple[Stated, ...]
    conflicts: tuple[tuple[str, ...], ...] = ()


class Source(Part):
    """Of a document."""

    id: str
    source: str


class Said(Part):
    """Of a vote."""

    source: str
    start: int
    quote: str
    log_odds: float


class Ruling(Part):
    """Of a verdict."""

    claim_id: str
    label: Polarity
    status: str
    probability: float
    evidence: tuple[Said, ...] = ()


class Review(NamedTuple):
    """Facts by claim id, and the labels of those that have any."""

    facts: Mapping[str, Fact]
    labels: Mapping[str, list[Label]]


def collect_facts(
    claims: Iterable[Claim | Stated],
    triples: Iterable[Triple],
    *,
    sources: Iterable[Document | Source],
    rivals: Mapping[str, str],
) -> dict[str, Fact]:
    """Join claims with the wordings that support them, in the order of claim ids.

    Args:
        claims: to be shown.
        triples: hold their support.
        sources: documents of these.
        rivals: see `rival_values`.
    """
    ordered = sorted(claims, key=lambda one: one.id)
    # Most facts have one key, that of all their wordings; to compute it takes longer than the rest.
    keys = {
        triple: claim.keys[0] if len(claim.keys) == 1 else ""
        for claim in ordered
        for triple in claim.support
    }
    names = {one.id: PurePath(one.source).name for one in sources}
    wordings = {
        triple.id: _as_wording(triple, keys[triple.id], names)
        for triple in triples
        if triple.id in keys
    }
    return {
        claim.id: Fact(
            claim.id,
            claim.subject_id,
            _quoted_first([wordings[one] for one in claim.support]),
            rivals.get(claim.id, ""),
        )
        for claim in ordered
    }


def describe_qualifiers(triple: Triple) -> str:
    """What limits a statement, for people: "negated; according to the ministry; time: 2019"."""
    flags = [name for name in ("negated", "hedged", "conditional") if getattr(triple, name)]
    speaker = [f"according to {triple.attributed_to}"] if triple.attributed_to else []
    limits = [f"{name}: {value}" for name in ("time", "place") if (value := getattr(triple, name))]
    return "; ".join(flags + speaker + limits)


def _quoted_first(wordings: list[Wording]) -> tuple[Wording, ...]:
    if len(wordings) > 1:
        wordings.sort(key=lambda one: not one.quote)
    return tuple(wordings)


def _as_wording(triple: Triple, key: str, names: Mapping[str, str]) -> Wording:
    quoted = triple.evidence
    return Wording(
        triple.subject, triple.predicate, triple.object, describe_qualifiers(triple),
        key or label_key(triple), quoted.quote if quoted else "", quoted.page if quoted else None,
        names.get(triple.document_id, ""),
    )  # fmt: skip


def rival_values(
    claims: Iterable[Claim | Stated], conflicts: Iterable[Iterable[str]]
) -> dict[str, str]:
    """By claim id what other claims say in its place, of those that have rivals."""
    objects = {claim.id: claim.object for claim in claims}
    return {
        claim: "; ".join(sorted({objects[other] for other in rivals} - {objects[claim]}))
        for rivals in map(tuple, conflicts)
        for claim in rivals
    }
