import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgpipe.publish.terms import given as given_pairs
from kgpipe.publish.terms import is_language, known, number, text, typed, unquote


@given(value=st.text(alphabet=st.one_of(st.sampled_from('"\\\n\rntu@^'), st.characters())))
@settings(derandomize=True, max_examples=300)
def test_a_literal_is_unquoted_to_what_it_was(value: str) -> None:
    assert unquote(text(value)) == (value, {})
    assert unquote(text(value, "pt-BR")) == (value, {"language": "pt-BR"})
    assert "\n" not in text(value)


def test_datatypes_are_named() -> None:
    assert unquote(typed("3", "integer")) == (
        "3", {"datatype": "<http://www.w3.org/2001/XMLSchema#integer>"},
    )  # fmt: skip
    assert known("prov:Entity") == "<http://www.w3.org/ns/prov#Entity>"


@pytest.mark.parametrize(
    ("value", "spelt"), [(float("inf"), "INF"), (float("-inf"), "-INF"), (1e22, "1e+22")]
)
def test_odd_numbers_stay_legal(value: float, spelt: str) -> None:
    assert unquote(number(value))[0] == spelt


@pytest.mark.parametrize(
    ("tag", "holds"), [("en", True), ("pt-BR", True), ("", False), ("e", False), ('en" .', False)]
)
def test_only_language_tags_are_language_tags(tag: str, holds: bool) -> None:
    assert is_language(tag) is holds
    assert text("a", tag) == (f'"a"@{tag}' if holds else '"a"')


def test_empty_texts_are_left_out() -> None:
    assert list(given_pairs(("<p>", "x"), ("<q>", ""), ("<r>", None))) == [("<p>", '"x"')]
