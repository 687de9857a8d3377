"""A triple as a sentence that a person reads, with its verb as its quote has it.

Extractors keep predicates in a canonical form ("be contaminated by"), which drops tense and mood.
Both are part of what was said ("was", "should be"), so they are read off the quote again.
"""

import csv
import re
from functools import lru_cache

from kgpipe.assets import asset_path
from kgpipe.query.statements import one_line
from kgpipe.text.cues import cue_words
from kgpipe.text.tokens import Token, are_related, tokenize
from kgpipe.types import Kind

_BE = frozenset({"am", "is", "are", "was", "were", "be", "been", "being"})
_HAVE = frozenset({"has", "have", "had", "having"})
_DO = frozenset({"do", "does", "did"})
_MODAL = frozenset(
    {"can", "could", "may", "might", "must", "shall", "should", "will", "would", "cannot", "ca"}
)
# Singular and plural of the forms that differ.
_NUMBER = {
    form: pair
    for pair in (("is", "are"), ("was", "were"), ("has", "have"), ("does", "do"))
    for form in pair
}
_NOT = frozenset({"not", "n't", "never"})
_AUXILIARY = _BE | _HAVE | _DO | _MODAL
# Adverbs stand inside a group of verbs ("is probably banned"); few words do, and most end so.
_ADVERB = re.compile(r"(?:\w{3,}ly|also|still|already|often|now|even|always|yet|only)")
# Words a group of verbs reaches back over at most: "should not have been fully".
_MAX_GROUP = 5
_PREPOSITIONS = "of in for from by to with at on under over between among within into against about"
_PREPOSITION = frozenset(_PREPOSITIONS.split())
_ARTICLES = frozenset({"the", "a", "an", "each", "every"})
_NO_PLURAL = ("ss", "us", "is")


def write_sentence(
    subject: str,
    predicate: str,
    object_: str,
    *,
    quote: str = "",
    said_subject: str = "",
    said_object: str = "",
    negated: bool = False,
    subject_kind: Kind = "",
) -> str:
    """Put a triple into an English sentence.

    Args:
        subject: as it shall be named.
        predicate: in the words of the text or their canonical form.
        object_: as it shall be named.
        quote: what the text says, "" for a triple without one.
        said_subject: how the text calls the subject, if it calls it otherwise.
        said_object: the same for the object.
        negated: that the text denies it; a predicate that lacks the word gets one.
        subject_kind: places are singular ("the Philippines").
    """
    words = predicate.split()
    if not quote:
        # Somebody else's words: they stand as they are.
        verb = predicate
    else:
        plural = _is_plural(subject, subject_kind)
        said = said_subject or subject, said_object or object_
        verb = _quoted_verb(words, quote, said, plural=plural) or _inflect(words, plural=plural)
    if negated and not _denies(f"{verb} {object_}"):
        verb = _deny(verb)
    ends = _with_article(subject, quote), _with_article(object_, quote)
    sentence = one_line(f"{ends[0]} {verb} {ends[1]}").rstrip(" .")
    return f"{sentence[:1].upper()}{sentence[1:]}."


def _quoted_verb(words: list[str], quote: str, ends: tuple[str, str], *, plural: bool) -> str:
    """The predicate with the verbs of the quote, "" where they are not found."""
    tokens = tokenize(quote)
    # "be" before a participle ("be seen at"); else a copula, or a verb of its own.
    passive = words[0] == "be" and len(words) > 1
    found = _find_verb(words[1], tokens, ends[0], quote, exact=True) if passive else None
    if found is not None:
        group = _group(tokens, found, quote)
        if _is_finite(group) and _has(group, _BE):
            return " ".join([_agree(group, plural=plural), *words[2:]])
    if words[0] == "be":
        found = _find_copula(tokens, ends, quote)
    elif words[0] == "have":
        rows = [row for row, token in enumerate(tokens) if token.form in _HAVE]
        found = _first_after(rows, tokens, ends[0], quote)
    else:
        found = _find_verb(words[0], tokens, ends[0], quote, exact=False)
    if found is None or tokens[found].form.endswith("ing") or _follows_to(tokens, found):
        return ""
    group = _group(tokens, found, quote)
    if not _is_finite(group):
        return ""
    if words[0] != "be" and _has(group, _BE) and not _has(group, _MODAL | _HAVE):
        # The text has it in the passive, the predicate in the active.
        return ""
    return " ".join([_agree(group, plural=plural), *words[1:]])


