import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgpipe.decisions import Decision, find_disputes, pair_key, settle_decisions
from kgpipe.errors import KgpipeError

NAME = st.sampled_from(["a", "b", "c", "d", "A", "B"])
DECISIONS = st.lists(
    st.builds(Decision, left=NAME, right=NAME, same=st.booleans()).filter(
        lambda one: one.left != one.right
    ),
    max_size=8,
)


def _say(left: str, right: str, *, same: bool, annotator: str = "") -> Decision:
    return Decision(left=left, right=right, same=same, annotator=annotator)


def test_a_pair_is_one_whatever_its_order_and_spelling() -> None:
    assert pair_key("Hg", "the Mercury") == pair_key("mercury", "HG")
    assert pair_key("US", "us") == pair_key("us", "US")
    # Where the form is the same, only the spelling can be meant.
    assert pair_key("US", "us") != pair_key("Us", "us")


def test_what_is_joined_by_way_of_a_third_is_one_block() -> None:
    found = settle_decisions(
        [_say("a", "b", same=True), _say("B", "c", same=True), _say("c", "d", same=False)]
    )
    assert found.block("A") == found.block("c") != found.block("d")
    blocks = [found.block("a"), found.block("d")]
    assert None not in blocks
    assert found.separate([found.block_of["a"]], [found.block_of["d"]])
    assert found.block("e") is None


def test_a_chain_that_contradicts_is_told_with_the_pair() -> None:
    decisions = [
        _say("a", "b", same=True), _say("b", "c", same=True), _say("Cc", "d", same=True),
        _say("c", "A", same=False),
    ]  # fmt: skip
    with pytest.raises(KgpipeError, match="'c' and 'A' must stay apart") as told:
        settle_decisions(decisions)
    assert "'c' = 'b', 'b' = 'a'" in str(told.value)


def test_nobody_is_obeyed_where_two_disagree() -> None:
    quarrel = [
        _say("a", "b", same=True, annotator="R1"), _say("B", "a", same=False, annotator="R2")
    ]  # fmt: skip
    assert settle_decisions(quarrel).digest == ""
    assert [len(found) for found in find_disputes(quarrel).values()] == [2]
    assert not find_disputes([*quarrel[:1], _say("b", "a", same=True, annotator="R3")])


def test_only_spellings_that_were_told_apart_are_looked_at() -> None:
    found = settle_decisions([_say("US", "us", same=False), _say("THEM", "x", same=True)])
    assert found.term_of("US") == "US"
    assert found.term_of("THEM") == "them"


@given(DECISIONS)
@settings(derandomize=True, deadline=None, max_examples=200)
def test_the_order_does_not_matter(decisions: list[Decision]) -> None:
    try:
        found = settle_decisions(decisions)
    except KgpipeError:
        with pytest.raises(KgpipeError):
            settle_decisions(decisions[::-1])
        return
    assert settle_decisions(decisions[::-1]) == found
    assert settle_decisions(decisions * 2) == found
    assert not [pair for pair in found.apart if pair[0] == pair[1]]


def test_the_digest_is_about_what_is_demanded() -> None:
    one = [_say("a", "b", same=True, annotator="R1")]
    noted = [one[0].model_copy(update={"annotator": "R2", "note": "sure"})]
    assert settle_decisions(one).digest == settle_decisions(noted).digest != ""
    assert settle_decisions(one).digest != settle_decisions([_say("a", "b", same=False)]).digest
    assert settle_decisions([]).digest == ""
