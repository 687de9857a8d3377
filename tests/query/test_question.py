import pytest

from kgpipe.query.question import leave_out, offers, read_question
from kgpipe.types import Kind
from tests.query.made import WORLD, name_index, state


@pytest.mark.parametrize(
    ("text", "wants"),
    [
        ("How many footprints does Togo have?", {"quantity"}),
        ("¿Cuántas pistas hay?", {"quantity"}),
        ("In which year was the camp founded?", {"date"}),
        ("Who runs Pedra Clara?", {"person", "organisation"}),
        ("Where is the camp?", {"place", "site"}),
        ("And from whom does the camp buy mercury?", {"person", "organisation"}),
        ("Who counted the strips, and when?", {"person", "organisation", "date"}),
        ("What does a gram of gold cost?", {"quantity"}),
        ("Which rivers are polluted?", {"place", "site"}),
        ("Do the figures count people who fall ill, or places where nobody digs?", set()),
        ("What is mercury?", set()),
    ],
)
def test_the_kind_of_answer_is_read_off_the_question(text: str, wants: set[Kind]) -> None:
    assert read_question(text, name_index()).wants == wants


def test_words_leave_out_what_asks() -> None:
    question = read_question("How many footprints does Togo have?", name_index())
    assert question.words == ("footprint", "togo")
    assert set(question.entities.values()) == {"togo"}


def test_a_fact_offers_amounts_times_and_places() -> None:
    [togo] = [one for one in WORLD if one.object == "106 footprints"]
    assert offers(togo, frozenset({"quantity"})) == 1
    assert offers(togo, frozenset({"date"})) == 0
    assert offers(togo, frozenset()) == 0.5
    dated = state("law", "ban", "cyanide", "The law bans cyanide.", time="2019", place="Peru")
    assert offers(dated, frozenset({"date"})) == offers(dated, frozenset({"place"})) == 1


def test_names_are_left_out_with_their_article() -> None:
    parts = frozenset({"pedra clara camp", "togo"})
    assert leave_out("Who runs the Pedra Clara camp?", parts) == "Who runs it"
    assert leave_out("Togo has 106 footprints.", parts) == "it has 106 footprints"
