"""What a text mentions that could fill an end of a schema's relation: names, nouns, values.

An open extractor looks for verbs and takes what hangs on them. Here the relations are known, so
every name, number, date, nationality and common noun is a candidate object, and every name a
candidate subject; which belong together is decided later (`schema_pairs`, `schema_model`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from kgpipe.text.normalise import normalise_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from spacy.tokens import Doc, Span, Token

Form = Literal["date", "year", "number", "country", "place", "person", "organisation", "people",
               "name", "code", "quoted", "noun"]  # fmt: skip

_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|"
    r"Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_YEAR = r"(?:1[0-9]|20)\d\d"
_DATE = re.compile(
    rf"\b(?:(?:the )?{_DAY} (?:of )?{_MONTH},? (?:of )?{_YEAR}|{_MONTH} (?:the )?{_DAY},? {_YEAR}|"
    rf"{_MONTH},? (?:of )?{_YEAR}|\d{{1,2}}[/.-]\d{{1,2}}[/.-]{_YEAR}|{_YEAR}-\d\d-\d\d)\b"
)
_QUOTED = re.compile('["\u201c\u201d\'\u2018]([^"\u201c\u201d]{2,80}?)["\u201c\u201d]')
_YEARS = re.compile(rf"{_YEAR}s?")
_CODE = re.compile(r"(?=.*\d)(?=.*[A-Z])[\w/.-]+")
# Small words inside a name: "Rio de Janeiro", "Massachusetts Institute of Technology".
_INNER = frozenset({"of", "de", "da", "do", "del", "la", "le", "di", "van", "von", "for", "on",
                    "and", "&", "the", "-", "\u2013", "'s", "'", "\u2019s", "/", "y", "e",
                    "los", "las", "der", "den", "du", "des"})  # fmt: skip
_LABEL_FORMS: dict[str, Form] = {
    "GPE": "place", "LOC": "place", "FAC": "place", "PERSON": "person", "ORG": "organisation",
    "NORP": "people",
}  # fmt: skip
_DROPPED = frozenset({"DET", "PRON", "PUNCT", "SPACE", "PART", "CCONJ"})
_NEVER_NAMES = frozenset({"DET", "PRON", "ADP", "AUX", "CCONJ", "SCONJ"})
_NUMBER_WORDS = frozenset({"million", "billion", "thousand", "trillion"})


@dataclass(frozen=True)
class Mention:
    """Tokens `start` to `end` of the parse as one thing of a form; `text` is its clean wording.

    `entity` numbers the things of a text: mentions of one name in shorter words share it; values
    have none (-1).
    """

    start: int
    end: int
    text: str
    form: Form
    entity: int = -1

    @property
    def named(self) -> bool:
        """Whether it is a name rather than a common noun or a value."""
        return self.form in {"country", "place", "person", "organisation", "name"}


def find_mentions(doc: Doc, *, countries: frozenset[str]) -> list[Mention]:
    """All mentions of a parsed text in text order, none overlapping another."""
    taken: set[int] = set()
    found: list[Mention] = []
    for finder in (_dates, _quotes, _names, _numbers, _nouns):
        for start, end, form in finder(doc, taken):
            span = doc[start:end]
            if not taken.isdisjoint(range(start, end)) or not any(map(str.isalnum, span.text)):
                continue
            taken.update(range(start, end))
            text = _clean(span)
            known: Form = "country" if text in countries else form
            found.append(Mention(start, end, text, known if form not in {"quoted"} else form))
    found.sort(key=lambda mention: mention.start)
    return _number_entities(found)


def _dates(doc: Doc, _: set[int]) -> Iterator[tuple[int, int, Form]]:
    for match in _DATE.finditer(doc.text):
        span = doc.char_span(*match.span(), alignment_mode="expand")
        if span is not None:
            yield span.start, span.end, "date"


def _quotes(doc: Doc, _: set[int]) -> Iterator[tuple[int, int, Form]]:
    for match in _QUOTED.finditer(doc.text):
        span = doc.char_span(*match.span(1), alignment_mode="contract")
        if span is not None and len(span):
            yield span.start, span.end, "quoted"


def _names(doc: Doc, taken: set[int]) -> Iterator[tuple[int, int, Form]]:
    """Runs of name words, small words inside included where the next word is a name again."""
    at = 0
    while at < len(doc):
        if at in taken or not _is_name_word(doc[at]):
            at += 1
            continue
        end = at + 1
        while end < len(doc) and end not in taken:
            if _is_name_word(doc[end]) and not (
                doc[end].is_sent_start and _is_common_start(doc[end])
            ):
                end += 1
                continue
            reach = _inner_reach(doc, end)
            if not reach or reach in taken or not _joins(doc, at, end, reach):
                break
            end = reach + 1
        yield at, end, _name_form(doc[at:end])
        at = end


def _is_common_start(token: Token) -> bool:
    return token.pos_ not in {"PROPN", "NOUN", "NUM"}


def _is_name_word(token: Token) -> bool:
    if token.text[:1].isdigit():
        return _begins_or_ends_name(token)
    if not token.text[:1].isupper():
        return False
    if token.is_sent_start:
        known = token.pos_ == "PROPN" or token.ent_type_ != "" or _next_is_name(token)
        return known and token.pos_ in {"PROPN", "NOUN", "ADJ"}
    return token.pos_ not in _NEVER_NAMES or token.text.isupper()


def _begins_or_ends_name(token: Token) -> bool:
    """Whether a number is part of a name: 1147 Stavropolis, Apollo 14, 18R/36L."""
    if _CODE.fullmatch(token.text):
        return True
    if token.i + 1 < len(token.doc) and not token.nbor(1).is_sent_start:
        after = token.nbor(1)
        if after.text[:1].isupper() and after.pos_ == "PROPN" and after.ent_type_ != "NORP":
            return True
    return token.i > token.sent.start and token.nbor(-1).pos_ == "PROPN" and token.ent_type_ in {
        "ORG", "PRODUCT", "FAC", "EVENT", "WORK_OF_ART", "PERSON", "LAW",
    } and token.ent_iob_ == "I"  # fmt: skip


def _next_is_name(token: Token) -> bool:
    following = token.nbor(1) if token.i + 1 < len(token.doc) else None
    return following is not None and following.text[:1].isupper()


def _inner_reach(doc: Doc, at: int) -> int:
    """Index of the name word behind one or two small words; 0 without one."""
    for reach in (at + 1, at + 2):
        inner = all(token.lower_ in _INNER for token in doc[at:reach])
        if not inner or reach >= len(doc):
            return 0
        if doc[reach].text[:1].isupper() and _is_name_word(doc[reach]):
            return reach
    return 0


def _joins(doc: Doc, start: int, at: int, reach: int) -> bool:
    """Whether the small words belong to the name; "and" joins only what the parser calls one."""
    words = {token.lower_ for token in doc[at:reach]}
    if words & {"and", "&", "on", "for", "the", "e"} - {"&"} and "of" not in words:
        entity = {(token.ent_type_, token.ent_iob_) for token in doc[at : reach + 1]}
        return doc[start].ent_type_ != "" and all(iob == "I" for _, iob in entity)
    return True


def _name_form(span: Span) -> Form:
    labels = [token.ent_type_ for token in span if token.ent_type_ in _LABEL_FORMS]
    if len(span) == 1 and _CODE.fullmatch(span.text):
        return "code"
    if not labels:
        return "people" if len(span) == 1 and span[0].pos_ == "ADJ" else "name"
    return _LABEL_FORMS[max(sorted(set(labels)), key=labels.count)]


def _numbers(doc: Doc, taken: set[int]) -> Iterator[tuple[int, int, Form]]:
    for token in doc:
        if token.i in taken or not any(map(str.isdigit, token.text)):
            continue
        if _YEARS.fullmatch(token.text):
            yield token.i, token.i + 1, "year"
            continue
        start, end = token.i, token.i + 1
        if start and doc[start - 1].text in {"-", "\u2212", "$", "\u20ac", "\u00a3"}:
            start -= 1
        while end < len(doc) and doc[end].lower_ in _NUMBER_WORDS:
            end += 1
        yield start, end, "number"


def _nouns(doc: Doc, taken: set[int]) -> Iterator[tuple[int, int, Form]]:
    """Common nouns with what describes them, without determiners and without names inside."""
    for chunk in doc.noun_chunks:
        run: list[int] = []
        for token in [*chunk, None]:
            hyphen = token is not None and bool(run) and token.text in {"-", "/"}
            if (
                token is not None
                and token.i not in taken
                and (
                    hyphen or (token.pos_ not in _DROPPED and token.lower_ not in {"'s", "\u2019s"})
                )
            ):
                run.append(token.i)
            elif run:
                if doc[run[-1]].pos_ in {"NOUN", "PROPN"}:
                    yield run[0], run[-1] + 1, "noun"
                run = []


def _clean(span: Span) -> str:
    text = re.sub(r"\s+", " ", span.text).strip(" ,;:'\"\u201c\u201d\u2018\u2019")
    return re.sub(r"^(?:[Tt]he|[Aa]n?) (?=\S)|['\u2019]s?$", "", text)


def _number_entities(mentions: list[Mention]) -> list[Mention]:
    """Give things of one name one number: names equal to, or part of, a longer one; equal nouns."""
    longest_first = sorted(
        {(m.text, m.named) for m in mentions if m.named or m.form == "noun"},
        key=lambda key: (not key[1], -len(key[0]), key[0]),
    )
    numbers: dict[str, int] = {}
    for number, (text, named) in enumerate(longest_first):
        words = normalise_name(text).split()
        numbers[text] = next(
            (numbers[other] for other, other_named in longest_first[:number]
             if (named and other_named and _is_part(words, normalise_name(other).split()))
             or words == normalise_name(other).split()), number,
        )  # fmt: skip
    return [replace(m, entity=numbers.get(m.text, -1)) for m in mentions]


def _is_part(words: list[str], whole: list[str]) -> bool:
    """Whether words are the first or the last of a name: Haisheng of Nie Haisheng."""
    size = len(words)
    return 0 < size < len(whole) and (whole[:size] == words or whole[-size:] == words)


def canonical_names(mentions: Iterable[Mention]) -> dict[int, str]:
    """The longest wording of each entity, the earliest of equals."""
    names: dict[int, str] = {}
    for mention in mentions:
        if mention.entity >= 0 and len(mention.text) > len(names.get(mention.entity, "")):
            names[mention.entity] = mention.text
    return names
