"""`bench geo`: nine categories under the strictest split there is, and how much sheet is in there.

Both use each fold's own encoder on the stems that it has never seen.
"""

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kgpipe.geo.data.table import TileTable
from kgpipe.geo.measuring.folds import share_groups
from kgpipe.geo.measuring.metrics import Floats, Ints, estimate
from kgpipe.geo.measuring.probe import fit_probe, score_inner_folds
from kgpipe.stats.intervals import Indices
from kgpipe.stats.metrics import balanced_accuracy, class_scores, confusion_matrix, macro_f1

if TYPE_CHECKING:
    from kgpipe.bench.geo_mines import Split

SPLIT = (
    "A category of several stems is tested on stems that neither encoder nor probe has seen. Of a "
    "single stem the encoder has seen nothing, and the probe four fifths: runs of neighbouring "
    "cells, or half degree blocks where coordinates are known."
)
# Parts of a stem, each a run of neighbouring cells of its sheet.
_RUNS = 5
# Penalties that are tried; and how much of the log-odds of its share in training a category gets
# back, since macro-F1 counts a rare one as much as a common one.
_STRENGTHS = (0.3, 0.1, 0.03, 0.01, 0.003, 0.001)
_RETURNED = (0.0, 0.25, 0.5, 0.75, 1.0)
# A sheet with fewer tiles is left out of the probe of sheet identity.
_LEAST_TILES = 20


class Rule(NamedTuple):
    """How categories are told: the probe's penalty, and how much of the prior odds is returned."""

    strength: float
    returned: float


def score_categories(
    tiles: TileTable, split: "Split", vectors: Sequence[NDArray[np.float32]]
) -> dict[str, Any]:
    """Macro-F1 over all categories, on clear 0.75 and, for what has no such tiles, 0.6.

    The split is told by `SPLIT`.
    """
    category = np.array([tile.labels[-1] for tile in tiles.tiles])
    stem = np.array([tile.group for tile in tiles.tiles])
    names = sorted(set(category.tolist()))
    single = [name for name in names if len(set(stem[category == name].tolist())) == 1]
    used = split.comparable | np.isin(
        category, [name for name in names if not split.comparable[category == name].any()]
    )
    run = _number_runs(tiles, stem, used)
    codes = np.searchsorted(names, category).astype(np.int64)
    found = np.full(len(codes), -1, dtype=np.int64)
    alone = np.isin(category, single)
    # What may not be cut by the folds that choose: as in the split itself.
    unit = [
        (name, part) if is_alone else (area, -1)
        for name, part, is_alone, area in zip(
            stem.tolist(), run.tolist(), alone.tolist(), split.area, strict=True
        )
    ]
    rules = []
    for fold, embedded in enumerate(vectors):
        own = used & (split.fold == fold)
        rest = np.flatnonzero(used & (split.fold != fold))
        rule = choose_rule(embedded[rest], codes[rest], groups=[unit[row] for row in rest.tolist()])
        rules.append(rule)
        for part in range(_RUNS):
            tested = np.flatnonzero(own & (run == part))
            learned = np.flatnonzero(used & ((split.fold != fold) | (own & alone & (run != part))))
            if len(tested):
                found[tested] = _predict(embedded, codes, learned, tested, rule)
    rows = np.flatnonzero(used)

    def score(drawn: Indices) -> float:
        own = rows[drawn]
        return macro_f1(confusion_matrix(codes[own], found[own], classes=len(names)))

    matrix = confusion_matrix(codes[rows], found[rows], classes=len(names))
    return {
        "macro_f1": estimate(score, range(len(rows))).model_dump(mode="json"),
        "f1": {
            name: round(one.f1, 4) for name, one in zip(names, class_scores(matrix), strict=True)
        },
        "tiles": {name: int((codes[rows] == place).sum()) for place, name in enumerate(names)},
        "of_one_stem": single,
        "chosen_by_inner_folds": [rule._asdict() for rule in rules],
        "split": SPLIT,
    }