def _find_copula(tokens: list[Token], ends: tuple[str, str], quote: str) -> int | None:
    """The form of "be" between both ends: elsewhere it is another statement's."""
    folded = quote.casefold()
    first = folded.find(ends[0].casefold())
    last = folded.find(ends[1].casefold(), max(first, 0))
    if first < 0 or last < 0:
        return None
    between = range(first + len(ends[0]), last)
    rows = [row for row, token in enumerate(tokens) if token.form in _BE and token.start in between]
    return rows[-1] if rows else None


def _agree(group: str, *, plural: bool) -> str:
    """The group of verbs in the number of the subject, which may be one of several in the text."""
    first, blank, rest = group.partition(" ")
    return f"{_NUMBER.get(first.casefold(), (first, first))[plural]}{blank}{rest}"


def _find_verb(
    word: str, tokens: list[Token], subject: str, quote: str, *, exact: bool
) -> int | None:
    """The token that is the verb `word`, the first after the subject if there are several."""
    folded = word.casefold()
    rows = [
        row
        for row, token in enumerate(tokens)
        if token.form == folded or (not exact and are_related(token.form, folded))
    ]
    return _first_after(rows, tokens, subject, quote)


def _first_after(rows: list[int], tokens: list[Token], subject: str, quote: str) -> int | None:
    at = quote.casefold().find(subject.casefold())
    after = [row for row in rows if at >= 0 and tokens[row].start >= at + len(subject)]
    found = after or rows
    return found[0] if found else None


def _follows_to(tokens: list[Token], row: int) -> bool:
    return row > 0 and tokens[row - 1].form == "to"


def _group(tokens: list[Token], last: int, quote: str) -> str:
    """The words of the quote from the first auxiliary before the verb up to the verb."""
    first = last
    for row in range(last - 1, max(-1, last - 1 - _MAX_GROUP), -1):
        form = tokens[row].form
        between = quote[tokens[row].end : tokens[row + 1].start]
        if between.strip() or not (form in _AUXILIARY | _NOT or _ADVERB.fullmatch(form)):
            break
        # "Miners probably use" says less than "miners use".
        if form in _AUXILIARY or form.endswith("ly"):
            first = row
    return quote[tokens[first].start : tokens[last].end]


def _is_finite(group: str) -> bool:
    """Whether the verbs can stand in a sentence as they are: "being adopted" cannot."""
    return group.partition(" ")[0].casefold() not in ("be", "been", "being", "having")


def _has(group: str, forms: frozenset[str]) -> bool:
    return any(token.form in forms for token in tokenize(group))


def _inflect(words: list[str], *, plural: bool) -> str:
    """The canonical form in the present tense."""
    verb, rest = words[0], words[1:]
    if verb == "be":
        verb = "are" if plural else "is"
    elif verb == "have":
        verb = "have" if plural else "has"
    elif not plural and verb.isalpha() and not verb.endswith(("s", "ed", "ing")) | (verb in _MODAL):
        verb += "es" if verb.endswith(("ch", "sh", "x", "o")) else "s"
        verb = re.sub(r"(?<=[^aeiou])ys$", "ies", verb)
    return " ".join([verb, *rest])


def _is_plural(name: str, kind: Kind) -> bool:
    words = name.split()
    if kind in ("place", "person") and name[:1].isupper() and words[-1:][0][:1].isupper():
        # A single one, whatever its ending: "the Philippines", "Madre de Dios".
        return False
    if "and" in words or (words and words[0].casefold() in _several()):
        return True
    head = next((i for i, word in enumerate(words) if i and word in _PREPOSITION), len(words))
    last = words[head - 1].casefold() if words else ""
    return last in ("people", "children", "men", "women") or (
        last.endswith("s") and not last.endswith(_NO_PLURAL)
    )


@lru_cache(maxsize=1)
def _several() -> frozenset[str]:
    """Number words from two on."""
    with asset_path("data/verify/number_words.csv").open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines)
        return frozenset(row["word"] for row in rows if row["role"] == "number")


def _denies(text: str) -> bool:
    negations = cue_words("negation", "en")
    return any(token.form in negations for token in tokenize(text))


def _deny(verb: str) -> str:
    """With "not" behind its first auxiliary, in front of all where there is none."""
    first, _, rest = verb.partition(" ")
    if first.casefold() in _AUXILIARY - _HAVE or (
        first.casefold() in _HAVE and rest.split(" ")[0].endswith(("ed", "en", "n"))
    ):
        return f"{first} not {rest}".rstrip()
    return f"(not) {verb}"


def _with_article(name: str, quote: str) -> str:
    """The name with the article that the quote has before it."""
    at = quote.casefold().find(name.casefold())
    before = quote[:at].split()[-1:] if at > 0 and quote[at - 1].isspace() else []
    if not before or before[0].casefold() not in _ARTICLES:
        return name
    return f"{before[0].casefold()} {name}"
