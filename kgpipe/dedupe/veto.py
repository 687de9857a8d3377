"""Reasons why two names are different things, however close a sentence model puts them.

Cosine alone cannot tell (MiniLM: mercury exports and imports .82, 23 and 26 t of mercury .97,
Bolivian and Colombian Amazon .90), so names join by similarity only if they are the same words up
to inflection, spelling, order and function words. The code of a veto says what was in the way.
"""

from typing import NamedTuple

from rapidfuzz.distance import OSA

from kgpipe.dedupe.normalise import NameForm, content_words, has_digit
from kgpipe.types import Kind

_NEGATIONS = frozenset(
    {
        "no",
        "not",
        "non",
        "none",
        "never",
        "without",
        "free",
        "nao",
        "nem",
        "sem",
        "sin",
        "ni",
        "ningun",
        "sans",
        "pas",
    }
)
DIRECTIONS = frozenset(
    {
        "north",
        "south",
        "east",
        "west",
        "northern",
        "southern",
        "eastern",
        "western",
        "northeast",
        "northwest",
        "southeast",
        "southwest",
        "central",
        "upper",
        "lower",
        "inner",
        "outer",
        "norte",
        "sur",
        "sul",
        "este",
        "leste",
        "oeste",
        "alto",
        "bajo",
    }
)
# With these, the order of the other words says who does what.
_ORDERING = frozenset({"from", "to", "into", "by", "than", "a", "para", "por", "desde"})
# "exposure to mercury" has one reading in any order; "exports to Peru from Brazil" has two.
_MIN_ORDERED = 3
# Vetoes for want of proof that the words mean the same: a model or a person may know better.
SOFT = frozenset({"modifier", "other_word", "order"})
# Values: never the same unless they are written alike.
_VALUES: frozenset[Kind] = frozenset({"quantity", "date"})
# Kinds that extractors often take for one another.
_NEAR_KINDS: tuple[frozenset[Kind], ...] = (
    frozenset({"place", "site"}),
    frozenset({"law", "document"}),
    frozenset({"law", "process"}),
    frozenset({"document", "process"}),
)
# Endings of one verb and its noun of action ("reduce", "reducing", "reduction"). Left out are those
# of agents ("producer") and of results ("amalgam", "amalgamation").
_VERB_ENDINGS = frozenset(
    frozenset(pair)
    for pair in (
        ("", "ing"), ("", "ed"), ("", "d"), ("e", "ing"), ("e", "ion"), ("e", "tion"),
        ("e", "ation"), ("ed", "ion"), ("ed", "tion"), ("ed", "ation"), ("ed", "ing"),
        ("ing", "ion"), ("ing", "tion"), ("ing", "ation"), ("ing", "ment"), ("ing", "ement"),
    )
)  # fmt: skip
_MIN_STEM = 3
# A thing and a trade that look like one verb: a gold mine is not gold mining.
_NOT_INFLECTED = frozenset({frozenset({"mine", "mining"}), frozenset({"build", "building"})})
# (shortest word, most edits): Yekuana and Yekwana, organisation and organization; not Guiana and
# Guyana, Niger and Nigeria, legal and illegal.
_MISSPELT = ((10, 2), (7, 1))
# Longer names are sentences; comparing each word with each would be slow and say nothing.
_MAX_WORDS = 30


class Candidate(NamedTuple):
    """A name up for merging. `listed` tells that an alias table holds it as a name of its own."""

    form: NameForm
    kind: Kind
    listed: bool


def find_veto(left: Candidate, right: Candidate) -> str | None:
    """Return why the two must not merge by similarity, None if nothing speaks against it.

    Symmetric. Codes: listed_apart, kind, too_long, number, value, negation, direction, modifier,
    other_word, order. One of the last three (`SOFT`) tells that none of the others holds.
    """
    if left.form.key == right.form.key:
        return None
    left, right = sorted((left, right))
    if left.listed and right.listed:
        return "listed_apart"
    if kinds_clash(left.kind, right.kind):
        return "kind"
    if max(len(left.form.words), len(right.form.words)) > _MAX_WORDS:
        return "too_long"
    words = content_words(left.form.words), content_words(right.form.words)
    return (
        _veto_values(words, {left.kind, right.kind})
        or _veto_words(words)
        or _veto_order(left.form.words, right.form.words, words)
    )


Words = tuple[list[str], list[str]]


def kinds_clash(left: Kind, right: Kind) -> bool:
    """Whether two kinds exclude one another, also as extractors confuse them."""
    vague: set[Kind] = {"", "other"}
    if left == right or left in vague or right in vague:
        return False
    return frozenset({left, right}) not in _NEAR_KINDS


def _veto_values(words: Words, kinds: set[Kind]) -> str | None:
    left, right = (sorted(filter(has_digit, side)) for side in words)
    if left != right:
        return "number"
    is_value = bool(left) or bool(kinds & _VALUES)
    return "value" if is_value and sorted(words[0]) != sorted(words[1]) else None


def _veto_words(words: Words) -> str | None:
    """Compare the words that only one side has, after pairing the inflected and the misspelt."""
    left, right = [], list(words[1])
    for word in words[0]:
        if word in right:
            right.remove(word)
        else:
            left.append(word)
    for code, special in (("negation", _NEGATIONS), ("direction", DIRECTIONS)):
        if special & {*left, *right}:
            return code
    # A word alone may be inflected into another thing ("contaminated", "contamination").
    alone = min(len(words[0]), len(words[1])) == 1
    for word in sorted(left):
        partner = next((other for other in sorted(right) if _same_word(word, other, alone)), None)
        if partner is not None:
            left.remove(word)
            right.remove(partner)
    if left and right:
        return "other_word"
    return "modifier" if left or right else None


def _veto_order(left: tuple[str, ...], right: tuple[str, ...], words: Words) -> str | None:
    ordering = _ORDERING & {*left, *right}
    return "order" if ordering and words[0] != words[1] and _swapped(words) else None


def _swapped(words: Words) -> bool:
    """Whether words that both sides have stand in another order."""
    both = set(words[0]) & set(words[1])
    return len(both) >= _MIN_ORDERED and [w for w in words[0] if w in both] != [
        w for w in words[1] if w in both
    ]


def _same_word(left: str, right: str, alone: bool) -> bool:
    shorter = min(len(left), len(right))
    edits = next((edits for length, edits in _MISSPELT if shorter >= length), 0)
    if left[0] == right[0] and OSA.distance(left, right, score_cutoff=edits) <= edits:
        return True
    return not alone and _is_inflected(left, right)


def _is_inflected(left: str, right: str) -> bool:
    if frozenset({left, right}) in _NOT_INFLECTED:
        return False
    stem = 0
    while stem < min(len(left), len(right)) and left[stem] == right[stem]:
        stem += 1
    endings = [word[stem:] for word in (left, right)]
    # "controlling" doubles the last letter of "control".
    plain = [ending.removeprefix(left[stem - 1]) if stem else ending for ending in endings]
    return stem >= _MIN_STEM and bool({frozenset(endings), frozenset(plain)} & _VERB_ENDINGS)