def score_sheet_identity(
    tiles: TileTable, split: "Split", vectors: Sequence[NDArray[np.float32]]
) -> dict[str, Any]:
    """Can a linear probe tell from which sheet a tile is? Balanced accuracy, mean over the folds.

    Within each fold's unseen stems: a probe learns on every other run of cells, and is tested on
    the rest. Content differs between sheets too, so this bounds from above how much of their
    rendering the embedding holds.
    """
    stem = np.array([tile.group for tile in tiles.tiles])
    run = _number_runs(tiles, stem, split.comparable)
    accuracies, chances = [], []
    for fold, embedded in enumerate(vectors):
        own = np.flatnonzero(split.comparable & (split.fold == fold))
        sheets, counts = np.unique(stem[own], return_counts=True)
        large = sheets[counts >= _LEAST_TILES]
        own = own[np.isin(stem[own], large)]
        if len(large) < 2:
            continue
        codes = np.searchsorted(large, stem[own]).astype(np.int64)
        learned, tested = run[own] % 2 == 0, run[own] % 2 == 1
        probe = fit_probe(
            embedded[own[learned]], np.eye(len(large))[codes[learned]],
            groups=list(zip(stem[own[learned]].tolist(), run[own[learned]].tolist(), strict=True)),
        )  # fmt: skip
        guessed = probe.score(embedded[own[tested]]).argmax(axis=1).astype(np.int64)
        matrix = confusion_matrix(codes[tested], guessed, classes=len(large))
        accuracies.append(balanced_accuracy(matrix))
        chances.append(1 / len(large))
    return {
        "balanced_accuracy": round(float(np.mean(accuracies)), 4),
        "by_chance": round(float(np.mean(chances)), 4),
        "by_fold": [round(one, 4) for one in accuracies],
    }


def choose_rule(vectors: NDArray[np.float32], codes: Ints, *, groups: Sequence[Hashable]) -> Rule:
    """The rule with the best macro-F1 over inner folds in which no group is cut."""
    labels = _one_hot(codes)
    scores = score_inner_folds(vectors, labels, groups=groups, strengths=_STRENGTHS)
    scored = ~np.isnan(scores[0, :, 0])
    odds = _prior_odds(labels)
    found = {
        Rule(strength, share): macro_f1(
            confusion_matrix(
                codes[scored], (one[scored] - share * odds).argmax(axis=1).astype(np.int64),
                classes=labels.shape[1],
            )
        )
        for strength, one in zip(_STRENGTHS, scores, strict=True)
        for share in _RETURNED
    }  # fmt: skip
    return max(found, key=lambda rule: found[rule])


def _predict(
    embedded: NDArray[np.float32], codes: Ints, learned: Indices, tested: Indices, rule: Rule
) -> Ints:
    labels = _one_hot(codes)[learned]
    probe = fit_probe(
        embedded[learned], labels, groups=range(len(learned)), strengths=(rule.strength,)
    )
    scores = probe.score(embedded[tested]) - rule.returned * _prior_odds(labels)
    return np.asarray(scores.argmax(axis=1), dtype=np.int64)


def _one_hot(codes: Ints) -> Floats:
    labels: Floats = np.eye(int(codes.max()) + 1)[codes]
    return labels


def _prior_odds(labels: Floats) -> Floats:
    """Log-odds of each label's share, of one that is nowhere as if it were half there."""
    there = labels.sum(axis=0) + 0.5
    odds: Floats = np.log(there / (len(labels) + 1 - there))
    return odds


def _number_runs(tiles: TileTable, stem: NDArray[np.str_], used: NDArray[np.bool_]) -> Ints:
    """The fifth of its stem that each tile lies in: by block where known, else by place."""
    run = np.zeros(len(stem), dtype=np.int64)
    for name in np.unique(stem):
        rows = np.flatnonzero((stem == name) & used)
        blocks = [tiles.tiles[row].block for row in rows.tolist()]
        if rows.size and all(blocks) and len(set(blocks)) >= _RUNS:
            run[rows] = share_groups(blocks, np.zeros(len(rows), dtype=np.int64), folds=_RUNS)
        else:
            run[rows] = np.arange(len(rows)) * _RUNS // max(len(rows), 1)
    return run
