"""The gate between what is believed and what is published: experts first, then the machine."""

from collections.abc import Sequence
from typing import Literal

from kgpipe.labels import settle_labels
from kgpipe.settings import PublishSettings
from kgpipe.types import Claim, Label, Polarity, Verdict

Gate = Literal["approved", "pending", "rejected"]
_DEFAULTS = PublishSettings()


def gate_claim(
    claim: Claim,
    *,
    verdict: Verdict | None,
    labels: Sequence[Label],
    grounded: bool,
    settings: PublishSettings = _DEFAULTS,
) -> Gate:
    """Decide in which of the three graphs a claim stands.

    Labels whose key the claim carries outrank the machine: an adjudicated, else a unanimous answer
    decides, and "unclear" or disagreement leaves the claim pending. Without labels the verdict
    decides, except that the machine alone never approves a claim without any quote (`grounded`
    false), one less probable than `settings.approve_at`, or any where `settings.gate` is "expert".
    """
    opinions = [label for label in labels if label.key in claim.keys]
    if opinions:
        return _gate_of(settle_labels(opinions) or "unclear")
    if verdict is None or verdict.status == "error":
        return "pending"
    gate = _gate_of(verdict.label)
    sure = settings.gate == "verdict" and verdict.probability >= settings.approve_at
    return "pending" if gate == "approved" and not (grounded and sure) else gate


def _gate_of(answer: Polarity) -> Gate:
    if answer == "supported":
        return "approved"
    return "rejected" if answer == "refuted" else "pending"
