"""Reduces the pages found for a claim to the few windows in which its two ends meet.

A sighting is a sentence that mentions the object, with how surely and how near the subject stands.
In the sentences on the subject, rival values are looked for as well. Pages that repeat one another,
and sentences that do, are one witness.
"""

import math
import re
import zlib
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from kgpipe.verify.rivals import RivalNames, Standing, find_standings
from kgpipe.verify.spotting import NamePattern, Spot, find_spots, fold_text

# The words that stand for subject and object, so that vectors compare what is said of them.
SUBJECT_WORD, OBJECT_WORD = "someone", "something"
# Windows of a claim that are embedded (some 4 ms each), and of one page.
_WINDOWS, _WINDOWS_PER_PAGE = 12, 4
# Later windows of a page add less than the first.
_PAGE_DISCOUNT = (1.0, 0.8, 0.6, 0.6)
# A masked window keeps so many characters around the two mentions; more says other things.
_WINDOW_CHARS, _MIN_PAD, _MAX_MASKED = 260, 60, 420
# How much a subject in the same sentence, the one before, or elsewhere on the page counts; and
# the scale, in characters, over which distance makes a window less telling.
_SAME, _BEFORE, _ON_PAGE = 3.0, 1.2, 0.5
_FAR, _FADE = 300, 400
# Weaker mentions of the object, and of the subject beside a rival, are not looked at.
_OBJECT_STRENGTH, _SUBJECT_STRENGTH = 0.5, 0.35
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"\u201d')\]]*\s+(?=[A-Z0-9\"\u201c(\[])|\n+")
_ABBREVIATION = re.compile(
    r"\b(?:mr|mrs|ms|dr|st|jr|sr|inc|corp|ltd|co|vs|no|vol|u\.s|gov|gen|sen|rep|prof|[a-z])\.$",
    re.IGNORECASE,
)
# Pages are compared by a sample of their runs of four words; copies share most of them.
_RUN_WORDS, _SAMPLE, _FEW_RUNS, _COPY_AT = 4, 8, 64, 0.6


class Page(NamedTuple):
    """A source and its text (a whole page, or its passages joined)."""

    source: str
    text: str


class Sighting(NamedTuple):
    """A sentence `text[start:end]` of page number `page` that mentions the object.

    `subject` is the strength of the subject in it, `before` in the sentence before, `object` that
    of the object; `gap` the characters between the two where both stand in it, `near` those to the
    nearest subject of the page (-1: none). `masked` is the text with both ends replaced.
    """

    page: int
    sentence: int
    start: int
    end: int
    subject: float
    before: float
    object: float
    gap: int
    near: int
    masked: str


class PageReading(NamedTuple):
    """What a page mentions: counts, and the strength of the best mention of either end.

    `standings` tells how near to the subject the object and its rivals stand.
    """

    rank: int
    characters: int
    subjects: int
    objects: int
    subject: float
    object: float
    sightings: tuple[Sighting, ...]
    standings: tuple[Standing, ...]


class ClaimReading(NamedTuple):
    """The pages of a claim, and the sightings worth embedding, best first."""

    pages: tuple[PageReading, ...]
    windows: tuple[Sighting, ...]


class _Placed(NamedTuple):
    """The spots of a page by the number of their sentence."""

    subjects: dict[int, list[Spot]]
    objects: dict[int, list[Spot]]


def read_pages(
    subject: NamePattern | None,
    object_: NamePattern | None,
    pages: Sequence[Page],
    *,
    rivals: RivalNames,
) -> ClaimReading:
    """Find the sightings of a claim in its pages: best ranked first, and no copies."""
    if subject is None or object_ is None:
        return ClaimReading((), ())
    read = tuple(
        _read_page(rank, page, subject, object_, rivals) for rank, page in enumerate(pages)
    )
    return ClaimReading(read, tuple(_choose(read)))


def drop_copies(pages: Sequence[Page]) -> list[Page]:
    """The pages without those that repeat an earlier one, in their order."""
    kept: list[tuple[Page, frozenset[int]]] = []
    for page in pages:
        sample = _sample_runs(page.text)
        if not any(_overlap(sample, earlier) >= _COPY_AT for _, earlier in kept):
            kept.append((page, sample))
    return [page for page, _ in kept]


def weigh(sighting: Sighting) -> float:
    """How surely a sighting speaks of the claim's subject and object, in 0..1."""
    elsewhere = 0.3 if sighting.near >= 0 else 0.0
    return sighting.object * max(sighting.subject, 0.6 * sighting.before, elsewhere)


def _sample_runs(text: str) -> frozenset[int]:
    words = fold_text(text).split()
    runs = (" ".join(words[at : at + _RUN_WORDS]) for at in range(max(1, len(words) - 3)))
    hashes = {zlib.crc32(run.encode("utf-8", "surrogatepass")) for run in runs}
    sample = frozenset(value for value in hashes if value % _SAMPLE == 0)
    return sample if len(hashes) > _FEW_RUNS else frozenset(hashes)


def _overlap(left: frozenset[int], right: frozenset[int]) -> float:
    return len(left & right) / max(1, len(left | right))


