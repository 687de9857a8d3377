import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgpipe.text.sentences import split_sentences


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("en", ["Él vio 😀 oro.", "The mine closed."]),
        ("en", ["Gold went to EE. UU. in 2010.", "It came back."]),
        ("es", ["Compró oro en EE. UU. en 2010.", "Luego lo vendió."]),
        ("es", ["Según el art. 5 y Pérez et al. (2010), no hay mercurio.", "¿Quién lo dijo?"]),
        ("es", ["Recibió Bs. 2.963.338 del fondo.", "Fue mucho."]),
        ("en", ["It is non-U. S. gold, says J. R. Smith.", "He knows."]),
        ("en", ["1. Introduction of the report.", "Mercury is used."]),
        ("en", ["See Fig. 3 for details.", "Dr. Smith agreed."]),
        ("pt", ["O garimpo usa mercúrio.", "A lei nº. 7.805 proíbe."]),
    ],
)
def test_split_sentences(language: str, sentences: list[str]) -> None:
    text = "  " + " ".join(sentences) + "\n"
    assert [text[start:end] for start, end in split_sentences(text, language)] == sentences


def test_a_sentence_never_crosses_a_paragraph() -> None:
    text = "1.\n\nMining\n\nand gold"
    assert [text[a:b] for a, b in split_sentences(text, "en")] == ["1.", "Mining", "and gold"]


@given(st.text(st.sampled_from("aéÑ😀. \n?A1(){}\u200b\u0301¿\r\t\"'»。"), max_size=60))
@settings(derandomize=True, deadline=None, max_examples=300)
def test_spans_are_ordered_trimmed_and_hold_all_that_is_not_blank(text: str) -> None:
    position = 0
    for start, end in split_sentences(text, "es"):
        assert position <= start < end <= len(text)
        assert not text[position:start].strip()
        assert text[start:end] == text[start:end].strip()
        position = end
    assert not text[position:].strip()
