from collections import Counter
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kgpipe.decisions import Decision, find_disputes, settle_decisions
from kgpipe.text.normalise import normalise_name
from kgpipe.types import Resolution
from tests.dedupe.decided import DECISIONS, NAMES, agree, facts_of, resolve, together

FACTS = facts_of(NAMES)
PLAIN = resolve(FACTS)


def _undo(left: str, right: str) -> Decision:
    return Decision(left=left, right=right, same=False)


def _same(left: str, right: str) -> Decision:
    return Decision(left=left, right=right, same=True)


def _facts(resolution: Resolution) -> set[tuple[str, ...]]:
    return {claim.support for claim in resolution.claims}


def test_the_names_merge_for_every_reason() -> None:
    assert {merge.reason for merge in PLAIN.merges} == {
        "same_normalised_form", "alias", "acronym_defined", "similar",
    }  # fmt: skip


@pytest.mark.parametrize("merge", PLAIN.merges, ids=lambda merge: f"{merge.left}/{merge.right}")
def test_any_merge_can_be_undone(merge: object) -> None:
    left, right = merge.left, merge.right  # type: ignore[attr-defined]
    undone = resolve(FACTS, _undo(left, right))
    assert (left, right) in together(PLAIN) - together(undone)
    # What the two had in common is two facts again, and none is lost.
    assert Counter(t for c in undone.claims for t in c.support) == Counter(t.id for t in FACTS)
    assert not [c for c in undone.claims if {f"{left}/use", f"{right}/use"} <= set(c.support)]
    # Nobody else has moved but into or out of their company.
    entity = next(e for e in PLAIN.entities if left in e.names)
    others = {p for p in together(PLAIN) if not set(p) & set(entity.names)}
    assert others == {p for p in together(undone) if not set(p) & set(entity.names)}
    assert {n for p in together(undone) - together(PLAIN) for n in p} <= {*entity.names}


@given(st.sampled_from(NAMES), st.sampled_from(NAMES))
@settings(derandomize=True, deadline=None, max_examples=60)
def test_undoing_what_a_person_joined_restores_the_facts(left: str, right: str) -> None:
    assume(left != right and (left, right) not in together(PLAIN))
    joined = resolve(FACTS, _same(left, right))
    assert (left, right) in together(joined)
    assert _facts(joined) != _facts(PLAIN)
    [merge] = [m for m in joined.merges if m.reason == "decided"]
    undone = resolve(FACTS, _undo(merge.left, merge.right))
    assert (undone.entities, undone.claims) == (PLAIN.entities, PLAIN.claims)
    assert {m.id for m in undone.merges} == {m.id for m in PLAIN.merges}


@given(DECISIONS, st.randoms(use_true_random=False))
@settings(derandomize=True, deadline=None, max_examples=150)
def test_decisions_are_obeyed_in_any_order(decisions: list[Decision], random: Random) -> None:
    assume(agree(decisions))
    resolution = resolve(FACTS, *decisions)
    pairs = together(resolution)
    constraints = settle_decisions(decisions)
    for left in NAMES:
        for right in NAMES:
            ours, theirs = constraints.block(left), constraints.block(right)
            if left == right or ours is None or theirs is None:
                continue
            if ours == theirs:
                assert (left, right) in pairs
            if constraints.separate([ours], [theirs]):
                assert (left, right) not in pairs
    assert sorted(n for e in resolution.entities for n in e.names) == sorted(
        {*NAMES, "water", "river"}
    )
    assert len({entity.id for entity in resolution.entities}) == len(resolution.entities)
    for entity in resolution.entities:
        own = [merge for merge in resolution.merges if merge.entity_id == entity.id]
        assert len(own) == len(entity.names) - 1
    shuffled, facts = list(decisions), FACTS * 2
    random.shuffle(shuffled)
    random.shuffle(facts)
    assert resolve(facts, *shuffled) == resolution


@given(DECISIONS)
@settings(derandomize=True, deadline=None, max_examples=60)
def test_saying_yes_to_every_merge_changes_nothing(decisions: list[Decision]) -> None:
    assume(agree(decisions) and not find_disputes(decisions))
    once = resolve(FACTS, *decisions)
    confirmed = [_same(merge.left, merge.right) for merge in once.merges]
    assume(agree([*decisions, *confirmed]))
    again = resolve(FACTS, *decisions, *confirmed)
    assert (again.entities, again.claims) == (once.entities, once.claims)


def test_a_third_name_is_no_way_round() -> None:
    apart = resolve(FACTS, _undo("mercury", "azogue"), _same("mercury", "liquid silver"),
                    _same("liquid silver", "quicksilver"))  # fmt: skip
    pairs = together(apart)
    assert ("mercury", "quicksilver") in pairs
    assert not {("mercury", "azogue"), ("quicksilver", "azogue")} & pairs


def test_a_decision_holds_for_other_spellings() -> None:
    later = facts_of(["the mercury", "“HG”"])
    assert ("the mercury", "“HG”") in together(resolve(later))
    assert not together(resolve(later, _undo("Mercury", "Hg")))


def test_spellings_of_one_name_can_be_told_apart() -> None:
    undone = resolve(FACTS, _undo("GOLD", "gold"))
    assert ("GOLD", "gold") not in together(undone)
    assert normalise_name("GOLD") == normalise_name("gold")
    assert len({e.id for e in undone.entities if e.name in ("GOLD", "gold")}) == 2


def test_what_is_no_alias_is_compared_as_itself() -> None:
    """Hg that is not mercury is not the mercury that Mercury is like, either."""
    undone = resolve(FACTS, _undo("mercury", "Hg"))
    assert [e.names for e in undone.entities if "Hg" in e.names] == [("Hg",)]


def test_a_persons_merge_does_not_drive_away_what_was_similar() -> None:
    facts = facts_of(["mercury production", "production of mercury", "azogue"])
    joined = resolve(facts, _same("mercury production", "azogue"))
    assert len(joined.entities) == 3
