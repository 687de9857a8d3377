from kgpipe.types import Quantity, Retrieved
from kgpipe.verify.question import is_answerable, read_question
from tests.verify.builders import make_claim


def test_predicate_words_and_polarity() -> None:
    question = read_question(Retrieved(claim=make_claim("a mine", "does not lie in", "Peru")))
    assert (question.predicate, question.link, question.negated) == (("lie",), "in", True)
    double = make_claim("a mine", "does not lie in", "Peru", negated=True)
    assert not read_question(Retrieved(claim=double)).negated


def test_what_a_number_counts_is_no_name_to_be_met_again() -> None:
    object_ = read_question(Retrieved(claim=make_claim("Ghana", "has", "3,747 footprints"))).object
    assert object_.names == ()
    assert object_.amounts[0].values[0] == 3747
    part = read_question(Retrieved(claim=make_claim("mines", "take", "47 per cent of the land")))
    assert [name.words for name in part.object.names] == [("land",)]


def test_a_bare_number_counts_what_the_predicate_names() -> None:
    question = read_question(Retrieved(claim=make_claim("Ghana", "number of footprints", "3747")))
    assert question.object.amounts[0].nouns == {"number", "footprint"}


def test_the_claims_quantity_and_time() -> None:
    quantity = Quantity(value=5, unit="tonnes")
    claim = make_claim("Peru", "used", "mercury", quantity=quantity, time="in May 2019")
    question = read_question(Retrieved(claim=claim))
    assert question.object.amounts[0].values == (5_000_000.0,)
    assert question.years == {2019}


def test_aliases_are_names_of_their_end() -> None:
    retrieved = Retrieved(claim=make_claim("ASGM", "uses", "Hg"), aliases={"o": ("mercury", "Hg")})
    question = read_question(retrieved)
    assert [name.words for name in question.object.names] == [("hg",), ("mercury",)]
    assert is_answerable(question)
    assert not is_answerable(read_question(Retrieved(claim=make_claim("the", "uses", "Hg"))))
