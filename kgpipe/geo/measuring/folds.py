"""Folds that share out classes evenly and never cut a group (a sheet's stem, a scene, a place)."""

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def share_groups(groups: Sequence[Hashable], classes: Ints, *, folds: int) -> Ints:
    """The fold of each item, shape (n,).

    Greedy and without chance: the class that the fewest groups hold comes first, of its groups the
    largest, and each goes to the fold that has the fewest of that class (then of all items). A
    class that stands in fewer groups than there are folds is missing from some of them.

    Args:
        groups: what must stay together, shape (n,).
        classes: codes from 0 on, to be shared out evenly, shape (n,).
        folds: how many.
    """
    numbers: dict[Hashable, int] = {}
    codes = np.array([numbers.setdefault(group, len(numbers)) for group in groups], dtype=np.int64)
    counts = np.zeros((len(numbers), int(classes.max(initial=0)) + 1), dtype=np.int64)
    np.add.at(counts, (codes, classes), 1)
    fold_of = np.full(len(numbers), -1, dtype=np.int64)
    held = np.zeros((folds, counts.shape[1]), dtype=np.int64)
    for kind in np.argsort((counts > 0).sum(axis=0), kind="stable").tolist():
        holders = np.flatnonzero((counts[:, kind] > 0) & (fold_of < 0))
        for group in holders[np.argsort(-counts[holders, kind], kind="stable")].tolist():
            fold = int(np.lexsort((held.sum(axis=1), held[:, kind]))[0])
            fold_of[group] = fold
            held[fold] += counts[group]
    return fold_of[codes]
