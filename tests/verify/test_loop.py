from collections.abc import Callable, Sequence
from typing import Any

import pytest

from kgpipe.backends.search_local import LocalSearch
from kgpipe.errors import ServiceError
from kgpipe.settings import VerifySettings
from kgpipe.types import Claim, Passage, Prior, Retrieved, Stance, Verdict, Vote
from kgpipe.verify.loop import judge_at_once, judge_in_turn
from kgpipe.verify.panel import PanelJudge
from kgpipe.verify.plan import plan_queries
from kgpipe.verify.retrieve import retrieve_passages
from tests.verify.builders import make_claim, make_passages, real_judge

CLAIM = make_claim("Peru", "exports", "gold")
YES = ("Peru exports gold to many countries every year, as customs say.",
       "For decades the country of Peru has shipped its gold abroad by air.",
       "Traders report that gold leaves Peru through the port of Callao.")  # fmt: skip
NO = "Gold is not exported by Peru any more, a decree of the ministry says."
DULL = ("Weather in Peru was mild.", "Gold is a metal known to Peru.", "Peru has three regions.")


class WordJudge:
    """Supports by "Peru", refutes by "not"; each source weighs `log_odds`."""

    name = "words"

    def __init__(self, log_odds: float = 1.7) -> None:
        self.asked: list[list[str]] = []
        self._log_odds = log_odds

    def judge(self, retrieved: Retrieved) -> list[Vote]:
        self.asked.append([passage.source for passage in retrieved.passages])
        return [self.vote(passage) for passage in retrieved.passages]

    def vote(self, passage: Passage) -> Vote:
        weight = -self._log_odds if " not " in passage.text else self._log_odds
        weight = 0.0 if passage.text in DULL else weight
        stance: Stance = "support" if weight > 0 else "refute" if weight else "neutral"
        return Vote(judge=self.name, stance=stance, source=passage.source, start=passage.start,
                    end=passage.start + 1, quote=passage.text[0], log_odds=weight,
                    reason="said")  # fmt: skip

    def believe(self, claim: Claim) -> list[Prior]:
        return [Prior(judge=self.name, probability=0.9)]


class Web:
    """Answers the queries in turn, the last answer again and again."""

    def __init__(self, *answers: Sequence[Passage] | Exception) -> None:
        self.answers = list(answers)
        self.queries: list[str] = []

    def search(self, query: str, *, limit: int) -> list[Passage]:
        self.queries.append(query)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return list(answer)[:limit]


def pages(*texts: str, prefix: str = "web") -> list[Passage]:
    return make_passages(*texts, prefix=prefix)


def in_turn(
    judge: Any, web: Web | None = None, local: Sequence[Passage] = (), *, claim: Claim = CLAIM,
    own: Sequence[Passage] = (), excluded: Sequence[str] = (), **settings: Any
) -> Verdict:  # fmt: skip
    retrieved = Retrieved(claim=claim, passages=tuple(local), own=tuple(own))
    return judge_in_turn(
        retrieved, settings=VerifySettings(**settings), judge=judge, web=web, excluded=excluded
    )


def steps(verdict: Verdict, action: str) -> list[str]:
    return [step.subject for step in verdict.trace if step.action == action]


# ---------------------------------------------------------------- in turn


def test_it_stops_when_it_is_sure_and_asks_no_more() -> None:
    judge, web = WordJudge(), Web(pages(*YES))
    verdict = in_turn(judge, web, pages(*YES, prefix="near"))
    assert verdict.label == "supported"
    # Two sources of 1.7 are .97; one is .85.
    assert judge.asked == [["near0"], ["near1"]]
    assert web.queries == []
    assert steps(verdict, "stop") == ["sure"]
    assert [step.probability for step in verdict.trace] == [0.8455, 0.9677, 0.9677]


def test_the_web_is_searched_query_by_query_until_it_is_sure() -> None:
    web = Web(pages(DULL[0]), pages(YES[0], prefix="b"), pages(YES[1], prefix="c"), pages(YES[2]))
    verdict = in_turn(WordJudge(), web, searches=9)
    assert [step.action for step in verdict.trace] == [
        "search_web", "weigh", "search_web", "weigh", "search_web", "weigh", "stop",
    ]  # fmt: skip
    assert steps(verdict, "search_web") == web.queries
    assert len(set(web.queries)) == 3
    assert (verdict.label, steps(verdict, "stop")) == ("supported", ["sure"])
    assert {vote.source for vote in verdict.evidence} == {"b0", "c0"}


