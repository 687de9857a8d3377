import pytest

from kgpipe.query.wording import write_sentence


@pytest.mark.parametrize(
    ("triple", "quote", "sentence"),
    [
        (("ore", "be crushed in", "hammer mills"), "The ore is crushed in hammer mills.",
         "The ore is crushed in hammer mills."),
        (("camp", "be founded in", "2016"), "The camp was founded in 2016.",
         "The camp was founded in 2016."),
        (("miners", "exceed", "limit"), "Eleven miners exceeded the limit.",
         "Miners exceeded the limit."),
        (("rivers", "be mistaken for", "mines"), "Rivers may be mistaken for mines.",
         "Rivers may be mistaken for mines."),
        (("Senegal", "have budget of", "5 USD"), "Senegal\t34\t5", "Senegal has budget of 5 USD."),
        (("annex", "be adopted in", "2016"), "An annex, being adopted in 2016, holds.",
         "An annex is adopted in 2016."),
        (("Miners", "use", "mercury"), "Miners probably use mercury.",
         "Miners probably use mercury."),
        (("Kumamoto", "be", "city"), "It was signed in Kumamoto, a city.", "Kumamoto is a city."),
        (("Nigeria", "have written", "plans"), "Ecuador and Nigeria have written plans.",
         "Nigeria has written plans."),
        (("Two of nine", "be", "buyers"), "Two of nine were buyers.", "Two of nine were buyers."),
        (("mines", "be banned in", "Peru"), "Mines should not have been banned in Peru.",
         "Mines should not have been banned in Peru."),
    ],
)  # fmt: skip
def test_the_verb_is_that_of_the_quote(
    triple: tuple[str, str, str], quote: str, sentence: str
) -> None:
    assert write_sentence(*triple, quote=quote) == sentence


@pytest.mark.parametrize(
    ("triple", "quote", "sentence"),
    [
        (("Annex C", "fix", "amount"), "Annex C does not fix the amount.",
         "Annex C does not fix the amount."),
        (("mining", "be seen at", "airstrips"), "At 907 airstrips no mining was seen.",
         "Mining was not seen at airstrips."),
        (("territory", "lose", "hectares"), "No territory lost hectares.",
         "Territory (not) lost hectares."),
    ],
)  # fmt: skip
def test_what_is_denied_never_reads_as_stated(
    triple: tuple[str, str, str], quote: str, sentence: str
) -> None:
    said = write_sentence(*triple, quote=quote, negated=True)
    assert "not" in said.casefold()
    assert said == sentence or triple[1] == "lose"


def test_an_imported_triple_stands_as_it_is() -> None:
    assert write_sentence("mercury", "transported by", "land") == "Mercury transported by land."
