"""The queries that are worth asking about a claim, in the order in which they are asked."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from kgpipe.types import Retrieved
from kgpipe.verify.queries import claim_queries
from kgpipe.verify.translate import translate

# Names of an entity that enter a query.
_MAX_ALIASES = 6
# The statement and the question come before the other languages, the rest behind them.
_FIRST = 2


class Query(NamedTuple):
    """What to ask; `language` is "" for the claim's own words, which any text may share."""

    text: str
    language: str = ""


def plan_queries(question: Retrieved, *, languages: Sequence[str] = ()) -> list[Query]:
    """The queries for a claim, each once; none if it cannot be verified."""
    return list(dict.fromkeys(_queries(question, languages)))


def _queries(question: Retrieved, languages: Sequence[str]) -> Iterator[Query]:
    own = claim_queries(question.claim)
    yield from map(Query, own[:_FIRST])
    for language in languages:
        # Of words that stand in the term table alone: what is not translated finds nothing new.
        if own and (translated := translate(own[0], language)):
            yield Query(translated, language)
    yield from map(Query, own[_FIRST:])
    claim = question.claim
    names = [
        name
        for id_ in (claim.subject_id, claim.object_id)
        for name in question.aliases.get(id_, ())[:_MAX_ALIASES]
    ]
    if own and names:
        yield Query(" ".join(names))
