"""One cut a group that turns scores into verdicts, as triple classification does by relation."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Thresholds(NamedTuple):
    """A score at or above its group's cut means true; `default` serves groups never seen."""

    by_group: dict[str, float]
    default: float


def fit_thresholds(scores: Floats, truth: Ints, groups: Sequence[str]) -> Thresholds:
    """The cuts of greatest accuracy; among equals the middle one.

    Socher et al., "Reasoning With Neural Tensor Networks for Knowledge Base Completion", NIPS
    2013, section 4.2 (one threshold a relation, fitted on the validation triples).

    Args:
        scores: greater is more plausible, (n,), none nan.
        truth: 1 for true, 0 for false, (n,).
        groups: one name an item, its relation, say.
    """
    names = np.array(groups)
    cuts = {
        str(name): _best_cut(scores[names == name], truth[names == name])
        for name in np.unique(names)
    }
    return Thresholds(cuts, _best_cut(scores, truth))


def _best_cut(scores: Floats, truth: Ints) -> float:
    order = np.argsort(scores, kind="stable")
    ordered, hits = scores[order], truth[order]
    # Right verdicts if the k lowest are called false, k = 0..n.
    right = np.append(0, np.cumsum(1 - hits)) + hits.sum() - np.append(0, np.cumsum(hits))
    # No cut parts equal scores.
    right[1:-1][ordered[1:] == ordered[:-1]] = -1
    best = np.flatnonzero(right == right.max())
    below = int(best[len(best) // 2])
    if below == 0:
        return -np.inf
    return np.inf if below == len(ordered) else float(ordered[below - 1 : below + 1].mean())


def apply_thresholds(thresholds: Thresholds, scores: Floats, groups: Sequence[str]) -> Ints:
    """1 where the score reaches its group's cut, else 0."""
    cuts = [thresholds.by_group.get(group, thresholds.default) for group in groups]
    return (scores >= np.array(cuts)).astype(np.int64)


def held_out_accuracy(scores: Floats, truth: Ints, groups: Sequence[str]) -> float:
    """Accuracy of each half of the items under cuts fitted on the other half.

    Halves are every second item, so that sorting by class or group does not unbalance them.
    """
    names = np.array(groups)
    right = 0
    for half in (0, 1):
        held_out = np.arange(len(scores)) % 2 == half
        cuts = fit_thresholds(scores[~held_out], truth[~held_out], list(names[~held_out]))
        verdicts = apply_thresholds(cuts, scores[held_out], list(names[held_out]))
        right += int((verdicts == truth[held_out]).sum())
    return right / len(scores)
