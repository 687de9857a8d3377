"""Every record that crosses a stage border, in the order of the flow.

`Document -> Chunk -> Triple` is what a text says; `Entity` and `Claim` what the corpus says;
`Verdict` what a model says; `Label` what a person says; `Rejection` an item's failure as data.
There is one coordinate system: half-open code-point offsets into `Document.text`. The invariant
`document.text[span.start:span.end] == quote` holds for every piece of evidence.
Pages before they are text stand in `kgpipe.pages`.
"""

from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

Polarity = Literal["supported", "refuted", "unclear"]
Stance = Literal["support", "refute", "neutral"]
Kind = Literal[
    "", "place", "organisation", "person", "substance", "process", "law", "document", "site",
    "quantity", "date", "other",
]  # fmt: skip


class Record(BaseModel):
    """Frozen, closed to unknown fields, comparable by value."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SourceFile(Record):
    """An input file: `path` where it lies now, `source` its stable name (relative to the input)."""

    path: str
    source: str
    sha256: str


# ---------------------------------------------------------------- what a text says


class Word(NamedTuple):
    """A word of `Document.text` and its box on the page (points, origin top left)."""

    start: int
    end: int
    x0: float
    y0: float
    x1: float
    y1: float


class Page(Record):
    """Page `number` (from 1) covers `text[start:end]`; `words` are in text order."""

    number: int
    start: int
    end: int
    width: float
    height: float
    words: tuple[Word, ...] = ()


class Table(Record):
    """By row and column the cell as `Document.text[start:end]`, or None; spans are repeated.

    `headed` tells that the first row is known to be the header.
    """

    rows: tuple[tuple[tuple[int, int] | None, ...], ...]
    headed: bool = False


class Document(Record):
    """One source text, cleaned. `pages` is empty for formats without pages."""

    id: str
    source: str
    sha256: str
    media_type: str
    title: str
    language: str
    text: str
    pages: tuple[Page, ...] = ()
    tables: tuple[Table, ...] = ()


class Span(Record):
    """`Document.text[start:end]`, half open, in code points."""

    document_id: str
    start: int
    end: int


class Chunk(Record):
    """A run of whole sentences: `text == document.text[start:end]`.

    `pages` lists (offset in the document, page number) of each page that the chunk touches, in
    order, so that a quote's page can be told without the document.
    """

    id: str
    document_id: str
    start: int
    end: int
    text: str
    language: str
    source: str = ""
    pages: tuple[tuple[int, int], ...] = ()

    @property
    def place(self) -> str:
        """Where a person finds it: file, page, offset."""
        page = f", page {self.pages[0][1]}" if self.pages else ""
        return f"{self.source}{page}, offset {self.start}"


class Chunks(Record):
    """All chunks of one document, in order."""

    document_id: str
    chunks: tuple[Chunk, ...]


class Quantity(Record):
    """A number with its unit as written ("t", "hectares", "USD"); unit "" for plain counts."""

    value: float
    unit: str


class Qualified(Record):
    """What experts need to know about a statement beside its subject, predicate and object."""

    negated: bool = False
    hedged: bool = False
    conditional: bool = False
    attributed_to: str | None = None
    time: str | None = None
    place: str | None = None
    quantity: Quantity | None = None


class Candidate(Qualified):
    """A triple as an extractor proposes it, before its quote has been found in the chunk.

    `start` and `end` are offsets into the chunk's text if the extractor knows them; the types are
    classes of the schema, for an extractor that was given one; `fault` is the reason to reject the
    candidate if the extractor knows one; `found_in_pass` counts the askings.
    """

    subject: str
    predicate: str
    object: str
    quote: str
    subject_kind: Kind = ""
    object_kind: Kind = ""
    subject_type: str = ""
    object_type: str = ""
    confidence: float = 1.0
    start: int | None = None
    end: int | None = None
    fault: str = ""
    found_in_pass: int = 1


class Evidence(Record):
    """The verbatim quote a triple rests on; `page` is None for formats without pages."""

    span: Span
    quote: str
    page: int | None = None


class Triple(Qualified):
    """One statement of one document. Imported triples have no evidence and are never grounded."""

    id: str
    document_id: str
    subject: str
    predicate: str
    object: str
    evidence: Evidence | None
    subject_kind: Kind = ""
    object_kind: Kind = ""
    confidence: float = 1.0
    extractor: str
    imported: bool = False
    found_in_pass: int = 1


class Rejection(Record):
    """Why an item did not make it. `state` "error" is operational and retried by the next run."""

    stage: str
    item: str
    reason: str
    detail: str
    state: Literal["rejected", "error"] = "rejected"


class Extraction(Record):
    """What one chunk gave: grounded triples, and the candidates that failed, with reasons."""

    chunk_id: str
    triples: tuple[Triple, ...]
    rejections: tuple[Rejection, ...] = ()


# ---------------------------------------------------------------- what the corpus says


class Entity(Record):
    """One thing under all its surface names; `name` is the canonical one."""

    id: str
    kind: Kind
    name: str
    names: tuple[str, ...]


class Merge(Record):
    """Why two names became one entity, and what speaks against it.

    `score` is what decided: the cosine of similar names, else 1; `against` are reasons to doubt it
    in plain words. A side's `triple` is one that names it. None: not compared.
    """

    id: str
    entity_id: str
    left: str
    right: str
    reason: str
    score: float
    cosine: float | None = None
    string_similarity: float | None = None
    against: tuple[str, ...] = ()
    left_mentions: int = 0
    right_mentions: int = 0
    left_triple: str = ""
    right_triple: str = ""


class Claim(Qualified):
    """A fact of the corpus: one (subject, predicate, object) with all triples that state it.

    `keys` are the label keys of the supporting surface triples (see `text.normalise.label_key`);
    `sentence` is the claim in the words of whoever brought it, where it came from a file, or of the
    language model that was asked to put it into words.
    """

    id: str
    subject_id: str
    predicate: str
    object_id: str
    subject: str
    object: str
    support: tuple[str, ...]
    documents: tuple[str, ...]
    keys: tuple[str, ...]
    sentence: str = ""


class Resolution(Record):
    """Entities, claims and merges; `conflicts` are sets of claims' ids of which one can be true."""

    entities: tuple[Entity, ...]
    claims: tuple[Claim, ...]
    merges: tuple[Merge, ...]
    conflicts: tuple[tuple[str, ...], ...] = ()


