"""Fits that turn scores of triples into verdicts: thresholds by relation, and a stack of scores.

Everything here is learned on labelled triples that no figure is reported for; choices among
settings are made by cross-validation there, with folds by subject.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from kgpipe.stats.logistic import fit_logistic, log_odds

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

# Penalties of weights that cross-validation chooses from.
PENALTIES = (1.0, 3.0, 10.0, 30.0, 100.0)
# How many triples of a relation outweigh all triples, in its mean and spread of a score.
_SHRINK = 10.0
# Relations differ in their share of true triples, which is known well: less penalty than weights.
_RELATION_PENALTY = 0.5


class Table(NamedTuple):
    """Scores (n, k) of triples and their relations, as numbers of one list, shape (n,)."""

    scores: Floats
    relations: Ints

    def take(self, rows: Ints | Bools) -> "Table":
        """The triples at `rows`."""
        return Table(self.scores[rows], self.relations[rows])


class Stack(NamedTuple):
    """A fitted stack: `sorted_scores` (n, k) place new scores, `means` and `spreads` (r, k)."""

    sorted_scores: Floats
    means: Floats
    spreads: Floats
    weights: Floats


class Verdicts(NamedTuple):
    """Scores whose order says how likely each triple is, and which are taken as true."""

    scores: Floats
    said: Bools


# ---------------------------------------------------------------- thresholds


def threshold_by_relation(valid: Floats, labels: Floats, relations: Ints, *, count: int) -> Floats:
    """The threshold of each of `count` relations that is most often right, shape (count,).

    Safavi and Koutra 2020, section 5.2. A relation without labels takes the threshold of all.
    """
    overall = best_threshold(valid, labels)
    thresholds = np.full(count, overall)
    for relation in np.unique(relations).tolist():
        of_relation = relations == relation
        thresholds[relation] = best_threshold(valid[of_relation], labels[of_relation])
    return thresholds


def best_threshold(scores: Floats, labels: Floats) -> float:
    """The one that has most labels right when scores from it on are true; halfway between two.

    Of several such the lowest; minus or plus infinity where one verdict for all is best.
    """
    order = np.argsort(scores, kind="stable")
    ranked, truth = scores[order], labels[order]
    # Right when the lowest k are false and the others true.
    right = np.append(0, np.cumsum(1 - truth)) + truth.sum() - np.append(0, np.cumsum(truth))
    splits = np.concatenate([[True], ranked[1:] > ranked[:-1], [True]])
    best = int(np.argmax(np.where(splits, right, -1)))
    if best == 0:
        return -np.inf
    return np.inf if best == len(ranked) else float((ranked[best - 1] + ranked[best]) / 2)


# ---------------------------------------------------------------- the stack


def judge_stacked(
    valid: Table, labels: Floats, test: Table, *, folds: Ints, relations: int
) -> tuple[Verdicts, dict[str, float | bool]]:
    """Fit on `valid` and judge `test`; what cross-validation chose comes second.

    The penalty is that of least log loss. Thresholds by relation are taken on the log-odds that
    each valid triple gets from the other folds, since those it was fitted on are too sure; and only
    where they are right more often, held out, than log-odds of 0 for all.
    """
    held_out = [
        cross_odds(valid, labels, folds, penalty=penalty, relations=relations)
        for penalty in PENALTIES
    ]
    losses = [float(np.mean(np.logaddexp(0, odds) - labels * odds)) for odds in held_out]
    best = int(np.argmin(losses))
    known = held_out[best]
    thresholds = np.zeros(relations)
    by_relation = _gains(known, labels, valid.relations, folds, count=relations)
    if by_relation:
        thresholds = threshold_by_relation(known, labels, valid.relations, count=relations)
    stack = fit_stack(valid, labels, penalty=PENALTIES[best], relations=relations)
    odds = stacked_odds(test, stack)
    said = odds.round(6) >= thresholds[test.relations]
    choices = {"penalty": PENALTIES[best], "thresholds_by_relation": by_relation}
    return Verdicts(odds, said), choices


def _gains(odds: Floats, labels: Floats, relations: Ints, folds: Ints, *, count: int) -> bool:
    """Whether thresholds by relation, taken on other folds, are right more often than 0."""
    said = np.zeros(len(labels), dtype=np.bool_)
    for fold in np.unique(folds).tolist():
        inside = folds == fold
        others = ~inside
        thresholds = threshold_by_relation(
            odds[others], labels[others], relations[others], count=count
        )
        said[inside] = odds[inside] >= thresholds[relations[inside]]
    return bool((said == labels).sum() > ((odds >= 0) == labels).sum())


def cross_odds(
    table: Table, labels: Floats, folds: Ints, *, penalty: float, relations: int
) -> Floats:
    """Log-odds of each triple from a stack fitted on the other folds."""
    odds = np.zeros(len(labels))
    for fold in np.unique(folds).tolist():
        inside = folds == fold
        stack = fit_stack(
            table.take(~inside), labels[~inside], penalty=penalty, relations=relations
        )
        odds[inside] = stacked_odds(table.take(inside), stack)
    return odds


def fit_stack(table: Table, labels: Floats, *, penalty: float, relations: int) -> Stack:
    """A logistic regression on scores, on scores within their relation, and on relations."""
    ordered = np.sort(table.scores, axis=0)
    placed = _placed(table.scores, ordered)
    means = np.tile(placed.mean(axis=0), (relations, 1))
    spreads = np.tile(placed.std(axis=0), (relations, 1))
    for relation in np.unique(table.relations).tolist():
        own = placed[table.relations == relation]
        share = len(own) / (len(own) + _SHRINK)
        means[relation] = share * own.mean(axis=0) + (1 - share) * means[relation]
        variance = ((own - means[relation]) ** 2).mean(axis=0)
        spreads[relation] = np.sqrt(share * variance + (1 - share) * spreads[relation] ** 2)
    stack = Stack(ordered, means, spreads, np.zeros(0))
    design = _design(table, stack)
    penalties = np.full(design.shape[1], penalty)
    penalties[-relations:] = _RELATION_PENALTY
    return stack._replace(weights=fit_logistic(design, labels, penalties=penalties))


def stacked_odds(table: Table, stack: Stack) -> Floats:
    """The log-odds of each triple, shape (n,)."""
    return log_odds(_design(table, stack), stack.weights)


def _design(table: Table, stack: Stack) -> Floats:
    placed = _placed(table.scores, stack.sorted_scores)
    spreads = np.where(stack.spreads > 1e-9, stack.spreads, np.inf)[table.relations]
    within = (placed - stack.means[table.relations]) / spreads
    one_hot = np.eye(len(stack.means))[table.relations]
    return np.column_stack([placed, within, one_hot])


def _placed(scores: Floats, ordered: Floats) -> Floats:
    """Normal scores (van der Waerden): a score's rank among the ordered ones, as a z value."""
    ranks = [
        (np.searchsorted(known, asked, "left") + np.searchsorted(known, asked, "right") + 1) / 2
        for asked, known in zip(scores.T, ordered.T, strict=True)
    ]
    placed: Floats = norm.ppf(np.column_stack(ranks) / (len(ordered) + 1))
    return placed


def number_relations(*groups: Sequence[tuple[str, str, str]]) -> tuple[int, list[Ints]]:
    """How many relations there are, and the number of each triple's, group by group."""
    names = sorted({name for group in groups for _, name, _ in group})
    numbers = {name: number for number, name in enumerate(names)}
    return len(names), [
        np.array([numbers[name] for _, name, _ in group], dtype=np.int64) for group in groups
    ]
