import pytest

from kgpipe.types import Claim
from kgpipe.verify.queries import (
    ask_object,
    ask_rival,
    claim_queries,
    is_verifiable,
    lacks_sentence,
    oppose_predicate,
    spell_predicate,
    verbalise,
    why_unverifiable,
)
from tests.verify.builders import make_claim


def test_a_claim_becomes_a_plain_sentence() -> None:
    claim = make_claim("mercury", "contaminate", "river", negated=True, time="2019")
    assert verbalise(claim) == "mercury not contaminate river 2019"
    assert verbalise(make_claim("a", "b", "c", sentence="As I said.")) == "As I said."


@pytest.mark.parametrize(
    ("predicate", "statement", "question"),
    [
        ("birthPlace", "Ana was born in Lima", "Where was Ana born?"),
        ("found_in", "Ana is found in Lima", "Where is Ana found?"),
        ("populationTotal", "The population total of Ana is Lima",
         "What is the population total of Ana?"),
        ("worksIn", "Ana works In Lima", "Ana works In"),
        ("lives in", "Ana lives in Lima", "Ana lives in"),
    ],
)  # fmt: skip
def test_templates_say_and_ask_a_relation(predicate: str, statement: str, question: str) -> None:
    claim = make_claim("Ana", predicate, "Lima")
    assert (verbalise(claim), ask_object(claim)) == (statement, question)


def test_names_with_braces_fill_a_template_as_they_are() -> None:
    claim = make_claim("{object}", "birthPlace", "{subject}")
    assert verbalise(claim) == "{object} was born in {subject}"


def test_a_negated_claim_is_not_put_into_a_template() -> None:
    assert "not" in verbalise(make_claim("Ana", "birthPlace", "Lima", negated=True))


def test_one_query_leaves_the_object_out() -> None:
    queries = claim_queries(make_claim("Conakry", "is capital of", "Guinea"))
    assert queries == ["Conakry is capital of Guinea", "Conakry is capital of", "Conakry Guinea"]
    asked = claim_queries(make_claim("Ana", "birthPlace", "Lima"))[1]
    assert "Lima" not in asked


def test_one_query_says_the_opposite() -> None:
    assert oppose_predicate("prohibits") == "allow"
    assert claim_queries(make_claim("Peru", "prohibits", "dredges"))[-1] == "Peru allow dredges"
    assert oppose_predicate("flows into") == ""


@pytest.mark.parametrize(
    ("claim", "rival", "expected"),
    [
        (make_claim("Ana", "birthPlace", "Lima"), "Cusco", "Ana was born in Cusco"),
        (make_claim("Ana", "lives in", "Lima", sentence="Ana is at home in Lima.", time="2019"),
         "Cusco", "Ana lives in Cusco 2019"),
        (make_claim("Peru", "exports", "5 t of gold"), "7 t", "Peru exports 7 t of gold"),
        (make_claim("12 camps", "stand in", "Gabon"), "30", "30 camps stand in Gabon"),
        (make_claim("Act 27651", "governs", "mining"), "fishing", "Act 27651 governs fishing"),
        (make_claim("Peru", "has", "5 mines and 7 camps"), "9", "Peru has 9"),
    ],
)  # fmt: skip
def test_a_rival_is_asked_for_in_the_place_of_the_claimed_value(
    claim: Claim, rival: str, expected: str
) -> None:
    assert ask_rival(claim, rival) == expected


def test_a_claim_lacks_a_sentence_where_it_is_said_by_its_parts() -> None:
    assert lacks_sentence(make_claim("Peru", "exports", "gold"))
    assert lacks_sentence(make_claim("Ana", "birthPlace", "Lima", negated=True))
    assert not lacks_sentence(make_claim("Ana", "birthPlace", "Lima"))
    assert not lacks_sentence(make_claim("Peru", "populationTotal", "9"))
    assert not lacks_sentence(make_claim("Peru", "exports", "gold", sentence="It does."))


def test_long_names_are_cut() -> None:
    assert all(len(q) < 700 for q in claim_queries(make_claim("x" * 10_000, "is", "y" * 10_000)))


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "empty_name"), (" ", "empty_name"), ("...", "empty_name"), ("the", "empty_name"),
        ("_:b1", "blank_node"), ("https://example.org/.well-known/genid/3", "blank_node"),
        ("https://example.org/x", "bare_address"), ("urn:isbn:1", "bare_address"),
        ("Paora_Winitana__1", "formatting_residue"), ("Unknown", "placeholder"),
        ("N/A", "placeholder"), ("Peru", ""), ("\u0627\u0644\u0632\u0626\u0628\u0642", ""),
        ("=2+5", ""), ("$E=mc^2$", ""),
    ],
)  # fmt: skip
def test_names_that_no_text_mentions_are_not_searched_for(name: str, reason: str) -> None:
    claim = make_claim(name, "exports", "gold")
    assert why_unverifiable(claim) == why_unverifiable(make_claim("gold", "sold by", name))
    assert why_unverifiable(claim) == reason
    assert is_verifiable(claim) is not bool(reason)
    assert bool(claim_queries(claim)) is not bool(reason)


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        (("ACTO", "works with", "works with"), "vacuous"),
        (("Peru", "is part of", "PERU"), "same_ends"),
        (("Peru", "...", "gold"), "empty_predicate"),
    ],
)
def test_statements_that_say_nothing_are_not_searched_for(
    parts: tuple[str, str, str], reason: str
) -> None:
    assert why_unverifiable(make_claim(*parts)) == reason


def test_predicates_are_spelled_out() -> None:
    assert spell_predicate("birthPlace") == "birth Place"
    assert spell_predicate("is_part  of") == "is part of"
