from collections.abc import Sequence

import pytest

from kgpipe.settings import VerifySettings
from kgpipe.types import Retrieved, Stance, Verdict, Vote
from kgpipe.verify.fuse import one_vote_per_witness, verify_claim
from tests.verify.builders import make_claim


def make_vote(source: str, log_odds: float) -> Vote:
    stance: Stance = "support" if log_odds > 0.5 else "refute" if log_odds < 0 else "neutral"
    return Vote(
        judge="j", stance=stance, source=source, start=0, end=1, quote="x", log_odds=log_odds,
        reason="stated",
    )  # fmt: skip


class FixedJudge:
    name = "fixed"

    def __init__(self, *log_odds: float) -> None:
        self.votes = [make_vote(f"s{n}", value) for n, value in enumerate(log_odds)]

    def judge(self, retrieved: Retrieved) -> list[Vote]:
        return self.votes


@pytest.mark.parametrize(
    ("log_odds", "label", "reason", "probability"),
    [
        ((), "unclear", "no_evidence", 0.5),
        ((0.1,), "unclear", "weak_evidence", 0.525),
        ((1.2,), "unclear", "weak_evidence", 0.7685),
        ((1.2, 1.2), "supported", "stated", 0.9168),
        ((1.7,), "supported", "stated", 0.8455),
        ((-1.7,), "refuted", "stated", 0.1545),
        ((1.7, -1.7), "unclear", "conflicting_evidence", 0.5),
        ((1.7, 1.7, -1.7), "unclear", "conflicting_evidence", 0.8455),
        ((1.7, 1.7, 1.7, -1.7), "supported", "stated", 0.9677),
        ((1.7,) * 50, "supported", "stated", 0.99),
    ],
)  # fmt: skip
def test_votes_become_a_verdict(
    log_odds: tuple[float, ...], label: str, reason: str, probability: float
) -> None:
    retrieved = Retrieved(claim=make_claim("Ghana", "exports", "gold"))
    verdict = verify_claim(retrieved, settings=VerifySettings(), judge=FixedJudge(*log_odds))
    assert (verdict.label, verdict.reason) == (label, reason)
    assert verdict.probability == pytest.approx(probability, abs=1e-4)
    assert (verdict.status, verdict.calibrated) == ("ok", False)


def test_the_threshold_is_the_users() -> None:
    retrieved = Retrieved(claim=make_claim("Ghana", "exports", "gold"))
    for decide_at, label in ((0.8, "refuted"), (0.9, "unclear")):
        verdict = verify_claim(
            retrieved, settings=VerifySettings(decide_at=decide_at), judge=FixedJudge(-1.7)
        )
        assert verdict.label == label


def test_a_source_and_its_copies_have_one_vote_the_most_telling() -> None:
    votes = [make_vote("a", 1.2), make_vote("a", 1.7), make_vote("b", -1.4), make_vote("c", 1.0)]
    kept = one_vote_per_witness(votes, {"b": "a"})
    assert [(vote.source, vote.log_odds) for vote in kept] == [("a", 1.7), ("c", 1.0)]
    assert kept == one_vote_per_witness(votes[::-1], {"b": "a"})


class FixedFuser:
    """Gives the same answer whatever the votes, and keeps them."""

    name = "fixed"

    def __init__(self, answer: Verdict | None, *, needs_votes: bool) -> None:
        self.answer = answer
        self._needs_votes = needs_votes
        self.given: list[int] = []

    def needs_votes(self, retrieved: Retrieved) -> bool:
        return self._needs_votes

    def fuse(self, retrieved: Retrieved, votes: Sequence[Vote]) -> Verdict | None:
        self.given.append(len(votes))
        return self.answer


@pytest.mark.parametrize(("needs_votes", "given"), [(True, 2), (False, 0)])
def test_a_fuser_decides_and_what_it_does_not_know_the_votes_do(
    needs_votes: bool, given: int
) -> None:
    retrieved = Retrieved(claim=make_claim("Ghana", "exports", "gold"))
    said = Verdict(claim_id="c1", label="refuted", status="ok", reason="fitted", probability=0.1)
    for answer, label in ((said, "refuted"), (None, "supported")):
        fuser = FixedFuser(answer, needs_votes=needs_votes)
        verdict = verify_claim(
            retrieved, settings=VerifySettings(), judge=FixedJudge(1.7, 1.7), fuser=fuser
        )
        assert verdict.label == label
        assert fuser.given == [given]