@pytest.mark.parametrize(
    ("settings", "searches", "reason"),
    [
        ({"searches": 1}, 1, "searches_spent"), ({"searches": 0}, 0, "searches_spent"),
        ({"searches": 9, "patience": 1}, 2, "nothing_new"),
        ({"searches": 9, "patience": 3}, 4, "nothing_new"),
        ({"sources": 2}, 1, "sources_spent"),
    ],
)  # fmt: skip
def test_it_stops_when_a_budget_is_spent_or_nothing_new_comes(
    settings: dict[str, Any], searches: int, reason: str
) -> None:
    web = Web(pages(*DULL))
    verdict = in_turn(WordJudge(), web, **settings)
    assert (len(web.queries), steps(verdict, "stop")) == (searches, [reason])
    assert verdict.label == "unclear"


def test_copies_of_a_page_are_one_witness_and_nothing_new() -> None:
    web = Web(pages(YES[0]), pages(f"{YES[0]} Reprint.", YES[0], prefix="copy"))
    verdict = in_turn(WordJudge(), web, searches=9)
    assert (verdict.label, verdict.probability) == ("supported", 0.8455)
    assert len(steps(verdict, "weigh")) == 1
    assert steps(verdict, "stop") == ["nothing_new"]


def test_a_copy_on_the_web_of_the_claims_own_text_is_no_evidence() -> None:
    claim = CLAIM.model_copy(update={"documents": ("d",)})
    own = make_passages(YES[0], prefix="own", document_id="d")
    verdict = in_turn(WordJudge(), Web(pages(YES[0])), claim=claim, own=own)
    assert (verdict.label, verdict.reason, verdict.votes) == ("unclear", "no_evidence", ())


def test_excluded_domains_and_dumps_are_no_witnesses() -> None:
    listed = make_passages(YES[0], url="https://www.wikidata.org/x", prefix="kg")
    dump = pages("Peru | exports | gold", prefix="dump")
    verdict = in_turn(WordJudge(), Web([*listed, *dump]), excluded=["wikidata.org"])
    assert verdict.votes == ()


def test_a_long_page_is_cut_and_its_best_passages_judged() -> None:
    filler = "\n\n".join(f"Paragraph {n} tells of other things. " * 5 for n in range(40))
    page = Passage(id="p", source="u", text=f"{filler}\n\n{YES[0] * 2}", url="https://u.example/")
    judge = WordJudge()
    verdict = in_turn(judge, Web([page]))
    assert max(map(len, judge.asked)) <= 3
    [vote] = verdict.evidence
    assert page.text[vote.start] == vote.quote
    assert page.text[vote.start :].startswith(YES[0])


def test_a_failed_search_or_judge_is_no_verdict() -> None:
    with pytest.raises(ServiceError):
        in_turn(WordJudge(), Web(ServiceError("search_failed", "down")))

    class Down(WordJudge):
        def judge(self, retrieved: Retrieved) -> list[Vote]:
            raise ServiceError("timeout", "x")

    with pytest.raises(ServiceError):
        in_turn(Down(), None, pages(*YES))


def test_what_is_sure_before_the_search_fails_is_a_verdict() -> None:
    web = Web(ServiceError("search_failed", "down"))
    assert in_turn(WordJudge(), web, pages(*YES)).label == "supported"


def test_nothing_is_spent_on_what_cannot_be_verified() -> None:
    judge, web = WordJudge(), Web(pages(*YES))
    verdict = in_turn(judge, web, claim=make_claim("_:b1", "exports", "gold"))
    assert (verdict.label, verdict.reason) == ("unclear", "unverifiable")
    assert (judge.asked, web.queries) == ([], [])
    assert steps(verdict, "stop") == ["blank_node"]


def test_a_belief_is_kept_apart() -> None:
    verdict = in_turn(WordJudge())
    assert verdict.priors == (Prior(judge="words", probability=0.9),)
    assert (verdict.label, verdict.probability) == ("unclear", 0.5)
    assert in_turn(WordJudge(), prior=False).priors == ()


def test_a_panels_members_are_kept_beside_their_joint_vote() -> None:
    class Other(WordJudge):
        name = "other"

    verdict = in_turn(PanelJudge([WordJudge(2.0), Other(1.0)]), None, pages(YES[0]))
    assert [(vote.judge, vote.log_odds) for vote in verdict.votes] == [("other+words", 1.5)]
    assert [(vote.judge, vote.log_odds) for vote in verdict.members] == [
        ("other", 1.0), ("words", 2.0),
    ]  # fmt: skip
    assert in_turn(WordJudge(), None, pages(YES[0])).members == ()


def test_contradiction_is_unclear() -> None:
    verdict = in_turn(WordJudge(), None, pages(YES[0], NO))
    assert (verdict.label, verdict.reason) == ("unclear", "conflicting_evidence")


# ---------------------------------------------------------------- rivals

OYA = make_claim("Oya", "lies in", "Gabon")
STATEMENT, RIVAL = "Oya lies in Gabon", "Oya lies in Cameroon"
ELSEWHERE = "By all accounts the town of Oya lies in Cameroon."
OTHER = "Weather in Oya was mild."


