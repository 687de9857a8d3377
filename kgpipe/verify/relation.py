"""What relation a window expresses: a space learned from windows alone, without any label.

The start is zero-shot: a window with its two ends masked is compared with the predicate put as a
sentence. A ridge regression then learns, from all windows at hand, which directions of the
embedding go with which predicate; its targets are the zero-shot shares, tilted towards the
predicate that each window's claim has. A claim is wrong too rarely, and its wrong windows are too
unlike one another, to be learned: self-training as in Yarowsky (1995), in closed form.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax

from kgpipe.ports import Embedder
from kgpipe.verify.queries import spell_predicate
from kgpipe.verify.sightings import OBJECT_WORD, SUBJECT_WORD

Floats = NDArray[np.float64]

# The ways of putting a predicate whose mean did best on the development half of FactBench.
_TEMPLATES = (
    f"{SUBJECT_WORD} {{}} {OBJECT_WORD}",
    f"{OBJECT_WORD} is the {{}} of {SUBJECT_WORD}",
    f"{SUBJECT_WORD}, whose {{}} is {OBJECT_WORD}",
)
# Of cosines, and of the regression's outcomes, to shares; and the tilt to the claim's predicate.
_COSINE_SCALE, _OUTCOME_SCALE, _TILT = 20.0, 6.0, 10.0
_RIDGE, _ROUNDS = 3.0, 2
# Windows that less surely speak of the claim teach nothing.
_MIN_WEIGHT = 0.2
# Windows of a predicate that are kept with a model: with 25 of each other one, a left out predicate
# of FactBench is judged as well as with all of them.
_SAMPLED = 30
# Numbers of a kept vector are rounded to so many steps of 1.
WINDOW_STEPS = 512
# Where a cosine, in standard deviations above that of any window, starts to say the predicate.
_SAID_AT = 0.5
# A mean over windows of this total weight is pulled halfway to nothing.
_PULL = 0.3

RELATION_SIGNALS = (
    "said", "said_pages", "said_best", "said_mean", "said_lead", "said_rather",
    "told", "told_log", "told_best", "told_sum", "told_lead", "told_lead_mean", "told_mean",
)  # fmt: skip
# Those that need no space, only the predicate's own words.
ZERO_SHOT_SIGNALS = RELATION_SIGNALS[:6]


class WindowVectors(NamedTuple):
    """The windows of one claim: vectors (w, d), how surely each speaks, and their pages (w,)."""

    vectors: Floats
    weights: Floats
    pages: NDArray[np.int64]


class RelationSpace(NamedTuple):
    """What was learned: one row a predicate.

    `words` are the predicates' own vectors (p, d); `mean` and `deviation` describe the cosines of
    any windows with them (p,); `matrix` maps a vector and 1 to the predicates (d + 1, p).
    """

    predicates: tuple[str, ...]
    words: Floats
    mean: Floats
    deviation: Floats
    matrix: Floats


class WindowSample(NamedTuple):
    """Windows that stand for many others: vectors (m, d), how many each weighs, and whose.

    `owners` are the predicates of the windows' claims.
    """

    vectors: Floats
    weights: Floats
    owners: tuple[str, ...]

    def as_claims(self) -> list[WindowVectors]:
        """Each window as a claim of its own."""
        first = np.zeros(1, dtype=np.int64)
        return [
            WindowVectors(vector[None, :], weight[None], first)
            for vector, weight in zip(self.vectors, self.weights, strict=True)
        ]


def embed_predicates(predicates: Sequence[str], embedder: Embedder) -> Floats:
    """One vector a predicate: the mean over several ways of putting it."""
    spelled = [re.sub(r"\s+", " ", spell_predicate(name).lower()) for name in predicates]
    texts = [template.format(name) for name in spelled for template in _TEMPLATES]
    vectors = np.asarray(embedder.embed(texts), dtype=np.float64)
    means: Floats = vectors.reshape(len(spelled), len(_TEMPLATES), -1).mean(axis=1)
    return means


def learn_space(
    claims: Sequence[WindowVectors], owners: Sequence[int], predicates: Sequence[str], words: Floats
) -> RelationSpace:
    """Learn from the windows of claims; `owners` are the numbers of the claims' predicates."""
    vectors, weights, owner = _stack(claims, owners, words.shape[1])
    cosines = vectors @ words.T
    mean = cosines.mean(axis=0) if len(cosines) else np.zeros(len(predicates))
    spread = cosines.std(axis=0) if len(cosines) else np.ones(len(predicates))
    deviation = np.maximum(spread, 1e-6)
    taught = weights > _MIN_WEIGHT
    design = np.column_stack([vectors[taught], np.ones(int(taught.sum()))])
    weight = weights[taught][:, None]
    gram = design.T @ (design * weight) + _RIDGE * np.eye(design.shape[1])
    shares = softmax(cosines[taught] * _COSINE_SCALE, axis=1)
    matrix = np.zeros((design.shape[1], len(predicates)))
    for _ in range(_ROUNDS):
        tilted = shares.copy()
        tilted[np.arange(len(tilted)), owner[taught]] *= _TILT
        tilted /= tilted.sum(axis=1, keepdims=True)
        matrix = np.linalg.solve(gram, design.T @ (tilted * weight))
        shares = softmax(design @ matrix * _OUTCOME_SCALE, axis=1)
    return RelationSpace(tuple(predicates), words, mean, deviation, matrix)


