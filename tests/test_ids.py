from hypothesis import given, settings
from hypothesis import strategies as st

from kgpipe.ids import content_digest, content_id

parts = st.lists(st.text() | st.integers() | st.none(), max_size=4)


@settings(derandomize=True, deadline=None)
@given(parts, parts)
def test_equal_content_equal_id(left: list[object], right: list[object]) -> None:
    assert (content_id("x", *left) == content_id("x", *right)) == (left == right)


def test_parts_do_not_run_into_each_other() -> None:
    assert content_id("x", "a", "bc") != content_id("x", "ab", "c")
    assert content_id("x", {"a": 1, "b": 2}) == content_id("x", {"b": 2, "a": 1})


def test_ids_never_change() -> None:
    """These values stand in users' files: a change would orphan their labels."""
    assert (
        content_id("claim", "mercury", "ñ")
        == "claim-" + content_digest('["mercury","ñ"]'.encode())[:20]
    )
    assert content_id("a") == "a-4f53cda18c2baa0c0354"
