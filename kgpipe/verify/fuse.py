"""Joins the votes of independent sources into a verdict.

Votes are log-odds and add up, as for witnesses that are independent given the claim; what is not
independent (two passages of a source, copies of a page) has one vote.
"""

import math
from collections.abc import Sequence

from kgpipe.errors import ServiceError
from kgpipe.ports import Fuser, Judge
from kgpipe.settings import VerifySettings
from kgpipe.types import Polarity, Retrieved, Verdict, Vote
from kgpipe.verify.lexicon import weights
from kgpipe.verify.queries import is_verifiable

# The log-odds of a claim before any evidence: as likely true as false.
PRIOR = 0.0


def verify_claim(
    retrieved: Retrieved, *, settings: VerifySettings, judge: Judge, fuser: Fuser | None = None
) -> Verdict:
    """Judge the passages of a claim and weigh the votes.

    Without evidence a claim is `unclear` at probability .5, never true.

    Args:
        retrieved: the claim and its passages.
        settings: at which probability it is decided.
        judge: votes.
        fuser: joins the votes; without it, and where it knows nothing, they are added up.

    Raises:
        ServiceError: the judge failed, so nothing is known (see `failed_verdict`).
    """
    if not is_verifiable(retrieved.claim):
        return _verdict(retrieved, "unclear", "unverifiable", PRIOR, ())
    asked = fuser is None or fuser.needs_votes(retrieved)
    if fuser and not asked and (verdict := fuser.fuse(retrieved, ())):
        return verdict
    votes = one_vote_per_witness(judge.judge(retrieved), retrieved.copies)
    if fuser and asked and (verdict := fuser.fuse(retrieved, votes)):
        return verdict
    limit = weights()["max_log_odds"]
    log_odds = PRIOR + sum(vote.log_odds for vote in votes)
    log_odds = round(max(-limit, min(limit, log_odds)), 4)
    label, reason = _decide(votes, log_odds, settings.decide_at)
    return _verdict(retrieved, label, reason, log_odds, votes)


def failed_verdict(claim_id: str, error: ServiceError) -> Verdict:
    """The verdict of a claim whose search or judge failed: status "error", which says nothing."""
    return Verdict(
        claim_id=claim_id, label="unclear", status="error", reason=error.reason, probability=0.5
    )


def one_vote_per_witness(votes: Sequence[Vote], copies: dict[str, str]) -> tuple[Vote, ...]:
    """The most telling vote of each independent source, strongest first."""
    best: dict[str, Vote] = {}
    for vote in sorted(votes, key=_strength_order):
        best.setdefault(copies.get(vote.source, vote.source), vote)
    return tuple(best.values())


def _strength_order(vote: Vote) -> tuple[float, str, int, int]:
    return (-abs(vote.log_odds), vote.source, vote.start, vote.end)


def _decide(votes: Sequence[Vote], log_odds: float, decide_at: float) -> tuple[Polarity, str]:
    speaking = [vote for vote in votes if vote.stance != "neutral"]
    if not speaking:
        return "unclear", "weak_evidence" if votes else "no_evidence"
    sides = [
        sum(abs(vote.log_odds) for vote in speaking if vote.stance == stance)
        for stance in ("support", "refute")
    ]
    if min(sides) >= weights()["conflict_share"] * max(sides) > 0:
        return "unclear", "conflicting_evidence"
    probability = _probability(log_odds)
    if probability >= decide_at:
        return "supported", speaking[0].reason
    if probability <= round(1 - decide_at, 4):
        return "refuted", speaking[0].reason
    return "unclear", "weak_evidence"


def _verdict(
    retrieved: Retrieved, label: Polarity, reason: str, log_odds: float, votes: Sequence[Vote]
) -> Verdict:
    wanted = {"supported": ("support",), "refuted": ("refute",)}.get(label, ("support", "refute"))
    return Verdict(
        claim_id=retrieved.claim.id,
        label=label,
        status="ok",
        reason=reason,
        probability=_probability(log_odds),
        evidence=tuple(vote for vote in votes if vote.stance in wanted),
        votes=tuple(votes),
    )


def _probability(log_odds: float) -> float:
    return round(1 / (1 + math.exp(-log_odds)), 4)
