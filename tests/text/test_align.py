import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgpipe.text.align import _fold, _fold_any, find_quote

TEXT = (
    "Mercury is  used\nby small-\nscale miners. \u201cThe ﬁrst mine\u201d \u2013 in Perú \u2013 "
    "was illegal; the Mine\u2019s out-\nput fell. Goldsmiths met. gold rose."
)


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ("Mercury is used by", "Mercury is  used\nby"),
        ("  used by small-scale miners.", "used\nby small-\nscale miners."),
        ("smallscale miners", "small-\nscale miners"),
        ('"The first mine" - in', "\u201cThe ﬁrst mine\u201d \u2013 in"),
        (unicodedata.normalize("NFD", "Perú"), "Perú"),
        ("the mine's output", "the Mine\u2019s out-\nput"),
        ("gold", "gold"),
        ("GOLD ROSE", "gold rose"),
        ("irst mine", None),
        ("Per", None),
        ("Peru", None),
        ("smiths", None),
        ("is used with", None),
        ("Mercuryis", None),
        (" ", None),
    ],
)
def test_find_quote(quote: str, found: str | None) -> None:
    span = find_quote(TEXT, quote)
    assert (span and TEXT[span[0] : span[1]]) == found


def test_same_case_is_preferred_and_the_window_is_kept() -> None:
    text = "Gold is gold and gold."
    assert find_quote(text, "gold") == (8, 12)
    assert find_quote(text, "gold", start=9) == (17, 21)
    assert find_quote(text, "gold", start=9, end=20) is None
    assert find_quote(text, "and", end=10) is None


words = st.lists(st.sampled_from(["oro", "ﬁn", "é", "e\u0301", "(Hg)", "x-y", "ß", "«a»", "5%"]))


@given(words, words.filter(bool), words)
@settings(derandomize=True, deadline=None, max_examples=200)
def test_any_retyping_of_a_run_of_words_is_found(
    before: list[str], quoted: list[str], after: list[str]
) -> None:
    text = "  \n".join([*before, *quoted, *after])
    quote = unicodedata.normalize("NFKC", " ".join(quoted)).replace("«", '"').replace("»", '"')
    span = find_quote(text, quote)
    assert span is not None
    retyped = unicodedata.normalize("NFKD", " ".join(text[span[0] : span[1]].split()))
    assert retyped == unicodedata.normalize("NFKD", " ".join(quoted))


@given(st.text(max_size=40), st.text(max_size=5))
@settings(derandomize=True, deadline=None, max_examples=300)
def test_spans_are_valid_for_any_text(text: str, quote: str) -> None:
    span = find_quote(text, quote)
    if span is not None:
        assert 0 <= span[0] < span[1] <= len(text)


def test_time_grows_with_the_length_only() -> None:
    # A search that restarts at each repetition would take minutes here.
    assert find_quote("a-\n" * 100_000, "a- b") is None


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.text(alphabet="aB9 -\n\t.\x1c", max_size=30), st.booleans(), st.booleans())
def test_the_fast_way_folds_as_the_general_one(
    text: str, casefold: bool, keep_hyphen: bool
) -> None:
    assert _fold(text, casefold, keep_hyphen) == _fold_any(text, casefold, keep_hyphen)
