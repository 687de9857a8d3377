"""Noun phrases over a spaCy parse: which tokens belong to a name, its coordination, its numbers.

A phrase is the shortest complete noun phrase: the head with its left modifiers, without leading
determiners, followed by its `of` complement and by what a relational noun or a proper name needs.
Relative clauses, participles, appositions, dates and places are cut off.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kgpipe.backends.embedded_words import COMPLEMENT_PREPOSITIONS, MONTHS, STRIPPED, TIME_NOUNS
from kgpipe.types import Quantity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spacy.tokens import Span, Token

    Words = tuple[Token, ...]

SUBJECTS = frozenset({"nsubj", "nsubjpass"})
NEGATIVE_QUANTIFIERS = frozenset({"none", "neither"})
_FINITE = frozenset({"VBZ", "VBP", "VBD", "MD"})
DATE_LABELS = frozenset({"DATE", "TIME"})
PLACE_LABELS = frozenset({"GPE", "LOC", "FAC"})
_NAME_LABELS = frozenset(
    {"PERSON", "ORG", "GPE", "LOC", "FAC", "LAW", "WORK_OF_ART", "EVENT", "PRODUCT"}
)
_WHOLE_LABELS = _NAME_LABELS | DATE_LABELS
_NOMINAL = frozenset({"NOUN", "PROPN", "NUM", "SYM"})
_YEAR = re.compile(r"(1[5-9]|20)\d\d(s|[-\u2013]\d{2,4})?")
# Nouns made from verbs and a few others take complements: "exposure to mercury".
_RELATIONAL = re.compile(
    r"(?:tion|sion|ment|ance|ence|ency|ure|sal|age|ism|ship|ity|th)s?$|^(?:access|ban|limit|plan|"
    r"impact|effect|use|demand|increase|decrease|decline|rise|level|need|risk|threat|tax|source|"
    r"damage|guideline|concern|attack|fight|war|trade|export|import|link|contact|tie|attention|"
    r"approach|alternative|response|transition|right|key|research|contract)s?$"
)
# A longer complement is a sign of a wrong attachment.
_MAX_COMPLEMENT = 7
_MAX_NAME_GAP = 3
_EN_DASH = "\u2013"
# Quotation marks, emphasis and punctuation around a phrase are not part of it.
_EDGES = " *_\"'`.,;:-\u2013\u2014\u2018\u201c\u201d\u00ab\u00bb"
_SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_COUNTING = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen twenty"
)
# "long form (ACR)": the long form is the name.
_ACRONYM = re.compile(r" \((?:[A-Z][A-Za-z&-]*[A-Z]s?|[A-Z][a-z])\)")
# "(1) The", "b)": the label of an item in a running list, with the article behind it.
_ITEM_LABEL = re.compile(r"^\(?(?:\d{1,2}|[A-Za-z]|[ivx]{1,4})\) ?(?:(?:the|an?) )?", re.I)
_NUMBERS = {word: float(value) for value, word in enumerate(_COUNTING.split())}
_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
_CURRENCY = re.compile(r"^(?:US\$|\$|€|£|USD|EUR)$")


def is_nominal(token: Token) -> bool:
    """Whether `token` can head a noun phrase (pronouns cannot, "most of the miners" can)."""
    gerund = token.tag_ == "VBG" and token.dep_ in {"pobj", "dobj"}
    return token.pos_ in _NOMINAL or gerund or is_partitive(token)


def is_partitive(token: Token) -> bool:
    """Whether `token` tells how many of a set are meant: "most" of "most of the miners"."""
    return token.pos_ in {"ADJ", "DET", "PRON"} and any(
        child.lower_ == "of" and any(inner.pos_ in _NOMINAL for inner in child.rights)
        for child in token.rights
    )


def is_date(token: Token) -> bool:
    """Whether the phrase headed by `token` is a date or a span of time."""
    return (
        token.ent_type_ in DATE_LABELS
        or _YEAR.fullmatch(token.text) is not None
        or token.lemma_.lower() in TIME_NOUNS
    )


def is_calendar_date(head: Token) -> bool:
    """Whether a date is worth a statement of its own ("August 2017", not "recent years")."""
    phrase = noun_phrase(head)
    digits = any(ch.isdigit() for ch in phrase.text)
    return is_date(head) and (digits or any(token.lower_ in MONTHS for token in phrase))


def coordinated(head: Token) -> list[Token]:
    """`head` and the nouns joined to it, in text order; the parts of one name stay together."""
    heads = [head]
    if _is_interval(head):
        return heads
    for child in head.children:
        same_name = child.ent_type_ in _NAME_LABELS and child.ent_iob_ == "I" and head.ent_type_
        if child.dep_ != "conj" or same_name or not is_nominal(child):
            continue
        if clause_begun_by(child) is None:
            heads.extend(coordinated(child))
    return heads


def clause_begun_by(noun: Token) -> Token | None:
    """The verb whose subject `noun` is, though the parser joined it to the noun before it.

    "Benin has 12 pits and Togo has 9": a noun right before a finite verb that has no other subject.
    """
    if noun.dep_ != "conj" or noun.head.dep_ in SUBJECTS or noun.right_edge != noun:
        return None
    after = noun.doc[noun.i + 1 : noun.sent.end]
    first = next((token for token in after if token.dep_ != "advmod"), None)
    if first is None or first.tag_ not in _FINITE:
        return None
    verb = first.head if first.dep_ in {"aux", "auxpass"} else first
    joined = verb.dep_ == "conj" and verb.head.i < noun.i
    return verb if joined and not any(c.dep_ in SUBJECTS for c in verb.children) else None


def counted(head: Token) -> Token:
    """What a negative quantifier counts: "steps" of "none of these steps"; else `head`."""
    if head.lower_ in NEGATIVE_QUANTIFIERS:
        for child in head.rights:
            for inner in child.rights if child.lower_ == "of" else ():
                return inner
    return head


def noun_phrase(head: Token) -> Span:
    """The shortest complete noun phrase of `head`, without leading determiners."""
    start, end = left_edge(head), head.i + 1
    if head.dep_ == "csubj":
        # A gerund takes its object: "burning amalgam".
        return head.doc[head.i : max((c.right_edge.i + 1 for c in head.rights), default=end)]
    for child in head.rights:
        reach = _right_reach(head, child)
        bracketed = head.doc[child.left_edge.i - 1].text in {"(", "["} or child.text in {"(", "["}
        if reach is None or bracketed or child.left_edge.i > end:
            break
        end = max(end, reach)
    start, end = _widen_to_name(head, start, end)
    doc = head.doc
    # "Some of the mines" are mines.
    while start < end - 1 and (doc[start].lower_ in STRIPPED | {"of"} or doc[start].is_punct):
        start += 1
    while end > start + 1 and doc[end - 1].is_punct and doc[end - 1].text not in {")", "%"}:
        end -= 1
    return doc[start:end]


def phrase_text(phrase: Span) -> str:
    """The phrase as it stands in the text, without quotes, emphasis and acronyms behind names."""
    text = _ACRONYM.sub("", re.sub(r"\s+", " ", phrase.text)).strip(_EDGES)
    text = _ITEM_LABEL.sub("", text)
    if text.count("(") == text.count(")") + 1 and phrase.doc[phrase.end :].text.startswith(")"):
        # "section 3(a": the tokenizer cut the bracket off.
        text += ")"
    if text.count(")") != text.count("("):
        text = text.strip("()")
    return re.sub(r"['\u2019]s?$", "", text).strip()


def complements(head: Token) -> list[Token]:
    """The prepositions of `head` that `noun_phrase` leaves out: adjuncts of the clause."""
    end = noun_phrase(head).end
    return [child for child in head.rights if child.dep_ == "prep" and child.i >= end]


def prepositional_objects(preposition: Token) -> Iterator[tuple[str, Token]]:
    """Yield (preposition in lower case, head of its object); compound ones are joined."""
    for words, head in prepositional_heads(preposition):
        if is_nominal(head):
            # "by and with the consent": two prepositions, of which the second leads here.
            joined = [rank for rank, word in enumerate(words) if word.dep_ == "conj"]
            yield " ".join(word.lower_ for word in words[max(joined, default=0) :]), head


def prepositional_heads(preposition: Token) -> Iterator[tuple[Words, Token]]:
    """Yield (words of the preposition, head of its object): "due to" is one preposition."""
    words: Words = (preposition,)
    has_object = any(child.dep_ == "pobj" for child in preposition.children)
    for child in preposition.children:
        if child.dep_ == "pobj" or (child.dep_ == "pcomp" and is_nominal(child)):
            yield from ((words, head) for head in coordinated(child))
        elif child.pos_ == "ADP" and any(child.children) and not has_object:
            for inner, head in prepositional_heads(child):
                yield (*words, *inner), head
        elif child.pos_ == "ADP" and not any(child.children):
            # "because of": the parser hangs the object beside "of", not under it.
            words = (*words, child)


def parse_quantity(phrase: Span, units: frozenset[str]) -> Quantity | None:
    """The first number of a phrase with its unit as written; None without a number.

    Args:
        phrase: a noun phrase; dates have no quantity.
        units: lower-case words that measure; any other counted noun leaves the unit empty.
    """
    for position, token in enumerate(phrase):
        if not (token.like_num or _NUMBER.fullmatch(token.text)) or token.ent_type_ in DATE_LABELS:
            continue
        value = _number(token)
        if value is None or _YEAR.fullmatch(token.text):
            continue
        return _with_unit(phrase, position, value, units)
    return None


def _with_unit(phrase: Span, position: int, value: float, units: frozenset[str]) -> Quantity | None:
    tokens = [token.text for token in phrase]
    after = position + 1
    if "between" in tokens or (after < len(tokens) and tokens[after] in {"to", "-", _EN_DASH}):
        # An interval has no single value.
        return None
    while after < len(tokens) and tokens[after].lower() in _SCALES:
        value *= _SCALES[tokens[after].lower()]
        after += 1
    if position and _CURRENCY.match(tokens[position - 1]):
        return Quantity(value=value, unit=tokens[position - 1])
    unit = ""
    if " ".join(tokens[after : after + 2]).lower() in units:
        unit = " ".join(tokens[after : after + 2])
    elif after < len(tokens) and tokens[after].lower() in units:
        unit = tokens[after]
        while after + 2 < len(tokens) and tokens[after + 1] == "/":
            unit += "/" + tokens[after + 2]
            after += 2
    return Quantity(value=value, unit=unit)


def _number(token: Token) -> float | None:
    word = token.lower_
    if word in _NUMBERS:
        return _NUMBERS[word]
    if word in _SCALES:
        return None if token.i and token.nbor(-1).like_num else _SCALES[word]
    found = _NUMBER.fullmatch(token.text)
    return float(found[0].replace(",", "")) if found else None


def left_edge(head: Token) -> int:
    """First token of the head's left modifiers that are joined to it without a gap."""
    start = head.i
    for child in reversed(list(head.lefts)):
        if child.dep_ in {"cc", "preconj", "prep", "mark", "appos", "relcl", "advcl", "acl"}:
            break
        if child.right_edge.i + 1 != start:
            break
        start = child.left_edge.i
    return start


