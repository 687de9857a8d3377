"""Several judges as one: each votes on every source, and their votes join to one a source."""

from collections import defaultdict
from collections.abc import Sequence

from kgpipe.ports import Believer, Judge
from kgpipe.types import Claim, Prior, Retrieved, Vote


class PanelJudge:
    """Asks each of its judges. The order of the judges does not matter."""

    def __init__(self, judges: Sequence[Judge]) -> None:
        self._judges = sorted(judges, key=lambda judge: judge.name)
        self.name = panel_name([judge.name for judge in judges])
        self.size = len(judges)

    def judge(self, retrieved: Retrieved) -> list[Vote]:
        """The votes of all judges; see `join_votes`."""
        return [vote for judge in self._judges for vote in judge.judge(retrieved)]

    def believe(self, claim: Claim) -> list[Prior]:
        """What each judge that can be asked without evidence believes."""
        return [
            prior
            for judge in self._judges
            if isinstance(judge, Believer)
            for prior in judge.believe(claim)
        ]


def panel_name(names: Sequence[str]) -> str:
    """The name of a panel; that of a single judge for a panel of one."""
    return "+".join(sorted(names))


def join_votes(votes: Sequence[Vote], *, judges: int) -> list[Vote]:
    """The votes of so many judges as one vote a source; those of a single judge as they are.

    Each judge is heard with its strongest vote on the source, and these are averaged: judges that
    saw the same text are no independent witnesses, so their weights do not add up. The quote is
    that of the strongest vote on the winning side.
    """
    if judges < 2:
        return list(votes)
    by_source: dict[str, dict[str, Vote]] = defaultdict(dict)
    for vote in sorted(votes, key=_strength_order):
        by_source[vote.source].setdefault(vote.judge, vote)
    return [_join(list(heard.values()), judges) for heard in by_source.values()]


def _join(votes: Sequence[Vote], judges: int) -> Vote:
    # A judge that says nothing of a source where others do counts as undecided.
    log_odds = round(sum(vote.log_odds for vote in votes) / judges, 4)
    sign = 1.0 if log_odds >= 0 else -1.0
    side = min(votes, key=lambda vote: (-sign * vote.log_odds, vote.judge))
    sides = [sum(vote.stance == stance for vote in votes) for stance in ("support", "refute")]
    return side.model_copy(
        update={
            "judge": panel_name([vote.judge for vote in votes]),
            "log_odds": log_odds,
            "stance": side.stance if log_odds else "neutral",
            "reason": f"panel_{sides[0]}_to_{sides[1]}",
        }
    )


def _strength_order(vote: Vote) -> tuple[float, str, int, int]:
    return (-abs(vote.log_odds), vote.source, vote.start, vote.end)