def test_a_rival_that_the_web_shows_is_the_next_query() -> None:
    web = Web(pages(ELSEWHERE), pages(OTHER, prefix="b"))
    verdict = in_turn(real_judge(), web, claim=OYA, sure_at=0.999)
    assert web.queries[:2] == [STATEMENT, RIVAL]
    # One rival, once: the other searches are the claim's.
    assert web.queries.count(RIVAL) == 1
    assert steps(verdict, "search_web") == web.queries
    assert len(set(web.queries)) == len(web.queries)


def test_a_rival_that_was_seen_nearby_waits_for_the_claim_itself() -> None:
    web = Web(pages(OTHER), pages(OTHER, prefix="b"))
    in_turn(real_judge(), web, pages(ELSEWHERE, prefix="near"), claim=OYA, sure_at=0.999)
    assert web.queries[:2] == [STATEMENT, RIVAL]


@pytest.mark.parametrize(
    ("settings", "searches", "reason"),
    [
        ({"searches": 1}, 1, "searches_spent"), ({"searches": 2}, 2, "searches_spent"),
        ({"searches": 4}, 4, "all_asked"), ({"searches": 9, "patience": 1}, 2, "nothing_new"),
    ],
)  # fmt: skip
def test_the_query_for_a_rival_counts_as_a_search(
    settings: dict[str, Any], searches: int, reason: str
) -> None:
    planned = [query.text for query in plan_queries(Retrieved(claim=OYA))]
    web = Web(pages(ELSEWHERE), [])
    limits = {"languages": (), "patience": 9, "sure_at": 0.999, **settings}
    verdict = in_turn(real_judge(), web, claim=OYA, **limits)
    assert web.queries == [STATEMENT, RIVAL, *planned[1:]][:searches]
    assert steps(verdict, "stop") == [reason]


def test_nothing_is_asked_about_a_rival_once_it_is_sure() -> None:
    web = Web(pages(ELSEWHERE))
    verdict = in_turn(real_judge(), web, claim=OYA, sure_at=0.6)
    assert (web.queries, steps(verdict, "stop")) == ([STATEMENT], ["sure"])


def test_a_page_that_is_about_the_rival_alone_is_read() -> None:
    web = Web(pages(ELSEWHERE), pages("Cameroon has many towns.", prefix="b"))
    verdict = in_turn(real_judge(), web, claim=OYA, sure_at=0.999, searches=2)
    assert [step.found for step in verdict.trace if step.subject == RIVAL] == [1]


def test_a_page_that_only_the_rivals_query_finds_tips_the_scales() -> None:
    class Engine(Web):
        def search(self, query: str, *, limit: int) -> list[Passage]:
            self.queries.append(query)
            found = {STATEMENT: pages(ELSEWHERE), RIVAL: pages(
                "According to the map of the survey, Oya lies in Cameroon.", prefix="map"
            )}  # fmt: skip
            return found.get(query, [])

    verdict = in_turn(real_judge(), Engine([]), claim=OYA, sure_at=0.9)
    assert verdict.label == "refuted"
    assert {vote.source for vote in verdict.evidence} == {"web0", "map0"}


def test_the_rival_that_a_panel_outvotes_is_asked_for_too() -> None:
    web = Web(pages(ELSEWHERE), pages(OTHER, prefix="b"))
    panel = PanelJudge([real_judge(), WordJudge(9.0)])
    verdict = in_turn(panel, web, claim=OYA, sure_at=0.9999)
    assert verdict.votes[0].stance == "support"
    assert web.queries[1] == RIVAL


# ---------------------------------------------------------------- at once


def test_at_once_the_trace_weighs_every_source() -> None:
    found = retrieve_passages(
        Retrieved(claim=CLAIM), settings=VerifySettings(), search=LocalSearch(pages(*YES, *DULL))
    )
    verdict = judge_at_once(found, settings=VerifySettings(), judge=real_judge())
    assert steps(verdict, "search")[0] == "Peru exports gold"
    assert set(steps(verdict, "weigh")) == {f"web{n}" for n in range(6)}
    weights = {step.subject: step.log_odds for step in verdict.trace if step.action == "weigh"}
    assert weights["web0"] == verdict.votes[0].log_odds > 1
    assert verdict.trace[-1].subject == "all_judged"
    assert verdict.trace[-1].probability == verdict.probability


def test_both_ways_come_to_the_same_verdict_where_neither_stops() -> None:
    found = Retrieved(claim=CLAIM, passages=tuple(pages(YES[0], *DULL)))
    settings = VerifySettings(sure_at=0.999)
    runs: list[Callable[..., Verdict]] = [judge_at_once, judge_in_turn]
    one, other = (run(found, settings=settings, judge=WordJudge()) for run in runs)
    assert (one.label, one.probability, one.votes) == (other.label, other.probability, other.votes)
    assert one.trace == other.trace
