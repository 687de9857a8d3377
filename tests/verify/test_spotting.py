import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgpipe.verify.spotting import find_spots, fold_text, read_pattern


def spots(names: tuple[str, ...], text: str) -> list[tuple[str, float]]:
    pattern = read_pattern(names)
    assert pattern is not None
    found = find_spots(fold_text(text), pattern)
    return [(text[spot.start : spot.end], spot.strength) for spot in found]


@pytest.mark.parametrize(
    ("name", "text", "mention", "strength"),
    [
        ("Väinö Tanner", "Vaino Tanner led Finland.", "Vaino Tanner", 1.0),
        ("Vaino Tanner", "VÄINÖ TANNER led.", "VÄINÖ TANNER", 1.0),
        ("Fort Worth, Texas", "born in Fort Worth in 1982", "Fort Worth", 0.9),
        ("Predator (film)", "Predator was filmed in Mexico", "Predator", 1.0),
        ("Adobe Systems", "Adobe was founded", "Adobe", 0.8),
        ("Franklin Delano Roosevelt", "Franklin D. Roosevelt died", "Franklin D. Roosevelt", 0.8),
        ("Woody Allen", "Allen directs", "Allen", 0.5),
        ("1933-02-18", "on February 18, 1933 she", "February 18, 1933", 1.0),
        ("1933-02-18", "since 1933", "1933", 0.5),
    ],
)
def test_finds_what_a_text_calls_it(name: str, text: str, mention: str, strength: float) -> None:
    assert (mention, strength) in spots((name,), text)


def test_words_are_whole_and_aliases_count() -> None:
    assert spots(("Ron",), "Ronald and Aaron") == []
    assert spots(("galamsey", "illegal mining"), "against illegal mining") == [
        ("illegal mining", 1.0)
    ]


def test_a_name_without_words_has_no_pattern() -> None:
    assert read_pattern(("", "!?")) is None


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.text(max_size=80))
def test_folding_keeps_offsets(text: str) -> None:
    assert len(fold_text(text)) == len(text)
