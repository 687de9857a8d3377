import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgpipe.text.tokens import are_related, content_tokens, fold, singular, stop_words, tokenize


def forms(text: str) -> list[str]:
    return [token.form for token in tokenize(text)]


def test_numbers_stay_whole_and_negations_stand_alone() -> None:
    assert forms("It doesn't cover 1,221.5 ha; can\u2019t") == [
        "it", "does", "n't", "cover", "1,221.5", "ha", "ca", "n't",
    ]  # fmt: skip


def test_accents_case_and_width_are_folded() -> None:
    assert forms("Bétaré-Oya MERCÚRIO \uff12\uff10") == ["betare", "oya", "mercurio", "20"]
    assert fold("Ⅳ") == "iv"


@given(st.text(max_size=200))
@settings(derandomize=True, deadline=None, max_examples=100)
def test_tokens_are_ordered_disjoint_and_inside_the_text(text: str) -> None:
    end = 0
    for token in tokenize(text):
        assert end <= token.start < token.end <= len(text)
        end = token.end


@pytest.mark.parametrize(
    ("plural", "expected"),
    [
        ("footprints", "footprint"), ("countries", "country"), ("losses", "loss"),
        ("gas", "gas"), ("minas", "mina"), ("status", "status"), ("analysis", "analysis"),
        ("oxes", "ox"), ("its", "its"),
    ],
)  # fmt: skip
def test_plurals(plural: str, expected: str) -> None:
    assert singular(plural) == expected


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("contaminate", "contamination"), ("use", "used"), ("produced", "producing"),
        ("mine", "mines"),
    ],
)  # fmt: skip
def test_related_words(left: str, right: str) -> None:
    assert are_related(left, right)
    assert are_related(right, left)


@pytest.mark.parametrize(
    ("left", "right"), [("import", "export"), ("cost", "coast"), ("use", "useless"), ("in", "ing")]
)
def test_unrelated_words(left: str, right: str) -> None:
    assert not are_related(left, right)


def test_function_words_are_dropped_and_negations_kept() -> None:
    assert [token.form for token in content_tokens("The mine is not in the park")] == [
        "mine", "not", "park",
    ]  # fmt: skip
    assert not stop_words() & {"no", "not", "never", "sin", "nao"}
    assert "ella" in stop_words("es") - stop_words("en")
    assert stop_words("en") < stop_words()
    assert stop_words("xx") == frozenset()
