"""Finds the passages that may speak for or against a claim, and leaves out those that must not."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import NamedTuple

from kgpipe.ports import SearchEngine
from kgpipe.settings import VerifySettings
from kgpipe.text.tokens import content_tokens, singular, tokenize
from kgpipe.types import Claim, Passage, Retrieved, Step
from kgpipe.verify.copies import fold_copies
from kgpipe.verify.mirrors import is_excluded
from kgpipe.verify.plan import Query, plan_queries

# The search is asked for so many times the passages wanted, then for four times that, and so on,
# lest copies or the claim's own text fill all places.
_OVERFETCH = 10
_OVERFETCH_GROWTH = 4
_MAX_FETCH = 2000
# Reciprocal rank fusion, Cormack et al. 2009, section 3: k = 60.
_RRF_K = 60
# Passages taken from a page given for one claim, or found on the web.
_PER_PAGE = 3


def retrieve_passages(
    question: Retrieved,
    *,
    settings: VerifySettings,
    search: SearchEngine,
    excluded: Collection[str] = (),
) -> Retrieved:
    """Search for the evidence on a claim.

    Kept are the `settings.passages` best of the search, and the best of each page that was given
    for this claim alone. Near-copies fold into one witness. A text that the claim was taken from
    is no evidence for it, nor is a copy of it, unless two independent texts state the claim: then
    each is a witness for the other.

    Args:
        question: a claim with its names, and the passages given for this claim alone.
        settings: how many passages, and the languages.
        search: the engine.
        excluded: domains whose pages are no witnesses.

    Raises:
        ServiceError: the search failed, so nothing is known.
    """
    queries = plan_queries(question, languages=settings.languages)
    if not queries:
        return question.model_copy(update={"passages": ()})
    given = best_of_each_page(question.passages, [query.text for query in queries])
    limit = settings.passages * _OVERFETCH
    while True:
        found = search_all(queries, question.claim.id, limit, search)
        ranked = [
            passage
            for passage in [*given, *found.ranked]
            if not is_excluded(passage, question.claim, domains=excluded)
        ]
        kept, copies, own = admit(question.claim, ranked)
        if found.exhausted or limit >= _MAX_FETCH or len(kept) >= settings.passages:
            break
        limit *= _OVERFETCH_GROWTH
    return question.model_copy(
        update={
            "passages": tuple(kept[: settings.passages + len(given)]),
            "copies": copies,
            "own": tuple(own[: settings.passages]),
            "trace": found.trace,
        }
    )


class Found(NamedTuple):
    """The results of several queries; `exhausted` tells that the engine had no more to give."""

    ranked: list[Passage]
    exhausted: bool
    trace: tuple[Step, ...]


def search_all(
    queries: Sequence[Query], claim_id: str | None, limit: int, search: SearchEngine
) -> Found:
    """Join the results of all queries by rank.

    A query in another language finds the texts of that language: the claim's own queries rank the
    others better.
    """
    score: dict[str, float] = defaultdict(float)
    passages: dict[str, Passage] = {}
    sources: set[str] = set()
    exhausted, trace = True, []
    for query in queries:
        found = search.search(query.text, limit=limit)
        exhausted = exhausted and len(found) < limit
        fitting = [
            passage
            for passage in found
            if passage.claim_id in (None, claim_id)
            and (not query.language or passage.language == query.language)
        ]
        for rank, passage in enumerate(fitting, start=1):
            passages[passage.id] = passage
            score[passage.id] += 1 / (_RRF_K + rank)
        new = {passage.source for passage in fitting} - sources
        sources |= new
        trace.append(
            Step(action="search", subject=query.text, probability=0.5, found=len(fitting),
                 new=len(new))
        )  # fmt: skip
    ranked = sorted(passages.values(), key=lambda p: (-score[p.id], p.id))
    return Found(ranked, exhausted, tuple(trace))


def admit(
    claim: Claim, ranked: Sequence[Passage]
) -> tuple[list[Passage], dict[str, str], list[Passage]]:
    """Fold copies, and drop the texts that are no independent witness for the claim.

    Returns:
        The passages that are evidence; which source repeats which; and the dropped passages of the
        claim's own text.
    """
    kept, copies = fold_copies(ranked)
    own = {p.source: p.document_id for p in ranked if p.document_id in claim.documents}
    witnesses = {copies.get(source, source) for source in own}
    one_text_only = len(claim.documents) == 1 or (
        len(set(own.values())) > 1 and len(witnesses) == 1
    )
    if not one_text_only:
        return kept, copies, []
    dropped = [p for p in kept if copies.get(p.source, p.source) in witnesses]
    return [p for p in kept if p not in dropped], copies, dropped


def best_of_each_page(passages: Sequence[Passage], queries: Sequence[str]) -> list[Passage]:
    """The passages of each page that hold most of the claim's words; pages in the order given."""
    wanted = {singular(token.form) for query in queries for token in content_tokens(query)}
    pages: dict[str, list[tuple[int, Passage]]] = defaultdict(list)
    for passage in passages:
        words = {singular(token.form) for token in tokenize(passage.text)}
        if shared := len(wanted & words):
            pages[passage.source].append((shared, passage))
    return [
        passage
        for page in pages.values()
        for _, passage in sorted(page, key=lambda scored: (-scored[0], scored[1].start))[:_PER_PAGE]
    ]