def _read_page(
    rank: int, page: Page, subject: NamePattern, object_: NamePattern, rivals: RivalNames
) -> PageReading:
    folded = fold_text(page.text)
    subjects, objects = find_spots(folded, subject), find_spots(folded, object_)
    sentences = _sentences(page.text) if subjects or objects else []
    starts = [start for start, _ in sentences]
    placed = _Placed(_by_sentence(subjects, starts), _by_sentence(objects, starts))
    sightings = [
        _sight(page.text, rank, number, span=sentences[number], placed=placed, subjects=subjects)
        for number in sorted(placed.objects)
    ]
    standings = [
        standing
        for number, spots in sorted(placed.subjects.items())
        if _strongest(spots) >= _SUBJECT_STRENGTH
        for standing in find_standings(
            folded,
            sentences[number],
            spots,
            [spot for spot in placed.objects.get(number, []) if spot.strength >= _OBJECT_STRENGTH],
            rivals,
        )
    ]
    return PageReading(
        rank,
        len(page.text),
        len(subjects),
        len(objects),
        _strongest(subjects),
        _strongest(objects),
        tuple(sightings),
        tuple(standings),
    )


def _sentences(text: str) -> list[tuple[int, int]]:
    """Rough sentences as spans: for counting and comparing, not for quoting rules."""
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        before = text[max(0, match.start() - 8) : match.start()]
        if "\n" not in match.group() and _ABBREVIATION.search(before):
            continue
        if match.start() > start:
            spans.append((start, match.start()))
        start = match.end()
    spans.append((start, max(start, len(text))))
    return spans


def _by_sentence(spots: Sequence[Spot], starts: Sequence[int]) -> dict[int, list[Spot]]:
    found: dict[int, list[Spot]] = {}
    for spot in spots:
        found.setdefault(max(0, bisect_right(starts, spot.start) - 1), []).append(spot)
    return found


def _sight(
    text: str,
    rank: int,
    number: int,
    *,
    span: tuple[int, int],
    placed: _Placed,
    subjects: Sequence[Spot],
) -> Sighting:
    own, objects = placed.subjects.get(number, []), placed.objects[number]
    return Sighting(
        rank,
        number,
        *span,
        subject=_strongest(own),
        before=_strongest(placed.subjects.get(number - 1, [])),
        object=_strongest(objects),
        gap=_distance(own, objects),
        near=_distance(subjects, objects),
        masked=_mask(text, span, own, objects),
    )


def _strongest(spots: Sequence[Spot]) -> float:
    return max((spot.strength for spot in spots), default=0.0)


def _distance(left: Sequence[Spot], right: Sequence[Spot]) -> int:
    """Characters between the nearest two; -1 where one side has none."""
    # Both lists are in text order, so the nearest two are neighbours when merged.
    merged = sorted([(spot, 0) for spot in left] + [(spot, 1) for spot in right])
    gaps = [max(b.start - a.end, 0) for (a, i), (b, j) in pairwise(merged) if i != j]
    return min(gaps, default=-1)


def _mask(
    text: str, span: tuple[int, int], subjects: Sequence[Spot], objects: Sequence[Spot]
) -> str:
    """The part of a sentence around its two ends, these replaced by words for any thing."""
    named = sorted([(s, SUBJECT_WORD) for s in subjects] + [(o, OBJECT_WORD) for o in objects])
    first, last = _anchor(subjects, objects)
    pad = max(_MIN_PAD, (_WINDOW_CHARS - (last - first)) // 2)
    start, end = max(span[0], first - pad), min(span[1], last + pad)
    pieces: list[str] = []
    at = start
    for spot, word in named:
        if spot.start >= at and spot.end <= end:
            pieces += [text[at : spot.start], word]
            at = spot.end
    return " ".join("".join([*pieces, text[at:end]]).split())[:_MAX_MASKED]


def _anchor(subjects: Sequence[Spot], objects: Sequence[Spot]) -> tuple[int, int]:
    """Where the nearest pair of subject and object starts and ends."""
    if not subjects or not objects:
        spot = (*objects, *subjects)[0]
        return spot.start, spot.end
    _, left, right = min(
        (max(s.start - o.end, o.start - s.end, 0), s, o) for o in objects for s in subjects
    )
    return min(left.start, right.start), max(left.end, right.end)


def _choose(pages: Sequence[PageReading]) -> list[Sighting]:
    """The sightings most likely to tell, at most a few of a page, each sentence text once."""
    ranked: list[tuple[float, int, int, Sighting]] = []
    for page in pages:
        own = [s for s in page.sightings if s.object >= _OBJECT_STRENGTH]
        own.sort(key=lambda s: (-_promise(s, page.subject), s.sentence))
        for place, sighting in enumerate(own[:_WINDOWS_PER_PAGE]):
            promise = _promise(sighting, page.subject) * _PAGE_DISCOUNT[place]
            ranked.append((-promise, page.rank, sighting.sentence, sighting))
    chosen: dict[str, Sighting] = {}
    for _, _, _, sighting in sorted(ranked):
        chosen.setdefault(sighting.masked, sighting)
    return list(chosen.values())[:_WINDOWS]


def _promise(sighting: Sighting, on_page: float) -> float:
    said = _SAME * sighting.subject
    if not sighting.subject:
        said = _BEFORE * sighting.before
    if sighting.near >= 0:
        said += _ON_PAGE * on_page
    gap = sighting.gap if sighting.gap >= 0 else _FAR
    return sighting.object * said * math.exp(-min(gap, _FAR) / _FADE)
