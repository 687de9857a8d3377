import pytest

from kgpipe.text.said import said_words, share_said

SAID = said_words("Los mineros vendieron 1,250,000 gramos de oro en Itaituba, says the Ministry.")


@pytest.mark.parametrize(
    ("name", "share"),
    [
        ("mineros", 1.0),
        ("el minero", 1.0),
        ("1250000 gramos", 1.0),
        ("1 250 000 gramos", 1.0),
        ("250 gramos", 0.5),
        ("ORO de Itaituba", 1.0),
        ("oro en Bolivia", 0.5),
        ("en Bolivia", 0.0),
        ("unknown", 0.0),
        ("the", 1.0),
        ("", 0.0),
        ("...", 0.0),
    ],
)
def test_the_share_of_content_words_counts(name: str, share: float) -> None:
    assert share_said(name, SAID) == share


def test_a_word_may_stand_in_a_run_without_blanks() -> None:
    assert share_said("汞", said_words("矿工使用汞")) == 1.0
    assert share_said("金", said_words("矿工使用汞")) == 0.0
