"""The evidence on a claim as numbers; no id, no label and no name of a source is among them."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kgpipe.ports import Embedder
from kgpipe.verify.relation import (
    RELATION_SIGNALS,
    RelationSpace,
    WindowVectors,
    embed_predicates,
    learn_space,
    relation_signals,
)
from kgpipe.verify.rivals import NO_RIVALS, RivalNames, compare_values, without
from kgpipe.verify.sightings import (
    ClaimReading,
    Page,
    PageReading,
    Sighting,
    drop_copies,
    read_pages,
    weigh,
)
from kgpipe.verify.spotting import read_pattern

Floats = NDArray[np.float64]

# A mention of at least this strength is surely of the thing; a weaker one down to the other is,
# where its page has the thing at all.
_SURE, _LIKELY, _WEAK = 0.8, 0.5, 0.35
# Characters over which nearness fades: within a sentence, within a paragraph.
_NEAR, _AROUND = 60.0, 400.0
# Sentences that open a page, and ranks over which a page's place in the search fades.
_OPENING, _RANKS = 5, 3.0

COUNT_SIGNALS = (
    "pages_subject", "pages_object", "pages_object_likely", "pages_both", "pages_sentence",
    "pages_sentence_sure", "sentences", "pages_sentence_or_next", "near", "around", "objects",
    "subjects", "objects_per_subject", "opening", "first_pages",
    "value_own", "value_rival", "value_share", "value_lead",
)  # fmt: skip
SIGNALS = (*COUNT_SIGNALS, *RELATION_SIGNALS)


class Statement(NamedTuple):
    """What a predictor may know of a claim: names, never an id or a label.

    The first of `subjects` and `objects` is the claim's own name; the others are aliases.
    """

    subjects: tuple[str, ...]
    predicate: str
    objects: tuple[str, ...]


class Quote(NamedTuple):
    """What a window says, verbatim; no predictor reads it."""

    source: str
    start: int
    end: int
    text: str


class ClaimEvidence(NamedTuple):
    """The evidence on one claim before anything is learned: `counts` are `COUNT_SIGNALS`.

    `pages` counts the independent pages and `characters` their text: the regime of the evidence.
    `quotes` are the windows as they stand in their sources, in the order of `windows`.
    """

    predicate: str
    counts: Floats
    windows: WindowVectors
    pages: int
    characters: int
    quotes: tuple[Quote, ...] = ()


def gather_evidence(
    statement: Statement,
    pages: Sequence[Page],
    *,
    embedder: Embedder,
    rivals: Mapping[str, RivalNames],
) -> ClaimEvidence:
    """Read the pages of a claim, best ranked first, and embed what may tell.

    Args:
        statement: the claim.
        pages: what the search found.
        embedder: for the windows.
        rivals: known values by predicate (see `collect_values`).
    """
    values = without(
        rivals.get(statement.predicate, NO_RIVALS), *statement.objects, *statement.subjects
    )
    witnesses = drop_copies(pages)
    reading = read_pages(
        read_pattern(statement.subjects), read_pattern(statement.objects), witnesses, rivals=values
    )
    masked = [sighting.masked for sighting in reading.windows]
    vectors = np.asarray(embedder.embed([*masked, ""])[:-1], dtype=np.float64)
    return ClaimEvidence(
        statement.predicate,
        _count(reading),
        WindowVectors(
            vectors,
            np.array([weigh(sighting) for sighting in reading.windows]),
            np.array([sighting.page for sighting in reading.windows], dtype=np.int64),
        ),
        len(reading.pages),
        sum(page.characters for page in reading.pages),
        tuple(_quote(sighting, witnesses) for sighting in reading.windows),
    )


def signal_matrix(evidence: Sequence[ClaimEvidence], space: RelationSpace) -> Floats:
    """`SIGNALS` of each claim, shape (n, s); the space must know the claims' predicates."""
    numbers = {predicate: number for number, predicate in enumerate(space.predicates)}
    rows = [
        np.concatenate(
            [item.counts, relation_signals(item.windows, numbers[item.predicate], space)]
        )
        for item in evidence
    ]
    return np.array(rows).reshape(len(rows), len(SIGNALS))


def learn_from(
    evidence: Sequence[ClaimEvidence], predicates: Sequence[str], words: Floats
) -> RelationSpace:
    """The relation space of these claims' windows; no label enters it."""
    numbers = {predicate: number for number, predicate in enumerate(predicates)}
    owners = [numbers[item.predicate] for item in evidence]
    return learn_space([item.windows for item in evidence], owners, predicates, words)


def signals_out_of_fold(
    evidence: Sequence[ClaimEvidence], folds: NDArray[np.int64], embedder: Embedder
) -> Floats:
    """`SIGNALS` of each claim, its relation space learned from the other folds' windows."""
    predicates = sorted({item.predicate for item in evidence})
    words = embed_predicates(predicates, embedder)
    matrix = np.zeros((len(evidence), len(SIGNALS)))
    for fold in sorted(set(folds.tolist())):
        inside = np.flatnonzero(folds == fold).tolist()
        others = [evidence[at] for at in np.flatnonzero(folds != fold).tolist()]
        space = learn_from(others or evidence, predicates, words)
        matrix[inside] = signal_matrix([evidence[at] for at in inside], space)
    return matrix


def _quote(sighting: Sighting, pages: Sequence[Page]) -> Quote:
    page = pages[sighting.page]
    text = page.text[sighting.start : sighting.end]
    return Quote(page.source, sighting.start, sighting.end, text)


def _count(reading: ClaimReading) -> Floats:
    pages = reading.pages
    subjects = sum(page.subjects for page in pages)
    objects = sum(page.objects for page in pages)
    return np.array([
        _share(pages, (p.subject >= _SURE for p in pages)),
        _share(pages, (p.object >= _SURE for p in pages)),
        _share(pages, (p.object >= _LIKELY for p in pages)),
        _share(pages, (p.subject >= _LIKELY and p.object >= _SURE for p in pages)),
        _share(pages, (_together(p, _WEAK) > 0 for p in pages)),
        _share(pages, (_together(p, _SURE) > 0 for p in pages)),
        math.log1p(sum(_together(p, _WEAK) for p in pages)),
        _share(pages, (_together(p, _WEAK, before=True) > 0 for p in pages)),
        _share(pages, (_nearness(p, _NEAR) for p in pages)),
        _share(pages, (_nearness(p, _AROUND) for p in pages)),
        math.log1p(objects),
        math.log1p(subjects),
        math.log1p(objects) - math.log1p(subjects),
        _share(pages, (_opens(p) for p in pages)),
        sum(math.exp(-p.rank / _RANKS) for p in pages if p.object >= _SURE),
        *compare_values(page.standings for page in pages),
    ])  # fmt: skip


def _share(pages: Sequence[PageReading], values: Iterable[float]) -> float:
    return sum(values) / max(1, len(pages))


def _together(page: PageReading, subject: float, *, before: bool = False) -> int:
    """Sentences with the object and the subject (or the subject in the one before)."""
    return sum(
        s.object >= _SURE and max(s.subject, s.before if before else 0.0) >= subject
        for s in page.sightings
    )


def _nearness(page: PageReading, fade: float) -> float:
    return max((math.exp(-s.near / fade) for s in page.sightings if s.near >= 0), default=0.0)


def _opens(page: PageReading) -> bool:
    return any(s.object >= _SURE and s.sentence < _OPENING for s in page.sightings)
