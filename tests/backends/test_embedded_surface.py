import pytest

from kgpipe.backends.embedded_extractor import EmbeddedExtractor, extractor_name
from kgpipe.types import Chunk
from tests.backends.embedded_parser import extractor


def surface(text: str) -> list[tuple[str, str, str]]:
    (found,) = extractor().read_surface([text])
    return [tuple(triple) for triple in found]  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "He became a justice of the High Court of Ghana.",
            [
                ("He", "became", "a justice of the High Court of Ghana"),
                ("He", "became a justice of", "the High Court of Ghana"),
                ("He", "became a justice of the High Court of", "Ghana"),
            ],
        ),
        (
            "Peru and Chile were visited in 1993.",
            [("Peru", "were visited in", "1993"), ("Chile", "were visited in", "1993")],
        ),
        (
            "They did not sell the gold to them.",
            [("They", "did not sell", "the gold"), ("They", "did not sell the gold to", "them")],
        ),
        (
            "The gold was sold in honor of the king.",
            [("The gold", "was sold in honor of", "the king")],
        ),
        (
            "Villagers were able to defeat the attack.",
            [("Villagers", "were able to defeat", "the attack")],
        ),
        (
            "The river polluted by mercury was closed two years later.",
            [
                ("The river", "polluted by", "mercury"),
                ("The river", "was closed", "two years later"),
            ],
        ),
        (
            "The boats were repaired and sold to traders.",
            [("The boats", "were sold to", "traders")],
        ),
        (
            "She gave a speech after visiting the mine.",
            [("She", "gave", "a speech"), ("She", "gave a speech after visiting", "the mine")],
        ),
    ],
)
def test_readings(text: str, expected: list[tuple[str, str, str]]) -> None:
    assert surface(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The tools that she used were old.", ("she", "used", "The tools")),
        ("The fund uses fees to select grants.", ("The fund", "uses fees to select", "grants")),
        ("He died after giving a speech in Lima.", ("He", "died after giving", "a speech")),
        ("Mining lasted from 1970 to 1985.", ("Mining", "lasted to", "1985")),
        ("The firm said it sold the mine.", ("The firm", "said", "it sold the mine")),
        (
            "She said that prices fell and that miners left.",
            ("She", "said", "that prices fell"),
        ),
        ("The share rose to $ 58 a share.", ("The share", "rose to", "$ 58 a share")),
        ("There is no gold in Peru.", ("There", "is no gold in", "Peru")),
        ("The band released “Sahara” in Mali.", ("The band", "released", "Sahara")),
        ("Because of rain, the mine closed.", ("the mine", "closed Because of", "rain")),
    ],
)
def test_one_of_the_readings(text: str, expected: tuple[str, str, str]) -> None:
    assert expected in surface(text)


@pytest.mark.parametrize(
    "text", ["The mine closed for example.", "As a result, the mine closed.", "Gold prices."]
)
def test_no_argument(text: str) -> None:
    assert surface(text) == []


def test_no_triple_is_given_twice() -> None:
    found = surface("The mine closed in 1993, and the mine closed in 1993.")
    assert len(set(found)) == len(found)


def test_as_an_extractor_it_quotes_and_turns_negation_into_a_field() -> None:
    text = "Mercury is sold.  The council did not ban cyanide in 2019."
    chunk = Chunk(id="c", document_id="d", start=0, end=len(text), text=text, language="en")
    found = EmbeddedExtractor(surface=True).extract(chunk)
    ban = next(candidate for candidate in found if candidate.object == "cyanide")
    assert (ban.subject, ban.predicate, ban.negated) == ("The council", "did ban", True)
    assert ban.quote == text[ban.start : ban.end] == "The council did not ban cyanide in 2019."
    assert not any(c.negated for c in found if c.subject == "Mercury")


def test_the_two_readings_have_names_of_their_own() -> None:
    assert extractor_name(surface=True) != extractor_name()