def _right_reach(head: Token, child: Token) -> int | None:
    """Where the phrase ends when it takes `child` in; None when `child` ends the phrase."""
    if child.dep_ in {"nummod", "quantmod", "case", "compound", "nmod"}:
        return child.right_edge.i + 1
    if child.dep_ == "prep":
        return _complement_reach(head, child)
    if child.dep_ in {"cc", "conj"} and _is_interval(head):
        return child.right_edge.i + 1
    if child.dep_ == "npadvmod" and child.left_edge.lower_ in {"a", "an", "per"}:
        # "$ 58 a share"
        return child.i + 1
    hyphen = child.dep_ == "punct" and child.text in {"-", "/", _EN_DASH}
    return child.i + 1 if hyphen else None


def _is_interval(head: Token) -> bool:
    """Whether `head` is the first bound of "between 400 and 800"."""
    bounds = [head, *(child for child in head.children if child.dep_ == "nummod")]
    marked = any(child.lower_ == "between" for bound in bounds for child in bound.lefts)
    return marked or (head.dep_ == "pobj" and head.head.lower_ == "between")


def _complement_reach(head: Token, preposition: Token) -> int | None:
    objects = [child for child in preposition.children if child.dep_ == "pobj"]
    if not objects or not is_nominal(objects[-1]):
        return None
    inner = coordinated(objects[-1])[-1]
    end = noun_phrase(inner).end
    if preposition.lower_ in {"of", "per"}:
        # "in 2013 of ..." never happens; "deforestation of 1,200 hectares" does.
        return end
    if _is_adjunct(inner) or end - preposition.i > _MAX_COMPLEMENT:
        return None
    if head.pos_ == "PROPN" and inner.pos_ == "PROPN" and preposition.lower_ in {"on", "for"}:
        return end
    is_subject = head.dep_ in {"nsubj", "nsubjpass"}
    relational = _RELATIONAL.search(head.lower_) is not None
    wanted = preposition.lower_ in COMPLEMENT_PREPOSITIONS and (is_subject or relational)
    return end if wanted else None


def _is_adjunct(head: Token) -> bool:
    return is_date(head) or any(token.ent_type_ in PLACE_LABELS for token in noun_phrase(head))


def _widen_to_name(head: Token, start: int, end: int) -> tuple[int, int]:
    """Take in the rest of a name or a date that begins in the phrase and runs on."""
    if head.ent_type_ not in _WHOLE_LABELS:
        return start, end
    for entity in head.sent.ents:
        if entity.start <= head.i < entity.end and entity.end - end <= _MAX_NAME_GAP:
            return min(start, entity.start), max(end, entity.end)
    return start, end