# ---------------------------------------------------------------- what a model says


class Passage(Record):
    """A piece of a source's text, from offset `start` on. `claim_id` limits it to one claim."""

    id: str
    source: str
    text: str
    language: str = "en"
    document_id: str | None = None
    start: int = 0
    url: str | None = None
    published: str | None = None
    claim_id: str | None = None


class Retrieved(Record):
    """A claim with the passages found for it, best first.

    Before retrieval `passages` holds those that were given for this claim alone. `aliases` maps
    the claim's subject id and object id to their surface names. `copies` maps a source to the
    better ranked one whose text it repeats: the two are one witness. `own` are passages of the one
    text that the claim was taken from: no evidence, and neither is a copy of them. `trace` holds a
    step a query.
    """

    claim: Claim
    aliases: dict[str, tuple[str, ...]] = {}
    passages: tuple[Passage, ...] = ()
    copies: dict[str, str] = {}
    own: tuple[Passage, ...] = ()
    trace: tuple["Step", ...] = ()


class Vote(Record):
    """One judge's stance on one window of one source; the quote stands verbatim in the source.

    `rival` is what a refuting window states in the place of the claimed value, if that is known.
    """

    judge: str
    stance: Stance
    source: str
    start: int
    end: int
    quote: str
    log_odds: float
    reason: str = ""
    rival: str = ""


class Step(Record):
    """One step on the way to a verdict, with the probability of the claim after it.

    `subject` is a query (search, search_web), a source (weigh), what the fitted model read off the
    pages (signal) or a reason (stop). A search has so many passages `found`, and so many sources
    that are `new`.
    """

    action: Literal["search", "search_web", "weigh", "signal", "stop"]
    subject: str
    probability: float
    log_odds: float = 0.0
    found: int = 0
    new: int = 0


class Prior(Record):
    """What a language model believes without evidence: no vote, and no part of a verdict."""

    judge: str
    probability: float


class Verdict(Record):
    """What the machine concludes about a claim.

    `status` "error" means that search or judge failed: the label is then "unclear" and says
    nothing. `probability` is that of the claim being true; `calibrated` tells whether the model
    behind it was fitted on labels of this evidence regime. `members` are the votes of a panel's
    judges before they were joined to one vote a source, `trace` the steps that led here.
    """

    claim_id: str
    label: Polarity
    status: Literal["ok", "error"]
    reason: str
    probability: float
    calibrated: bool = False
    evidence: tuple[Vote, ...] = ()
    votes: tuple[Vote, ...] = ()
    members: tuple[Vote, ...] = ()
    priors: tuple[Prior, ...] = ()
    trace: tuple[Step, ...] = ()


# ---------------------------------------------------------------- what a person says


class Label(Record):
    """An expert's judgement, stored against the normalised surface triple, never against an id.

    An adjudicator settles (see `kgpipe.labels`). `evidence` is a digest of what was shown, or "".
    """

    key: str
    label: Polarity
    annotator: str
    comment: str = ""
    labelled_at: str = ""
    role: Literal["reviewer", "adjudicator"] = "reviewer"
    evidence: str = ""


# ---------------------------------------------------------------- everything at once


class Graph(Record):
    """All that a workspace knows at the end of a run: what is published, reviewed and evaluated."""

    documents: tuple[Document, ...]
    triples: tuple[Triple, ...]
    entities: tuple[Entity, ...]
    claims: tuple[Claim, ...]
    merges: tuple[Merge, ...] = ()
    conflicts: tuple[tuple[str, ...], ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    labels: tuple[Label, ...] = ()
    rejections: tuple[Rejection, ...] = ()
