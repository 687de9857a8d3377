"""How far each source is to be trusted, learned from labels.

A site, or a document of the user's, whose votes on labelled claims were often wrong is heard less,
one that was right more often than others is heard more. Votes are log-odds, so that a weight
multiplies them; 0 is a source that knows nothing.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from kgpipe.text.domains import host_of
from kgpipe.types import Vote
from kgpipe.verify.fusion import group_folds

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# A source's own record weighs as much as what is known of all after so many votes.
_SHRINK = 4.0
# However good its record: a source is no two witnesses.
_MAX_WEIGHT = 2.0
# Before its own record a source is taken to be right more often than not, whatever others are.
_MIN_SHARE = 0.6
_FOLDS = 5


class SourceRecord(NamedTuple):
    """How often a source voted on labelled claims and was right, and what its votes weigh."""

    votes: int
    right: int
    weight: float


Sources = Mapping[str, SourceRecord]


def site_of(source: str) -> str:
    """The host of a web address without its "www."; any other source is named as it is."""
    return host_of(source).removeprefix("www.") or source


def learn_sources(votes: Sequence[Sequence[Vote]], outcomes: Floats) -> dict[str, SourceRecord]:
    """The record of every source that took a side.

    Its share of right votes is drawn to that of all sources together; its weight is the log-odds of
    the one over those of the other, in 0..2.

    Args:
        votes: on each labelled claim, one a source.
        outcomes: 1 or 0 for each claim.
    """
    heard: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for given, outcome in zip(votes, outcomes.tolist(), strict=True):
        for vote in given:
            if vote.log_odds:
                site = site_of(vote.source)
                heard[site] += 1
                right[site] += (vote.log_odds > 0) == (outcome == 1)
    overall = max((right.total() + 1) / (heard.total() + 2), _MIN_SHARE)
    return {
        site: SourceRecord(count, right[site], _weigh(right[site], count, overall))
        for site, count in sorted(heard.items())
    }


def _weigh(right: int, count: int, overall: float) -> float:
    share = (right + _SHRINK * overall) / (count + _SHRINK)
    return round(float(np.clip(logit(share) / logit(overall), 0.0, _MAX_WEIGHT)), 4)


def add_votes(votes: Sequence[Vote], sources: Sources) -> float:
    """The log-odds of independent votes together; a source without a record weighs 1."""
    return float(
        sum(
            vote.log_odds
            * (sources[site].weight if (site := site_of(vote.source)) in sources else 1)
            for vote in votes
        )
    )


def add_votes_out_of_fold(
    votes: Sequence[Sequence[Vote]], labelled: Ints, outcomes: Floats, groups: Sequence[str]
) -> tuple[Floats, dict[str, SourceRecord]]:
    """The log-odds of each claim's votes, its own label unseen; and the records of all labels.

    Args:
        votes: on every claim at hand.
        labelled: places of the labelled claims.
        outcomes: their labels.
        groups: claims of one group (a subject) are held out together, one a claim at hand.
    """
    sources = learn_sources([votes[at] for at in labelled.tolist()], outcomes)
    totals = np.array([add_votes(given, sources) for given in votes])
    folds = group_folds([groups[at] for at in labelled.tolist()], folds=_FOLDS)
    for fold in np.unique(folds).tolist():
        others = labelled[folds != fold].tolist()
        known = learn_sources([votes[at] for at in others], outcomes[folds != fold])
        for at in labelled[folds == fold].tolist():
            totals[at] = add_votes(votes[at], known)
    return totals, sources
