"""Which way a sentence says that something goes: for or against, up or down, good or bad.

Words of `data/verify/effects.csv` that lessen, and negations, turn what stands behind them: "lower
risk" is good, "no lower risk" is bad. Two sentences agree as far as the words that they share
stand the same way round in both.
"""

import csv
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from kgpipe.assets import asset_path
from kgpipe.text.tokens import are_related, stop_words
from kgpipe.verify.lexicon import cues, inflect, synonyms

EFFECTS = "data/verify/effects.csv"

# A word turns what stands so many words behind it, and a negation also what stands just before. On
# the development half of HealthVer 8 words did as well as 5, and 12 worse.
_SCOPE_BEHIND, _SCOPE_BEFORE = 5, 2
# A longer text repeats its words; the first few tell how it uses them.
_MAX_MATCHES = 3


class Comparison(NamedTuple):
    """How two sentences stand to each other; shares are of the first one's content words."""

    shared: float
    agreeing: float
    contrary: float
    value: float
    """1 if both speak of a good, or both of a bad outcome; -1 if one does and the other not."""
    negation: bool
    """One of the two is negated."""


class _Reading(NamedTuple):
    forms: tuple[str, ...]
    content: tuple[int, ...]
    signs: tuple[int, ...]
    value: int
    negated: bool


def compare_effects(claim: Sequence[str], said: Sequence[str]) -> Comparison:
    """Compare what two sentences, given as folded words, say of what they share."""
    ours, theirs = _read(tuple(claim)), _read(tuple(said))
    matches = [_matches(ours, at, theirs) for at in ours.content]
    size = max(1, len(matches))
    contrary = [
        sum(ours.signs[at] != theirs.signs[other] for other in found) / len(found)
        for at, found in zip(ours.content, matches, strict=True)
        if found
    ]
    return Comparison(
        shared=len(contrary) / size,
        agreeing=(len(contrary) - sum(contrary)) / size,
        contrary=sum(contrary) / size,
        value=float(ours.value * theirs.value),
        negation=ours.negated != theirs.negated,
    )


def _matches(ours: _Reading, at: int, theirs: _Reading) -> list[int]:
    word = ours.forms[at]
    alike = synonyms(word)
    found = [
        place
        for place in theirs.content
        if theirs.forms[place] in alike or are_related(word, theirs.forms[place])
    ]
    return found[:_MAX_MATCHES]


# A claim is compared with many windows, and a window of a page with many claims.
@lru_cache(maxsize=4096)
def _read(forms: tuple[str, ...]) -> _Reading:
    negations, exempt = cues("negation", "en"), cues("not_negation", "en")
    denials = [
        at
        for at, form in enumerate(forms)
        if form in negations and not (at + 1 < len(forms) and forms[at + 1] in exempt)
    ]
    turns = sorted([*denials, *(at for at, form in enumerate(forms) if form in _words("lessen"))])
    signs = tuple(_sign(at, turns, denials) for at in range(len(forms)))
    value = sum(
        sign * ((form in _words("good")) - (form in _words("bad")))
        for form, sign in zip(forms, signs, strict=True)
    )
    ignored = stop_words("en") | negations
    content = tuple(at for at, form in enumerate(forms) if form not in ignored and len(form) > 1)
    return _Reading(forms, content, signs, (value > 0) - (value < 0), bool(denials))


def _sign(at: int, turns: Sequence[int], denials: Sequence[int]) -> int:
    """-1 if an odd number of words turns the one at a place."""
    turned = sum(at - _SCOPE_BEHIND <= turn < at for turn in turns)
    turned += sum(at < denial <= at + _SCOPE_BEFORE for denial in denials)
    return -1 if turned % 2 else 1


@lru_cache(maxsize=4)
def _words(role: str) -> frozenset[str]:
    """All forms of the words of a role: lessen, good or bad."""
    with asset_path(EFFECTS).open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["role"] == role]
    return frozenset(
        form for row in rows for word in row["words"].split() for form in inflect(word)
    )
