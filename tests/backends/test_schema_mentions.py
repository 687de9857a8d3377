from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgpipe.backends.schema_mentions import canonical_names
from tests.backends.schema_reader import read


def forms(text: str) -> list[tuple[str, str]]:
    return [(mention.text, mention.form) for mention in read(text).mentions]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He was born on the 10th of March, 1983.", ("10th of March, 1983", "date")),
        ("It opened in 1997.", ("1997", "year")),
        ("The club has 17,000 members.", ("17,000", "number")),
        ("The offset is -6 there.", ("-6", "number")),
        ("The runway is named 14L/32R today.", ("14L/32R", "code")),
        ("She lives in Peru now.", ("Peru", "country")),
        ("He plays in Rio de Janeiro.", ("Rio de Janeiro", "place")),
        ("The address is \u201c101 Ukrop Way\u201d here.", ("101 Ukrop Way", "quoted")),
        ("The owner has a diesel-electric transmission.", ("diesel-electric transmission", "noun")),
    ],
)
def test_forms(text: str, expected: tuple[str, str]) -> None:
    assert expected in forms(text)


def test_shorter_names_are_the_same_thing() -> None:
    text = read("Nie Haisheng was born in Zaoyang. Haisheng is a pilot.")
    people = [mention for mention in text.mentions if "Haisheng" in mention.text]
    assert len({mention.entity for mention in people}) == 1
    assert canonical_names(text.mentions)[people[0].entity] == "Nie Haisheng"


def test_values_are_no_subjects() -> None:
    text = read("The dam opened in 1997.")
    assert [m.entity for m in text.mentions if m.form == "year"] == [-1]


@settings(deadline=None, max_examples=30, derandomize=True)
@given(st.text(alphabet="Ab1 ,.-'\"(\u00e9\u2019/", max_size=40))
def test_mentions_never_overlap(text: str) -> None:
    found = read(text).mentions
    assert all(left.end <= right.start for left, right in pairwise(found))
    assert all(mention.text for mention in found)
