import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgpipe.text.predicates import canonical_predicate


@pytest.mark.parametrize(
    ("predicate", "expected"),
    [
        ("Contains", "contain"),
        ("is  connected to", "be connected to"),
        ("are connected to", "be connected to"),
        ("has been connected to", "be connected to"),
        ("has experienced", "experienced"),
        ("has", "have"),
        ("had taken", "taken"),
        ("does export", "export"),
        ("does not export", "do not export"),
        ("carries", "carry"),
        ("releases", "release"),
        ("is source of", "be source of"),
        ("may contain", "may contain"),
        ("es", "es"),
        ("", ""),
    ],
)
def test_canonical_predicate(predicate: str, expected: str) -> None:
    assert canonical_predicate(predicate) == expected


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("exports", "is exported by"),
        ("imports", "exports"),
        ("contains", "does not contain"),
        ("exports to", "exports from"),
        ("increased", "decreased"),
    ],
)
def test_relations_that_stay_apart(left: str, right: str) -> None:
    assert canonical_predicate(left) != canonical_predicate(right)


WORDS = ["is", "are", "has", "had", "been", "does", "do", "not", "exports", "exported", "the", "of"]


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=5).map(" ".join))
@settings(derandomize=True, deadline=None, max_examples=500)
def test_idempotent_and_not_emptied(predicate: str) -> None:
    once = canonical_predicate(predicate)
    assert once
    assert canonical_predicate(once) == once
