import pytest

from kgpipe.backends.embedded_subjects import described_by
from tests.backends.embedded_parser import extractor, triples


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Nickel is a hard metal that resists rust.", ("Nickel", "resist", "rust")),
        (
            "Changes in the price of oil that harm farmers are rare.",
            ("Changes in the price of oil", "harm", "farmers"),
        ),
        (
            "The disposal of harmful goods that are stored in Togo costs money.",
            ("harmful goods", "be stored in", "Togo"),
        ),
        (
            "Peru adopted the guidance, taking into account the social costs.",
            ("Peru", "take into account", "social costs"),
        ),
        ("Using new nets, Togo catches more fish.", ("Togo", "use", "new nets")),
    ],
)
def test_whom_a_reader_takes_for_the_subject(text: str, expected: tuple[str, str, str]) -> None:
    assert expected in triples(text)


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("Subtracting exports from output, net demand exceeded 5 tonnes.", "subtract"),
        ("Using satellite images, the area was mapped by Peru.", "use"),
        ("The output of the mines is estimated using two models.", "use"),
        ("The availability of safe pumps, taking into account the social costs.", "take"),
    ],
)
def test_dangling_participle_has_no_subject(text: str, verb: str) -> None:
    assert not [predicate for _, predicate, _ in triples(text) if verb in predicate.split()]


@pytest.mark.parametrize(
    ("sentence", "word", "described"),
    [
        ("Nickel is a hard metal.", "metal", "Nickel"),
        ("Nickel is not a soft metal.", "metal", None),
        ("Lima is the capital.", "capital", None),
        ("Nickel resists a hard metal.", "metal", None),
    ],
)
def test_what_an_attribute_describes(sentence: str, word: str, described: str | None) -> None:
    head = next(t for t in extractor()._language(sentence) if t.text == word)
    thing = described_by(head)
    assert (thing and thing.text) == described
