import pytest

from kgpipe.types import Claim, Prior, Retrieved, Stance, Vote
from kgpipe.verify.panel import PanelJudge, join_votes, panel_name
from tests.verify.builders import make_claim


def vote(judge: str, log_odds: float, source: str = "s", start: int = 0) -> Vote:
    stance: Stance = "support" if log_odds > 0 else "refute" if log_odds < 0 else "neutral"
    return Vote(judge=judge, stance=stance, source=source, start=start, end=start + 1,
                quote=judge, log_odds=log_odds)  # fmt: skip


class Judging:
    def __init__(self, name: str, *votes: Vote) -> None:
        self.name, self.votes = name, list(votes)

    def judge(self, retrieved: Retrieved) -> list[Vote]:
        return self.votes


class Believing(Judging):
    def believe(self, claim: Claim) -> list[Prior]:
        return [Prior(judge=self.name, probability=0.7)]


@pytest.mark.parametrize(
    ("log_odds", "joined", "stance", "reason"),
    [
        ((2.0, 1.0), 1.5, "support", "panel_2_to_0"),
        ((2.0, 1.0, -1.5), 0.5, "support", "panel_2_to_1"),
        ((1.0, -2.0, -2.0), -1.0, "refute", "panel_1_to_2"),
        ((2.0, -2.0), 0.0, "neutral", "panel_1_to_1"),
        ((3.0, 0.0, 0.0), 1.0, "support", "panel_1_to_0"),
    ],
)
def test_a_source_has_one_vote_the_mean_of_its_judges(
    log_odds: tuple[float, ...], joined: float, stance: str, reason: str
) -> None:
    votes = [vote(f"j{n}", value) for n, value in enumerate(log_odds)]
    [found] = join_votes(votes, judges=len(votes))
    assert (found.log_odds, found.stance, found.reason) == (joined, stance, reason)
    assert found == join_votes(votes[::-1], judges=len(votes))[0]
    if joined:
        assert found.quote == next(v.judge for v in votes if v.log_odds * joined > 0)


def test_a_judge_that_is_silent_where_others_speak_counts_as_undecided() -> None:
    assert join_votes([vote("a", 3.0)], judges=3)[0].log_odds == 1.0


def test_a_judge_is_heard_once_a_source() -> None:
    votes = [vote("a", 1.0), vote("a", 2.0, start=5), vote("b", 2.0), vote("a", -1.0, "other")]
    joined = {v.source: v.log_odds for v in join_votes(votes, judges=2)}
    assert joined == {"s": 2.0, "other": -0.5}


def test_one_judge_keeps_its_votes() -> None:
    votes = [vote("a", 1.0), vote("a", 2.0, start=5)]
    assert join_votes(votes, judges=1) == votes
    assert join_votes([], judges=2) == []


def test_a_panel_asks_all_and_believes_what_can_be_believed() -> None:
    panel = PanelJudge([Believing("b", vote("b", 1.0)), Judging("a", vote("a", 2.0))])
    assert panel.name == panel_name(["b", "a"]) == "a+b"
    claim = make_claim("Peru", "exports", "gold")
    assert [v.judge for v in panel.judge(Retrieved(claim=claim))] == ["a", "b"]
    assert panel.believe(claim) == [Prior(judge="b", probability=0.7)]
