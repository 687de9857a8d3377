import pytest

from tests.backends.embedded_parser import extractor, triples


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("He was re-elected in Peru.", "re-elected"),
        ("A sub-prefecture of Guinea grew.", "sub-prefecture"),
        ("Mercury has the number 7439-92-1 there.", "7439-92-1"),
        ("Artisanal and small-scale mining grew.", "Artisanal and small-scale"),
        ("Amazon Mining Watch (AMW) maps mines.", "Watch (AMW)"),
        ("Mercury (Hg) is a metal.", "Mercury (Hg)"),
    ],
)
def test_one_word_is_one_token(text: str, word: str) -> None:
    doc = extractor()._language(text)
    assert word in [token.text for token in doc]
    assert doc.text == text


@pytest.mark.parametrize("text", ["A 20-year plan ended.", "Ghana (a republic) sells gold."])
def test_other_hyphens_and_brackets_stay_apart(text: str) -> None:
    assert not [t for t in extractor()._language(text) if len(t.text) > 8]


def test_acronym_leaves_the_long_form_as_the_name() -> None:
    text = "Amazon Mining Watch (AMW) maps gold mines."
    assert triples(text) == {("Amazon Mining Watch", "map", "gold mines")}


def test_stand_in_reaches_a_word_with_its_symbol() -> None:
    doc = extractor()._language("Mercury (Hg) is a metal.")
    assert doc[0].norm_ == "gold"
    assert doc[0].lemma_ == "mercury"
