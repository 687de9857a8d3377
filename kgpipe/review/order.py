"""The order of review: expected error removed per minute, spread over what is alike."""

import math

import numpy as np

from kgpipe.review.facts import Bools, Facts, Floats, Ints
from kgpipe.review.suspicion import learn_doubt

# Of scores that differ by less than this the id decides, not the last bit of a sum.
_DIGITS = 9
# What each fact chosen leaves of the value of the others of its cluster: after 35 of one predicate
# or document half, where two of three parts are the same a third less with each.
_KEPT_BESIDE = {
    "predicate": 0.98,
    "document": 0.98,
    "subject and predicate": 0.67,
    "predicate and object": 0.67,
    "subject and object": 0.67,
}


def order_facts(
    facts: Facts, *, batch: int, unchecked: float, learn: bool = True, diverse: bool = True
) -> Ints:
    """Row numbers of the next `batch` facts without a label, the most valuable first.

    A fact's value is doubt times impact a minute. Facts are taken one by one; each lowers the value
    of those that share a cluster with it (a greedy choice in the manner of maximal marginal
    relevance, Carbonell and Goldstein 1998, with clusters for similarity, so that its time grows
    with n times `batch` at most).

    Args:
        facts: with the labels given so far.
        batch: how many.
        unchecked: the share of the batch that may be facts without a sound verdict, for as long as
            there are others: a label on such a fact corrects no verdict.
        learn: raise the doubt of facts like those where labels have shown errors.
        diverse: spread the batch over clusters.
    """
    doubt = learn_doubt(facts.doubt, facts.wrong, strata=facts.strata) if learn else facts.doubt
    value = doubt * facts.impact / facts.minutes
    # What is certain beyond doubt still has an order.
    score = np.log(np.maximum(value, np.finfo(np.float64).tiny)).round(_DIGITS)
    # Of equal values that with the greater impact comes first; then the id decides.
    rows = np.lexsort((np.arange(len(score)), -facts.impact, -score))
    rows = rows[~facts.labelled[rows]]
    quota = math.ceil(unchecked * batch)
    if not diverse:
        return _with_quota(rows, facts.checked, quota)[:batch]
    return _choose(score, rows, facts, batch=batch, quota=quota)


def _with_quota(rows: Ints, checked: Bools, quota: int) -> Ints:
    """The rows, but that those beyond the quota of unchecked ones come last."""
    late = ~checked[rows] & (np.cumsum(~checked[rows]) > quota)
    return np.concatenate([rows[~late], rows[late]])


def _choose(score: Floats, rows: Ints, facts: Facts, *, batch: int, quota: int) -> Ints:
    left = score[rows]
    late = np.flatnonzero(~facts.checked[rows])
    clusters = [
        (_members(facts.clusters[name][rows]), facts.clusters[name][rows], math.log(kept))
        for name, kept in _KEPT_BESIDE.items()
    ]
    chosen: list[int] = []
    for _ in range(min(batch, len(rows))):
        if quota <= 0 and len(late):
            left[late] = -np.inf
            late = late[:0]
        # The first of equals, as they are sorted.
        at = int(np.argmax(left))
        if left[at] == -np.inf:
            break
        chosen.append(at)
        left[at] = -np.inf
        for (order, starts), numbers, loss in clusters:
            group = numbers[at]
            left[order[starts[group] : starts[group + 1]]] += loss
        quota -= not facts.checked[rows[at]]
    rest = np.setdiff1d(np.arange(len(rows)), chosen)[: batch - len(chosen)]
    picked = np.concatenate([np.array(chosen, dtype=np.int64), rest])
    return np.asarray(rows[picked], dtype=np.int64)


def _members(numbers: Ints) -> tuple[Ints, Ints]:
    """Rows sorted by group, and where each group's run starts."""
    order = np.argsort(numbers, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(numbers))])
    return order, starts.astype(np.int64)
