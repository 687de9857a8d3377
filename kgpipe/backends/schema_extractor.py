"""The extractor that needs no model server, aimed at a schema: closed mode of `embedded`.

Two ways lead to a statement. The open extractor's triples are taken where their predicate is a
wording that the schema lists for a relation. And of every name, number and noun of a paragraph it
is asked which relation of the schema it is an object of, and then whose. English only.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from kgpipe.assets import asset_path
from kgpipe.backends.embedded_extractor import EmbeddedExtractor, extractor_name
from kgpipe.backends.embedded_lexicon import load_lexicon, phrase_kind
from kgpipe.backends.embedded_phrases import parse_quantity
from kgpipe.backends.embedded_qualifiers import read_limits
from kgpipe.backends.embedded_relation import Relation
from kgpipe.backends.embedded_tokens import load_trained
from kgpipe.backends.schema_mentions import Mention, find_mentions
from kgpipe.backends.schema_model import WEIGHTS, Model, choose_statements, load_model
from kgpipe.backends.schema_objects import RelationTable
from kgpipe.backends.schema_relations import FAMILIES, make_profiles
from kgpipe.backends.schema_text import Text, governing
from kgpipe.errors import ItemError
from kgpipe.ids import content_digest
from kgpipe.schema import fits_kind
from kgpipe.text.normalise import normalise_name
from kgpipe.text.relations import match_wording
from kgpipe.types import Candidate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from spacy.language import Language

    from kgpipe.backends.embedded_lexicon import Lexicon
    from kgpipe.backends.schema_model import Statement
    from kgpipe.ports import Embedder
    from kgpipe.schema import Schema
    from kgpipe.types import Chunk, Kind

# Raise it whenever a rule or feature changes: stored results of the old rules are then redone.
RULES_VERSION = 1
_PARAGRAPH = re.compile(r"(?:(?!\n[ \t]*\n).)+", re.DOTALL)
_FORM_KINDS: dict[str, Kind] = {
    "date": "date", "year": "date", "number": "quantity", "country": "place", "place": "place",
    "person": "person", "organisation": "organisation",
}  # fmt: skip


def schema_extractor_name(schema: Schema, embedder_name: str) -> str:
    """Name of the extractor, told without loading a model: rules, models, weights, schema."""
    data = b"\0".join(asset_path(name).read_bytes() for name in (WEIGHTS, FAMILIES))
    return (
        f"{extractor_name()} schema-rules-{RULES_VERSION} {embedder_name} "
        f"data-{content_digest(data)[:8]} schema-{schema.digest}"
    )


class ReadMention(NamedTuple):
    """A name, number or noun of a chunk, with how likely it is an object of each relation.

    `names` are its own words and what the text calls the thing elsewhere; `probabilities` (R,) are
    in the order of the schema's relations.
    """

    start: int
    end: int
    names: tuple[str, ...]
    probabilities: NDArray[np.float64]


class SchemaExtractor:
    """Implements `TripleExtractor`; the predicates are the names of the schema's relations."""

    def __init__(
        self, schema: Schema, embedder: Embedder, *, embedder_name: str, model: Model | None = None
    ) -> None:
        self.name = schema_extractor_name(schema, embedder_name)
        self._schema = schema
        self._lexicon: Lexicon = load_lexicon()
        self._language: Language = load_trained()
        self._open = EmbeddedExtractor()
        self._table = RelationTable(make_profiles(schema), embedder)
        self._model = model or load_model()
        self._ranges = [schema.kinds_of(relation.range) for relation in schema.relations]

    @property
    def table(self) -> RelationTable:
        """The schema's relations as features; for fitting the weights."""
        return self._table

    def extract(self, chunk: Chunk) -> list[Candidate]:
        """Return candidates in text order, each with the sentence of its object as quote.

        Raises:
            ItemError: the chunk is not in English.
        """
        if chunk.language != "en":
            raise ItemError(
                "language_unsupported",
                f"the text is in {chunk.language!r}; the embedded extractor reads English only: "
                "rerun with --model openai:NAME or another LLM",
            )
        found = list(self._worded(chunk))
        for candidate in self.read_chunk(chunk)[0]:
            if not any(_says(candidate, other) for other in found):
                found.append(candidate)
        return sorted(found, key=lambda c: (c.start or 0, c.end or 0, c.predicate, c.object))

    def read_chunk(self, chunk: Chunk) -> tuple[list[Candidate], list[ReadMention]]:
        """What the relations' likely objects state, and every mention with its likely relations."""
        candidates: list[Candidate] = []
        mentions: list[ReadMention] = []
        for paragraph in _PARAGRAPH.finditer(chunk.text):
            text = self.read_text(paragraph[0])
            features, allowed = self._table.object_features(text), self._allowed(text)
            chosen = choose_statements(
                text, features, table=self._table, model=self._model, allowed=allowed
            )
            for statement in sorted(chosen, key=lambda s: (s.mention, s.relation)):
                candidates.append(self._candidate(text, statement, paragraph.start(), chunk.text))
            if text.mentions:
                likely = np.where(allowed, self._model.object_probabilities(features), 0.0)
                mentions += _read_mentions(text, likely, paragraph.start())
        return candidates, mentions

    def _worded(self, chunk: Chunk) -> Iterator[Candidate]:
        """The open extractor's triples whose predicate the schema knows and whose ends fit."""
        for candidate in self._open.extract(chunk):
            relation = match_wording(candidate.predicate, self._schema)
            if relation is not None and not self._schema.fault(
                relation.name,
                subject_kind=candidate.subject_kind,
                object_kind=candidate.object_kind,
            ):
                yield candidate.model_copy(update={"predicate": relation.name})

    def read_text(self, text: str) -> Text:
        """Parse a paragraph and find its mentions."""
        # One code point for one: offsets in the parse stay offsets in the paragraph.
        doc = self._language(re.sub(r"\s", " ", text))
        return Text(doc, find_mentions(doc, countries=self._lexicon.countries))

    def _allowed(self, text: Text) -> NDArray[np.bool_]:
        """Where the kind of a mention is one that the range of a relation takes."""
        kinds = [self._kind(text, mention) for mention in text.mentions]
        fits = [
            [not wanted or any(fits_kind(kind, one) for one in wanted) for wanted in self._ranges]
            for kind in kinds
        ]
        return np.array(fits, dtype=bool).reshape(len(kinds), len(self._ranges))

    def _kind(self, text: Text, mention: Mention) -> Kind:
        listed = phrase_kind(text.doc[mention.start : mention.end], self._lexicon)
        # The parser's labels for a single name are less sure than the form of the whole.
        return _FORM_KINDS.get(mention.form) or listed

    def _candidate(
        self, text: Text, statement: Statement, offset: int, chunk_text: str
    ) -> Candidate:
        target = text.mentions[statement.mention]
        head = text.head(target)
        subject = _nearest(text, statement.subject, target)
        anchor = next((t for t in governing(head) if t.pos_ in {"VERB", "AUX"}), head)
        relation = self._schema.relations[statement.relation].name
        limits = read_limits(
            Relation(text.head(subject), relation, head, anchor, statement.probability)
        )
        sentence = head.sent
        start, end = offset + sentence.start_char, offset + sentence.end_char
        quote = chunk_text[start:end]
        start, end = start + len(quote) - len(quote.lstrip()), start + len(quote.rstrip())
        return Candidate(
            subject=text.names[statement.subject],
            predicate=relation,
            object=text.names.get(target.entity, target.text),
            quote=chunk_text[start:end],
            subject_kind=self._kind(text, subject),
            object_kind=self._kind(text, target),
            confidence=round(statement.probability, 3),
            start=start,
            end=end,
            negated=limits.negated,
            hedged=limits.hedged,
            conditional=limits.conditional,
            quantity=parse_quantity(
                text.doc[target.start : min(target.end + 1, sentence.end)], self._lexicon.units
            ),
        )


def _read_mentions(text: Text, likely: NDArray[np.float64], offset: int) -> Iterator[ReadMention]:
    for mention, row in zip(text.mentions, likely, strict=True):
        span = text.doc[mention.start : mention.end]
        names = (mention.text, text.names.get(mention.entity, mention.text))
        yield ReadMention(
            offset + span.start_char, offset + span.end_char, tuple(dict.fromkeys(names)), row
        )


def _says(candidate: Candidate, other: Candidate) -> bool:
    """Whether another candidate says the same, perhaps with more words in its ends."""
    if candidate.predicate != other.predicate or candidate.start != other.start:
        return False
    ends = ((candidate.subject, other.subject), (candidate.object, other.object))
    return all(normalise_name(mine) in normalise_name(theirs) for mine, theirs in ends)


def _nearest(text: Text, entity: int, target: Mention) -> Mention:
    """The mention of an entity that stands nearest to the object."""
    own = [mention for mention in text.mentions if mention.entity == entity]
    return min(own, key=lambda mention: (abs(mention.start - target.start), mention.start))
