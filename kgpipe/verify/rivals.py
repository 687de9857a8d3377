"""Rival values: what else of the object's kind stands near the subject, and how much nearer.

What counts as of its kind is told by the claims at hand: the other objects of the same predicate.
Nobody has to list kinds, and no label is read.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from kgpipe.verify.spotting import Spot, fold_text

_BRACKETS = re.compile(r"\s*\([^()]*\)")
_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?|[^\W\d_]+")
# One word this short is too often another.
_MIN_CHARS = 4
# A value this many characters from the subject counts 1/e of one beside it.
_FADE = 40.0


class RivalNames(NamedTuple):
    """Values by their folded words, and the words that any of them starts with."""

    names: Mapping[tuple[str, ...], str]
    firsts: frozenset[str]
    longest: int


class Standing(NamedTuple):
    """A value in a sentence on the subject; `gap` is the number of characters between the two.

    The claimed object's value is "".
    """

    value: str
    gap: int


class Contest(NamedTuple):
    """How object and rivals stand near the subject, over all pages.

    `own` and `best` are log(1 + nearness) of the object and of the strongest rival, where nearness
    is the sum of exp(-gap / 40) over sentences; `share` is the object's part of the two; `lead` the
    number of pages that name the object beside the subject minus that of the commonest rival.
    """

    own: float
    best: float
    share: float
    lead: float


NO_RIVALS = RivalNames({}, frozenset(), 0)


def collect_values(claims: Iterable[tuple[str, str]]) -> dict[str, RivalNames]:
    """The values of each predicate, from (predicate, object) pairs."""
    names: defaultdict[str, dict[tuple[str, ...], str]] = defaultdict(dict)
    # Sorted, so that the claims' order decides nothing where two objects share a form.
    for predicate, object_ in sorted(set(claims)):
        for form in _forms(object_):
            names[predicate].setdefault(form, object_)
    return {
        predicate: RivalNames(
            forms, frozenset(form[0] for form in forms), max(map(len, forms), default=0)
        )
        for predicate, forms in names.items()
    }


def without(rivals: RivalNames, *names: str) -> RivalNames:
    """The values that are none of `names`."""
    own = {form for name in names for form in _forms(name)}
    kept = {form: value for form, value in rivals.names.items() if form not in own}
    return rivals._replace(names=kept)


def find_standings(
    folded: str,
    span: tuple[int, int],
    subjects: Sequence[Spot],
    objects: Sequence[Spot],
    rivals: RivalNames,
) -> Iterator[Standing]:
    """The nearest mention of the object and of each rival in one sentence on the subject."""
    taken = [*subjects, *objects]
    best: dict[str, int] = {"": _gap(objects, subjects)} if objects else {}
    for start, end, value in _mentions(folded, span, rivals):
        if not any(start < spot.end and spot.start < end for spot in taken):
            gap = _gap([Spot(start, end, 1.0)], subjects)
            best[value] = min(gap, best.get(value, gap))
    for value in sorted(best):
        yield Standing(value, best[value])


def compare_values(pages: Iterable[Sequence[Standing]]) -> Contest:
    """Compare the object with its strongest rival over all pages."""
    nearness: defaultdict[str, float] = defaultdict(float)
    on_pages: Counter[str] = Counter()
    for standings in pages:
        on_pages.update({standing.value for standing in standings})
        for standing in standings:
            nearness[standing.value] += math.exp(-standing.gap / _FADE)
    own = nearness.pop("", 0.0)
    best = max(nearness.values(), default=0.0)
    rival_pages = max((count for value, count in on_pages.items() if value), default=0)
    # Half a sentence beside the subject is given to neither.
    share = own / (own + best + 0.5)
    return Contest(math.log1p(own), math.log1p(best), share, float(on_pages[""] - rival_pages))


def _forms(name: str) -> set[tuple[str, ...]]:
    """A value's words in full and up to its comma."""
    plain = fold_text(_BRACKETS.sub("", name))
    forms = {tuple(_WORD.findall(plain)), tuple(_WORD.findall(plain.split(",")[0]))}
    return {form for form in forms if len(form) > 1 or (form and len(form[0]) >= _MIN_CHARS)}


def _mentions(
    folded: str, span: tuple[int, int], rivals: RivalNames
) -> Iterator[tuple[int, int, str]]:
    """Start, end and value of each value named in the sentence, the longest name first."""
    words = list(_WORD.finditer(folded, *span)) if rivals.names else []
    at = 0
    while at < len(words):
        length = _match(words, at, rivals) if words[at].group() in rivals.firsts else 0
        if length:
            form = tuple(word.group() for word in words[at : at + length])
            yield words[at].start(), words[at + length - 1].end(), rivals.names[form]
        at += max(1, length)


def _match(words: Sequence[re.Match[str]], at: int, rivals: RivalNames) -> int:
    """How many words from `at` on are the longest value, 0 for none."""
    forms = tuple(word.group() for word in words[at : at + rivals.longest])
    return next((n for n in range(len(forms), 0, -1) if forms[:n] in rivals.names), 0)


def _gap(values: Sequence[Spot], subjects: Sequence[Spot]) -> int:
    return min(
        max(subject.start - value.end, value.start - subject.end, 0)
        for value in values
        for subject in subjects
    )
