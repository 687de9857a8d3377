"""The gate between what is believed and what is published: experts first, then the machine."""

from collections.abc import Sequence
from typing import Literal

from kgpipe.labels import settle_labels
from kgpipe.types import Claim, Label, Polarity, Verdict

Gate = Literal["approved", "pending", "rejected"]


def gate_claim(
    claim: Claim, *, verdict: Verdict | None, labels: Sequence[Label], grounded: bool
) -> Gate:
    """Decide in which of the three graphs a claim stands.

    Labels whose key the claim carries outrank the machine: an adjudicated, else a unanimous answer
    decides, and "unclear" or disagreement leaves the claim pending. Without labels the verdict
    decides, except that a claim without any quote (`grounded` false) is never approved by the
    machine alone.
    """
    opinions = [label for label in labels if label.key in claim.keys]
    if opinions:
        return _gate_of(settle_labels(opinions) or "unclear")
    if verdict is None or verdict.status == "error":
        return "pending"
    gate = _gate_of(verdict.label)
    return "pending" if gate == "approved" and not grounded else gate


def _gate_of(answer: Polarity) -> Gate:
    if answer == "supported":
        return "approved"
    return "rejected" if answer == "refuted" else "pending"
