import pytest

from kgpipe.verify.queries import claim_queries, is_verifiable, spell_predicate, verbalise
from tests.verify.builders import make_claim


def test_a_claim_becomes_a_plain_sentence() -> None:
    claim = make_claim("mercury", "contaminate", "river", negated=True, time="2019")
    assert verbalise(claim) == "mercury not contaminate river 2019"
    assert verbalise(make_claim("a", "b", "c", sentence="As I said.")) == "As I said."


def test_one_query_leaves_the_object_out() -> None:
    queries = claim_queries(make_claim("Conakry", "is capital of", "Guinea"))
    assert queries == ["Conakry is capital of Guinea", "Conakry is capital of", "Conakry Guinea"]


def test_long_names_are_cut() -> None:
    assert all(len(q) < 700 for q in claim_queries(make_claim("x" * 10_000, "is", "y" * 10_000)))


@pytest.mark.parametrize("name", ["", " ", "...", "_:b1", "https://example.org/x", "the"])
def test_names_that_no_text_mentions_are_not_searched_for(name: str) -> None:
    assert not is_verifiable(make_claim(name, "exports", "gold"))
    assert claim_queries(make_claim("gold", "is exported by", name)) == []


def test_predicates_are_spelled_out() -> None:
    assert spell_predicate("birthPlace") == "birth Place"
    assert spell_predicate("is_part  of") == "is part of"
