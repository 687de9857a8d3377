"""The loop: pages are reduced to windows, windows to votes, votes to a verdict.

Where evidence is free, all of it is judged at once. Where it costs money or time it is gathered
source by source, each weighed before the next is asked for, until the claim is sure or a budget is
spent (a sequential test in the sense of Wald 1945, without its guarantees: sources are few). What a
source states in the place of the claimed value is searched for as well. Every step is kept.
"""

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from kgpipe.ports import Believer, Fuser, Judge, SearchEngine
from kgpipe.settings import VerifySettings
from kgpipe.types import Claim, Passage, Prior, Retrieved, Step, Verdict, Vote
from kgpipe.verify.fuse import one_vote_per_witness, verify_claim
from kgpipe.verify.lexicon import weights
from kgpipe.verify.mirrors import is_excluded
from kgpipe.verify.panel import PanelJudge, join_votes
from kgpipe.verify.passages import MAX_CHARS, passages_of_text
from kgpipe.verify.plan import Query, plan_queries
from kgpipe.verify.queries import ask_rival, why_unverifiable
from kgpipe.verify.retrieve import admit, best_of_each_page


def judge_at_once(
    retrieved: Retrieved, *, settings: VerifySettings, judge: Judge, fuser: Fuser | None = None
) -> Verdict:
    """Judge all passages of a claim; the trace weighs source after source.

    Raises:
        ServiceError: the judge failed, so nothing is known.
    """
    verdict = verify_claim(retrieved, settings=settings, judge=judge, fuser=fuser)
    if reason := why_unverifiable(retrieved.claim):
        return _traced(verdict, [], reason)
    steps, log_odds = list(retrieved.trace), 0.0
    if fuser and not fuser.needs_votes(retrieved) and verdict.trace:
        return _traced(verdict, steps, "all_read")
    votes = {retrieved.copies.get(vote.source, vote.source): vote for vote in verdict.votes}
    for source in _witnesses(retrieved.passages, retrieved.copies):
        weight = votes[source].log_odds if source in votes else 0.0
        log_odds += weight
        steps.append(_weigh(source, weight, log_odds))
    return _traced(verdict, steps, "all_judged")


def judge_in_turn(
    retrieved: Retrieved,
    *,
    settings: VerifySettings,
    judge: Judge,
    fuser: Fuser | None = None,
    web: SearchEngine | None = None,
    excluded: Collection[str] = (),
) -> Verdict:
    """Judge a claim's passages source by source, then search the web for more, until it is sure.

    Args:
        retrieved: a claim with the passages found nearby.
        settings: when it is sure, and the budgets.
        judge: asked about one source at a time.
        fuser: joins the votes in the end; by default they are added up.
        web: searched with one query at a time; None for no more evidence than there is.
        excluded: domains whose pages are no witnesses.

    Raises:
        ServiceError: search or judge failed, so nothing is known.
    """
    claim = retrieved.claim
    if reason := why_unverifiable(claim):
        verdict = verify_claim(retrieved, settings=settings, judge=_Given(judge.name, ()))
        return _traced(verdict, [], reason)
    case = _Case(retrieved, settings, judge, list(retrieved.trace))
    reason = case.judge_new(retrieved.passages, retrieved.copies)
    if not reason and web is not None:
        reason = _search_on(case, web, excluded)
    judged = retrieved.model_copy(update={"passages": tuple(case.passages), "copies": case.copies})
    given = _Given(judge.name, case.votes)
    verdict = verify_claim(judged, settings=settings, judge=given, fuser=fuser)
    told = {
        "members": tuple(case.members) if case.size > 1 else (),
        "priors": tuple(_believe(judge, claim) if settings.prior else ()),
    }
    return _traced(verdict.model_copy(update=told), case.steps, reason or "all_judged")


@dataclass
class _Case:
    """A claim as far as it is judged."""

    question: Retrieved
    settings: VerifySettings
    judge: Judge
    steps: list[Step]
    passages: list[Passage] = field(default_factory=list)
    copies: dict[str, str] = field(default_factory=dict)
    votes: list[Vote] = field(default_factory=list)
    members: list[Vote] = field(default_factory=list)
    heard: set[str] = field(default_factory=set)
    log_odds: float = 0.0

    @property
    def size(self) -> int:
        """How many judges are asked."""
        return self.judge.size if isinstance(self.judge, PanelJudge) else 1

    def judge_new(self, passages: Sequence[Passage], copies: dict[str, str]) -> str:
        """Judge the sources not heard before; the reason to stop, "" to go on."""
        self.passages, self.copies = list(passages), copies
        for witness in _witnesses(passages, copies):
            if witness in self.heard:
                continue
            if len(self.heard) >= self.settings.sources:
                return "sources_spent"
            self.heard.add(witness)
            group = [p for p in passages if copies.get(p.source, p.source) == witness]
            self._weigh(witness, group)
            if self._is_sure():
                return "sure"
        return ""

    def _weigh(self, witness: str, group: Sequence[Passage]) -> None:
        members = self.judge.judge(
            self.question.model_copy(update={"passages": tuple(group), "copies": {}})
        )
        joined = one_vote_per_witness(join_votes(members, judges=self.size), self.copies)
        self.members += members
        self.votes += joined
        weight = sum(vote.log_odds for vote in joined)
        self.log_odds += weight
        self.steps.append(_weigh(witness, weight, self.log_odds))

    def _is_sure(self) -> bool:
        sure_at = self.settings.sure_at
        return not 1 - sure_at < _probability(self.log_odds) < sure_at


