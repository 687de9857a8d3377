"""Known facts: those that somebody has adjudicated, by which reviewers' work is checked.

A known fact is slipped into a reviewer's file as any other; how many of them a reviewer labels
rightly, and whether the latest go worse than those before, shows drift.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from kgpipe.ids import content_id
from kgpipe.labels import labels_by_key, settle_labels
from kgpipe.stats.intervals import Estimate, wilson
from kgpipe.types import Claim, Label

# The latest known facts of a reviewer, which are held against those before.
LATEST = 20


class Drift(NamedTuple):
    """A reviewer's share right on known facts: of all, and of the latest where some came before.

    `fell` tells that the latest interval lies below the share right before.
    """

    overall: Estimate
    latest: Estimate | None = None
    fell: bool = False

    def describe(self, reviewer: str) -> str:
        """One line for people."""
        told = f"Known facts, {reviewer}: {_describe(self.overall)}"
        if self.latest:
            told += f"; of the latest {self.latest.n}: {_describe(self.latest)}"
        return told + "; less than before" * self.fell

    def as_json(self) -> dict[str, object]:
        """The same for programs."""
        latest = self.latest and self.latest.model_dump()
        return {"right": self.overall.model_dump(), "latest": latest, "fell": self.fell}


def choose_known(
    claims: Iterable[Claim],
    labels: Mapping[str, Sequence[Label]],
    *,
    reviewer: str,
    count: int,
) -> list[str]:
    """Ids of claims that are known and that the reviewer has not labelled, at most `count`.

    The choice is as good as random, and differs between reviewers, but not between repetitions.

    Args:
        claims: of the graph.
        labels: by key.
        reviewer: who shall be checked.
        count: how many.
    """
    candidates = []
    for claim in claims:
        own = [label for key in claim.keys for label in labels.get(key, ())]
        if settle_labels(_adjudicated(own)) and all(label.annotator != reviewer for label in own):
            candidates.append(claim.id)
    return sorted(candidates, key=lambda one: content_id("known", reviewer, one))[:count]


def measure_drift(
    labels: Iterable[Label], handed_out: Iterable[tuple[str, str]]
) -> dict[str, Drift]:
    """How reviewers did on the known facts that were handed out to them, by reviewer.

    Args:
        labels: all that were given.
        handed_out: (reviewer, key) of each known fact in a reviewer's file, oldest first. What a
            reviewer labelled before it was known says nothing: it may be why it was settled.
    """
    by_key = labels_by_key(labels)
    right: defaultdict[str, list[bool]] = defaultdict(list)
    for reviewer, key in handed_out:
        known = settle_labels(_adjudicated(by_key.get(key, ())))
        own = [one.label for one in by_key.get(key, ()) if one.annotator == reviewer]
        if own and known:
            right[reviewer].append(own[0] == known)
    return {reviewer: _compare(answers) for reviewer, answers in sorted(right.items())}


def _adjudicated(labels: Iterable[Label]) -> list[Label]:
    return [label for label in labels if label.role == "adjudicator"]


def _compare(right: Sequence[bool]) -> Drift:
    overall = wilson(sum(right), len(right))
    before, after = right[:-LATEST], right[-LATEST:]
    if not before:
        return Drift(overall)
    latest = wilson(sum(after), len(after))
    return Drift(overall, latest, (latest.high or 0.0) < sum(before) / len(before))


def _describe(share: Estimate) -> str:
    return (
        f"{share.value or 0:.0%} of {share.n} right "
        f"(95 % interval {share.low or 0:.0%} to {share.high or 0:.0%})"
    )
