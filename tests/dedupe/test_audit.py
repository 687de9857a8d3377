from kgpipe.decisions import Decision
from kgpipe.types import Evidence, Merge, Span
from tests.dedupe.decided import facts_of, resolve


def _merge(left: str, right: str, *decisions: Decision) -> Merge:
    facts = facts_of([left, right])
    quote = Evidence(span=Span(document_id="d1", start=0, end=1), quote="x")
    facts[-1] = facts[-1].model_copy(update={"evidence": quote})
    [merge] = resolve(facts, *decisions).merges
    return merge


def test_an_alias_shows_how_unlike_the_names_are() -> None:
    merge = _merge("Hg", "mercury")
    assert (merge.reason, merge.left, merge.right) == ("alias", "mercury", "Hg")
    assert merge.cosine is not None
    assert merge.cosine < 0.8
    assert merge.against == ("only left: mercury", "only right: hg", "no document names both")
    assert (merge.left_mentions, merge.right_mentions) == (2, 2)


def test_the_example_of_a_name_has_a_quote_if_any_has() -> None:
    merge = _merge("Hg", "mercury")
    assert merge.left_triple == "mercury/be found near"
    assert merge.right_triple == "Hg/be found near"


def test_similar_names_show_the_cosine_that_joined_them() -> None:
    merge = _merge("mercury production", "production of mercury")
    assert merge.reason == "similar"
    assert merge.cosine == merge.score


def test_one_form_has_no_cosine_but_its_capitals() -> None:
    merge = _merge("GOLD", "gold")
    assert (merge.cosine, merge.string_similarity) == (None, 1.0)
    assert merge.against == ("one in capitals",)


def test_what_a_person_joins_keeps_the_machines_doubts() -> None:
    merge = _merge("Ghana", "Guyana", Decision(left="Ghana", right="guyana", same=True))
    assert merge.reason == "decided"
    assert "both listed in a table" in merge.against
    numbers = _merge("5 t of gold", "6 t of gold",
                     Decision(left="5 t of gold", right="6 t of gold", same=True))  # fmt: skip
    assert "other numbers" in numbers.against
