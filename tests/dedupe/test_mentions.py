from functools import partial

import pytest

from kgpipe.decisions import Decision
from kgpipe.dedupe.contexts import Mention
from kgpipe.dedupe.mentions import IN_CONTEXT, resolve_mentions
from kgpipe.ports import Embedder
from kgpipe.settings import DedupeSettings
from kgpipe.types import Kind

GEORGE, KATE = "George Bush signed it, said Bush.", "Kate Bush wrote it, said Bush."
MENTIONS = [
    Mention("George Bush", "person"),
    Mention("Kate Bush", "person"),
    Mention("Bush", "person", (GEORGE,)),
    Mention("Bush", "person", (KATE,)),
]


def test_a_homonym_in_two_contexts_is_two_entities(embedder: Embedder) -> None:
    found = resolve_mentions(MENTIONS, definitions=(), settings=DedupeSettings(), embedder=embedder)
    assert [entity.name for entity in found.entity_of] == [
        "George Bush", "Kate Bush", "George Bush", "Kate Bush",
    ]  # fmt: skip
    # No mention of Bush alone is left.
    assert {entity.names for entity in found.entities} == {
        ("Bush", "George Bush"),
        ("Bush", "Kate Bush"),
    }
    assert found.reasons[2:] == [IN_CONTEXT, IN_CONTEXT]
    assert {(merge.left, merge.right, merge.reason) for merge in found.merges} == {
        ("George Bush", "Bush", IN_CONTEXT),
        ("Kate Bush", "Bush", IN_CONTEXT),
    }


def test_a_mention_without_context_stays_by_itself(embedder: Embedder) -> None:
    mentions = [*MENTIONS, Mention("Bush", "person")]
    found = resolve_mentions(mentions, definitions=(), settings=DedupeSettings(), embedder=embedder)
    assert len(found.entities) == 3
    assert found.entity_of[-1].names == ("Bush",)
    assert found.entity_of[-1].id not in {entity.id for entity in found.entity_of[:-1]}


def _decided(left: str, right: str, *, same: bool) -> Decision:
    return Decision(left=left, right=right, same=same)


@pytest.mark.parametrize(
    ("long", "short", "kind", "reason"),
    [
        ("Rupert Murdoch", "Murdoch", "person", "short_name"),
        ("Federal Aviation Administration", "FAA", "organisation", "acronym_of_name"),
        ("Colombia", "Kolumbija", "place", "same_sound"),
    ],
)
def test_a_decision_keeps_apart_what_a_rule_would_join(
    long: str, short: str, kind: Kind, reason: str, embedder: Embedder
) -> None:
    mentions = [Mention(long, kind), Mention(short, kind)]
    settings = DedupeSettings(built_in_aliases=False)
    resolve = partial(resolve_mentions, mentions, definitions=(), settings=settings)
    assert [merge.reason for merge in resolve(embedder=embedder).merges] == [reason]
    apart = [_decided(short, long, same=False)]
    assert len(resolve(embedder=embedder, decisions=apart).entities) == 2


def test_a_decision_holds_in_every_context(embedder: Embedder) -> None:
    resolve = partial(
        resolve_mentions, MENTIONS, definitions=(), settings=DedupeSettings(), embedder=embedder
    )
    same = resolve(decisions=[_decided("Bush", "Kate Bush", same=True)])
    _, kate, *bushes = same.entity_of
    assert kate.names == ("Bush", "Kate Bush")
    assert bushes == [kate, kate]
    apart = resolve(decisions=[_decided("Bush", "Kate Bush", same=False)])
    assert [entity.name for entity in apart.entity_of[1:]] == ["Kate Bush", "George Bush", "Bush"]