def sample_windows(claims: Sequence[WindowVectors], predicates: Sequence[str]) -> WindowSample:
    """Up to `_SAMPLED` windows of each predicate, which weigh as much as all of its windows.

    Args:
        claims: the windows of each claim.
        predicates: each claim's.
    """
    names = sorted(set(predicates))
    owners = [names.index(name) for name in predicates]
    dimensions = claims[0].vectors.shape[1] if claims else 0
    vectors, weights, owner = _stack(claims, owners, dimensions)
    kept: list[int] = []
    shares = []
    for number in range(len(names)):
        own = np.flatnonzero((owner == number) & (weights > _MIN_WEIGHT))
        # By value, so that the order of claims does not choose; ends of the order are no oddities,
        # since no one number of a vector means anything.
        own = own[np.lexsort(vectors[own, :3].T)]
        places = np.unique(np.linspace(0, len(own) - 1, _SAMPLED).round().astype(int))
        chosen = own[places] if len(own) else own
        kept += chosen.tolist()
        shares += [weights[own].sum() / max(weights[chosen].sum(), 1e-9)] * len(chosen)
    rounded = (vectors[kept] * WINDOW_STEPS).round() / WINDOW_STEPS
    return WindowSample(
        rounded, weights[kept] * np.array(shares), tuple(names[owner[at]] for at in kept)
    )


def relation_signals(windows: WindowVectors, predicate: int, space: RelationSpace) -> Floats:
    """How surely a claim's windows express its predicate: `RELATION_SIGNALS`, in order."""
    if not len(windows.weights):
        return np.zeros(len(RELATION_SIGNALS))
    return np.concatenate(
        [_zero_shot(windows, predicate, space), _learned(windows, predicate, space)]
    )


def _zero_shot(windows: WindowVectors, predicate: int, space: RelationSpace) -> Floats:
    weights = windows.weights
    scaled = (windows.vectors @ space.words.T - space.mean) / space.deviation
    own, lead = _own_and_lead(scaled, predicate)
    said = weights * expit(2 * (own - _SAID_AT))
    best = {page: said[windows.pages == page].max() for page in set(windows.pages.tolist())}
    return np.array(
        [
            said.sum(),
            sum(best.values()),
            own.max(),
            own @ weights / (weights.sum() + _PULL),
            lead.max(),
            weights @ expit(3 * lead),
        ]
    )


def _learned(windows: WindowVectors, predicate: int, space: RelationSpace) -> Floats:
    weights = windows.weights
    outcomes = windows.vectors @ space.matrix[:-1] + space.matrix[-1]
    told = weights @ softmax(outcomes * _OUTCOME_SCALE, axis=1)[:, predicate]
    own, lead = _own_and_lead(outcomes, predicate)
    total = weights.sum() + _PULL
    return np.array(
        [
            told,
            np.log1p(told),
            own.max(),
            own @ weights,
            lead.max(),
            lead @ weights / total,
            own @ weights / total,
        ]
    )


def _own_and_lead(scores: Floats, predicate: int) -> tuple[Floats, Floats]:
    """The predicate's own score in each window, and its lead over the best other one."""
    own = scores[:, predicate]
    others = np.delete(scores, predicate, axis=1)
    best = others.max(axis=1) if others.shape[1] else np.zeros(len(own))
    return own, own - best


def _stack(
    claims: Sequence[WindowVectors], owners: Sequence[int], dimensions: int
) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """All windows below one another, their weights, and the number of their claim's predicate."""
    vectors = [np.zeros((0, dimensions)), *(claim.vectors for claim in claims)]
    weights = [np.zeros(0), *(claim.weights for claim in claims)]
    owner = np.repeat(np.asarray(owners, dtype=np.int64), [len(c.weights) for c in claims])
    return np.concatenate(vectors), np.concatenate(weights), owner
