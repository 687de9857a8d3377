import pytest

from kgpipe.backends.embedded_content import is_pointer, specifiers, tells_nothing
from tests.backends.embedded_parser import extractor, triples


@pytest.mark.parametrize(
    ("sentence", "word", "text", "pointer"),
    [
        ("The amount fell.", "amount", "amount", True),
        ("The relevant paragraph fell.", "paragraph", "relevant paragraph", True),
        ("The amount of copper fell.", "amount", "amount of copper", False),
        ("The price fell.", "price", "price", False),
        ("The price fell.", "price", "b", True),
        ("The price fell.", "price", "a)(1", True),
        ("The price fell.", "price", "bank's) 2013", True),
        ("The price fell.", "price", "others", True),
        ("The price fell.", "price", "section 3(a)", False),
    ],
)
def test_pointer(sentence: str, word: str, text: str, pointer: bool) -> None:
    head = next(t for t in extractor()._language(sentence) if t.text == word)
    assert is_pointer(head, text) is pointer


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("The clerk keeps the register.", True),
        ("Registers are kept in the archive.", True),
        ("Bricks contain clay.", False),
        ("The clerk keeps the public register.", False),
        ("A kiln is an oven.", False),
        ("A kiln is an oven that dries clay.", True),
        ("Some donors pay for these pumps of Togo.", False),
    ],
)
def test_two_bare_nouns_say_something_of_kinds_only(sentence: str, expected: bool) -> None:
    doc = extractor()._language(sentence)
    subject = next(t for t in doc if t.dep_.startswith("nsubj"))
    target = next(t for t in doc if t.i > subject.i and t.dep_ in {"dobj", "attr", "pobj"})
    assert tells_nothing(subject, target.head.lemma_, target) is expected


def test_vague_words_specify_nothing() -> None:
    doc = extractor()._language("Various other Asian countries buy several pumps.")
    words = {t.text: [s.text for s in specifiers(t)] for t in doc if t.tag_ == "NNS"}
    assert words == {"countries": ["other", "Asian"], "pumps": []}


def test_an_empty_statement_is_left_out() -> None:
    assert triples("The clerk keeps the register.") == set()
    assert triples("Peru sets the amount.") == set()
    assert ("clerk", "keep", "public register") in triples("The clerk keeps the public register.")