class _Given:
    """The judge whose votes are there already."""

    def __init__(self, name: str, votes: Sequence[Vote]) -> None:
        self.name = name
        self._votes = list(votes)

    def judge(self, retrieved: Retrieved) -> list[Vote]:
        """The votes."""
        return self._votes


def _search_on(case: _Case, web: SearchEngine, excluded: Collection[str]) -> str:
    """Search with one query after the other; the reason to stop."""
    claim, settings = case.question.claim, case.settings
    planned = plan_queries(case.question, languages=settings.languages)
    asked: list[Query] = []
    idle = 0
    while (query := _next_query(case, planned, asked)) and len(asked) < settings.searches:
        asked.append(query)
        found = _find(case.question, [*planned, *asked], web, settings, excluded)
        # With the claim's own text in front, a copy of it on the web is known as one.
        kept, copies, _ = admit(claim, [*case.question.own, *case.passages, *found])
        new = set(_witnesses(kept, copies)) - case.heard
        case.steps.append(
            Step(
                action="search_web", subject=query.text, probability=_probability(case.log_odds),
                found=len(found), new=len(new),
            )
        )  # fmt: skip
        if reason := case.judge_new(kept, copies):
            return reason
        idle = 0 if new else idle + 1
        if idle >= settings.patience:
            return "nothing_new"
    return "searches_spent" if query else "all_asked"


def recall_searches(
    retrieved: Retrieved,
    steps: Sequence[Step],
    *,
    settings: VerifySettings,
    web: SearchEngine,
    excluded: Collection[str] = (),
) -> Retrieved:
    """A claim with all passages that it was judged by: those nearby, and what its searches found.

    Args:
        retrieved: a claim with the passages found nearby.
        steps: the trace of its verdict, which holds the queries.
        settings: those that it was judged with.
        web: answers as it did then.
        excluded: domains whose pages are no witnesses.

    Raises:
        ServiceError: a query has no answer.
    """
    planned = plan_queries(retrieved, languages=settings.languages)
    asked: list[Query] = []
    for step in steps:
        if step.action == "search_web":
            asked.append(Query(step.subject))
            ranked = [*planned, *asked]
            found = _find(retrieved, ranked, web, settings, excluded)
            kept, copies, _ = admit(retrieved.claim, [*retrieved.own, *retrieved.passages, *found])
            retrieved = retrieved.model_copy(update={"passages": tuple(kept), "copies": copies})
    return retrieved


def _find(
    question: Retrieved,
    ranked: Sequence[Query],
    web: SearchEngine,
    settings: VerifySettings,
    excluded: Collection[str],
) -> list[Passage]:
    """The passages that are most about any query, of the pages for the last; witnesses only."""
    return [
        passage
        for passage in _cut(web.search(ranked[-1].text, limit=settings.results), ranked)
        if not is_excluded(passage, question.claim, domains=excluded)
    ]


def _next_query(case: _Case, planned: Sequence[Query], asked: Sequence[Query]) -> Query | None:
    """The next planned query, or before it one for the rival that was seen; None if all are asked.

    The claim itself is asked for first, and one rival alone: the budget is for both values.
    """
    if asked and set(asked) <= set(planned) and (rival := _strongest_rival(case)):
        query = Query(ask_rival(case.question.claim, rival))
        if query not in planned:
            return query
    return next((query for query in planned if query not in asked), None)


def _strongest_rival(case: _Case) -> str:
    """What the most telling vote found in the place of the claimed value, "" where none did."""
    rivals = [vote for vote in case.members if vote.rival and vote.stance == "refute"]
    rivals.sort(key=lambda vote: (vote.log_odds, vote.source, vote.start))
    return rivals[0].rival if rivals else ""


def _cut(pages: Sequence[Passage], queries: Sequence[Query]) -> list[Passage]:
    """The passages of each page that are most about the claim; pages in their order."""
    pieces = [piece for page in pages for piece in _pieces(page)]
    return best_of_each_page(pieces, [query.text for query in queries])


def _pieces(page: Passage) -> Iterator[Passage]:
    if len(page.text) <= MAX_CHARS:
        yield page
        return
    yield from passages_of_text(
        page.text, source=page.source, language=page.language, document_id=page.document_id,
        url=page.url, published=page.published, claim_id=page.claim_id,
    )  # fmt: skip


def _witnesses(passages: Sequence[Passage], copies: dict[str, str]) -> list[str]:
    """The independent sources, in the order of their best passages."""
    return list(dict.fromkeys(copies.get(p.source, p.source) for p in passages))


def _believe(judge: Judge, claim: Claim) -> list[Prior]:
    return judge.believe(claim) if isinstance(judge, Believer) else []


def _weigh(source: str, weight: float, log_odds: float) -> Step:
    return Step(
        action="weigh", subject=source, probability=_probability(log_odds),
        log_odds=round(weight, 4),
    )  # fmt: skip


def _traced(verdict: Verdict, steps: Sequence[Step], reason: str) -> Verdict:
    """The verdict with the steps before its own, and why they end."""
    stop = Step(action="stop", subject=reason, probability=verdict.probability)
    return verdict.model_copy(update={"trace": (*steps, *verdict.trace, stop)})


def _probability(log_odds: float) -> float:
    limit = weights()["max_log_odds"]
    return round(1 / (1 + math.exp(-max(-limit, min(limit, log_odds)))), 4)
