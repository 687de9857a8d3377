"""Finds the passages that may speak for or against a claim, and leaves out those that must not."""

from collections import defaultdict
from collections.abc import Sequence

from kgpipe.ports import SearchEngine
from kgpipe.settings import VerifySettings
from kgpipe.text.tokens import content_tokens, singular, tokenize
from kgpipe.types import Claim, Passage, Retrieved
from kgpipe.verify.copies import fold_copies
from kgpipe.verify.queries import claim_queries

# The search is asked for so many times the passages wanted, then for four times that, and so on,
# lest copies or the claim's own text fill all places.
_OVERFETCH = 10
_OVERFETCH_GROWTH = 4
_MAX_FETCH = 2000
# Reciprocal rank fusion, Cormack et al. 2009, section 3: k = 60.
_RRF_K = 60
# Names of an entity that enter a query, and passages taken from a page given for one claim.
_MAX_ALIASES = 6
_PER_GIVEN_PAGE = 3


def retrieve_passages(
    question: Retrieved, *, settings: VerifySettings, search: SearchEngine
) -> Retrieved:
    """Search for the evidence on a claim.

    Kept are the `settings.passages` best of the search, and the best of each page that was given
    for this claim alone. Near-copies fold into one witness. A text that the claim was taken from
    is no evidence for it, nor is a copy of it, unless two independent texts state the claim: then
    each is a witness for the other.

    Args:
        question: a claim with its names, and the passages given for this claim alone.
        settings: how many passages.
        search: the engine.

    Raises:
        ServiceError: the search failed, so nothing is known.
    """
    queries = _queries(question)
    if not queries:
        return question.model_copy(update={"passages": ()})
    given = _best_of_each_page(question.passages, queries)
    limit = settings.passages * _OVERFETCH
    while True:
        found, exhausted = _search_all(queries, question.claim, limit, search)
        kept, copies = _admit(question.claim, [*given, *found])
        if exhausted or limit >= _MAX_FETCH or len(kept) >= settings.passages:
            break
        limit *= _OVERFETCH_GROWTH
    return question.model_copy(
        update={"passages": tuple(kept[: settings.passages + len(given)]), "copies": copies}
    )


def _queries(question: Retrieved) -> list[str]:
    """The claim's queries, and one of its entities' other names."""
    claim = question.claim
    queries = claim_queries(claim)
    names = [
        name
        for id_ in (claim.subject_id, claim.object_id)
        for name in question.aliases.get(id_, ())[:_MAX_ALIASES]
    ]
    return [*queries, " ".join(names)] if queries and names else queries


def _search_all(
    queries: Sequence[str], claim: Claim, limit: int, search: SearchEngine
) -> tuple[list[Passage], bool]:
    """Join the results of all queries by rank; tell whether the engine had no more to give."""
    score: dict[str, float] = defaultdict(float)
    passages: dict[str, Passage] = {}
    exhausted = True
    for query in queries:
        found = search.search(query, limit=limit)
        exhausted = exhausted and len(found) < limit
        for rank, passage in enumerate(found, start=1):
            if passage.claim_id in (None, claim.id):
                passages[passage.id] = passage
                score[passage.id] += 1 / (_RRF_K + rank)
    return sorted(passages.values(), key=lambda p: (-score[p.id], p.id)), exhausted


def _admit(claim: Claim, ranked: Sequence[Passage]) -> tuple[list[Passage], dict[str, str]]:
    """Fold copies, and drop the texts that are no independent witness for the claim."""
    kept, copies = fold_copies(ranked)
    own = {p.source: p.document_id for p in ranked if p.document_id in claim.documents}
    witnesses = {copies.get(source, source) for source in own}
    one_text_only = len(claim.documents) == 1 or (
        len(set(own.values())) > 1 and len(witnesses) == 1
    )
    if one_text_only:
        kept = [p for p in kept if copies.get(p.source, p.source) not in witnesses]
    return kept, copies


def _best_of_each_page(passages: Sequence[Passage], queries: Sequence[str]) -> list[Passage]:
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
        for _, passage in sorted(page, key=lambda scored: (-scored[0], scored[1].start))[
            :_PER_GIVEN_PAGE
        ]
    ]
