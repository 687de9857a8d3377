import pytest

from kgpipe.types import Retrieved
from kgpipe.verify.question import read_question
from kgpipe.verify.stance import read_window
from kgpipe.verify.windows import join_windows, read_sentences
from tests.verify.builders import make_claim

Fact = tuple[str, str, str]
BAN: Fact = ("Convention", "prohibits", "open burning")
AREA: Fact = ("largest footprint", "measures", "176,992 hectares")
GABON: Fact = ("Gabon", "has", "169 footprints")
OYA: Fact = ("Oya", "lies in", "Gabon")


def finding(fact: Fact, text: str, *, language: str = "en", **qualifiers: bool) -> str | None:
    question = read_question(Retrieved(claim=make_claim(fact[0], fact[1], fact[2], **qualifiers)))
    window = join_windows(read_sentences(text, language))
    reading = read_window(window, question, repeated=False)
    return reading and ("hedged " if reading.hedged else "") + reading.finding


@pytest.mark.parametrize(
    ("fact", "text", "expected"),
    [
        (BAN, "The Convention prohibits open burning of amalgam.", "stated"),
        (BAN, "Open burning is prohibited by the Convention.", "stated"),
        (BAN, "The Convention does not prohibit open burning.", "negated"),
        (BAN, "The Convention prohibits not only open burning but also whole ore use.", "stated"),
        (BAN, "The Convention allows open burning.", "opposite"),
        (BAN, "The Convention may prohibit open burning.", "hedged stated"),
        (BAN, "The Convention mentions open burning.", "mentioned"),
        (BAN, "The Convention prohibits cyanide leaching.", None),
        (BAN, "Open burning is prohibited.", None),
        (AREA, "The largest footprint measures 1,769.92 km2.", "stated"),
        (AREA, "The largest footprint measures 17,699 hectares.", "rival_value"),
        (AREA, "The largest footprint does not measure 17,699 hectares.", None),
        (AREA, "The largest footprint measures 600 metres.", None),
        (GABON, "Congo has 208 footprints and Gabon has 169 footprints.", "stated"),
        (GABON, "Congo has 169 footprints and Gabon has 208 footprints.", None),
        (GABON, "Gabon has 208 footprints.", "rival_value"),
        (GABON, "Congo has 208 footprints and so does Gabon.", None),
        (GABON, "Oyem, a town of Gabon, has 12 footprints.", None),
        (GABON, "Togo and Gabon have 106 and 169 footprints respectively.", None),
        (OYA, "Oya lies in Cameroon.", "rival_name"),
        (OYA, "Oya lies in the north.", None),
        (("mercury", "is used in", "mercury amalgamation"), "Mercury amalgamation is used.", None),
    ],
)  # fmt: skip
def test_findings(fact: Fact, text: str, expected: str | None) -> None:
    assert finding(fact, text) == expected


@pytest.mark.parametrize(
    ("fact", "text", "rival"),
    [
        (OYA, "Oya lies in Papua New Guinea, near the coast.", "Papua New Guinea"),
        (OYA, "Oya lies in Gabon.", ""),
        (GABON, "Gabon has 208 footprints.", "208"),
        (AREA, "The largest footprint measures 17,699 hectares.", "17,699 hectares"),
        (BAN, "The Convention allows open burning.", ""),
    ],
)
def test_a_rival_is_read_with_its_words(fact: Fact, text: str, rival: str) -> None:
    question = read_question(Retrieved(claim=make_claim(*fact)))
    reading = read_window(join_windows(read_sentences(text, "en")), question, repeated=False)
    assert reading is not None
    assert reading.rival == rival


def test_ends_or_predicate_far_apart_are_a_mere_mention() -> None:
    filler = "of words that say nothing at all about it " * 4
    assert finding(BAN, f"The Convention prohibits open burning, {filler}.") == "stated"
    assert finding(BAN, f"The Convention prohibits lists {filler} and open burning.") == "mentioned"
    assert finding(BAN, f"Prohibited {filler}, the Convention on open burning.") == "mentioned"
    assert finding(("Oya", "is in", "Gabon"), f"Oya is one {filler} in Gabon.") == "mentioned"


def test_a_negated_claim_agrees_with_a_negated_text() -> None:
    text = "The Convention does not prohibit open burning."
    assert finding(BAN, text, negated=True) == "stated"
    assert finding(BAN, "The Convention prohibits open burning.", negated=True) == "negated"


def test_a_hedged_claim_asks_for_no_certainty() -> None:
    assert finding(BAN, "The Convention may prohibit open burning.", hedged=True) == "stated"


def test_negation_in_spanish() -> None:
    fact = ("Convenio", "prohibe", "quema")
    assert finding(fact, "El Convenio no proh\u00edbe la quema.", language="es") == "negated"


def test_another_year_says_nothing() -> None:
    claim = make_claim("Peru", "exported", "gold", time="2019")
    question = read_question(Retrieved(claim=claim))
    for year, speaks in ((2019, True), (2020, False)):
        (window,) = read_sentences(f"In {year} Peru exported gold.", "en")
        assert (read_window(window, question, repeated=False) is not None) == speaks


def test_a_family_name_counts_where_the_whole_name_stands_elsewhere() -> None:
    fact = make_claim("Anna Kowalska", "founded", "the Mercury Museum")
    question = read_question(Retrieved(claim=fact))
    (window,) = read_sentences("Kowalska founded the Mercury Museum in 1990.", "en")
    assert read_window(window, question, repeated=False) is None
    assert read_window(window, question, repeated=True) is not None
