import pytest

from kgpipe.backends.embedded_predicates import is_passive, is_predicate, predicate_text
from tests.backends.embedded_parser import extractor, triples


@pytest.mark.parametrize(
    ("text", "verb", "expected"),
    [
        ("Peru has banned mercury.", "banned", "ban"),
        ("Miners are using mercury.", "using", "use"),
        ("Miners may use mercury.", "use", "use"),
        ("Mercury is used by miners.", "used", "be used"),
        ("The army carried out raids.", "carried", "carry out"),
        ("The project aims to reduce emissions.", "reduce", "aim to reduce"),
        ("The mine appears to pollute rivers.", "pollute", "pollute"),
        ("The mine is likely to pollute groundwater.", "pollute", "pollute"),
        ("Mercury is used to extract gold.", "extract", "be used to extract"),
        ("It requires parties to develop plans.", "develop", "require parties to develop"),
        ("Traders bought boats to carry gold.", "carry", "carry"),
    ],
)
def test_predicate(text: str, verb: str, expected: str | None) -> None:
    token = next(t for t in extractor()._language(text) if t.text == verb)
    assert is_predicate(token)
    assert predicate_text(token) == expected


def test_conjunct_shares_the_passive_and_the_subject() -> None:
    doc = extractor()._language("The amalgam is heated and sold to traders.")
    assert is_passive(next(t for t in doc if t.text == "sold"))
    assert ("amalgam", "be sold to", "traders") in triples(doc.text)


def test_auxiliaries_are_no_predicates() -> None:
    doc = extractor()._language("Peru has been buying gold.")
    assert [t.text for t in doc if is_predicate(t)] == ["buying"]


def test_participle_takes_the_subject_of_the_clause() -> None:
    text = "Miners mix mercury with ore, forming an amalgam."
    assert ("Miners", "form", "amalgam") in triples(text)


def test_noun_before_a_verb_is_its_subject_and_not_the_object_before() -> None:
    text = "Benin has 128 mines and Togo has 106 mines."
    assert triples(text) == {("Benin", "have", "128 mines"), ("Togo", "have", "106 mines")}


def test_object_before_a_verb_without_a_subject_of_its_own_stays_an_object() -> None:
    found = triples("Traders sell gold and silver and buy mercury.")
    assert {("Traders", "sell", "silver"), ("Traders", "buy", "mercury")} <= found


def test_participle_that_the_parser_took_for_a_verb() -> None:
    found = triples("Quarries, cleared farmland and abandoned workings can be mistaken for mines.")
    assert ("Quarries", "clear", "farmland") not in found


def test_part_of_a_set_is_a_subject() -> None:
    found = triples("Most of the miners live in Peru.")
    assert found == {("Most of the miners", "live in", "Peru")}


def test_joined_infinitives_share_their_marker() -> None:
    found = triples("Traders try to buy and sell gold.")
    assert ("Traders", "try to sell", "gold") in found


@pytest.mark.parametrize(
    ("text", "predicate"),
    [
        ("Some traders illegally export wood.", "illegally export"),
        ("Wood was illegally exported from Peru.", "be illegally exported from"),
        ("Some traders openly export wood.", "export"),
        ("Once Peru bought wood, Togo sold boats.", "buy"),
        ("Zinc output was accounted for by China.", "be accounted for by"),
        ("The lands were mapped by Peru and given legal protection.", "be given"),
    ],
)
def test_words_that_change_the_predicate(text: str, predicate: str) -> None:
    assert predicate in {found for _, found, _ in triples(text)}
