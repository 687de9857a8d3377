import pytest

from kgpipe.query.answerable import read_signals, weigh_answer
from tests.query.made import fact_index, state

INDEX = fact_index()
ASKED = "What is the population of Togo?"
ANSWERED = "How many footprints does Togo have?"


def likelihood(question: str) -> float:
    return weigh_answer(question, INDEX.find(question), index=INDEX)


def test_a_question_that_a_fact_answers_is_likelier_to_be_answered() -> None:
    assert 0 < likelihood(ASKED) < likelihood(ANSWERED) < 1


def test_nothing_found_answers_nothing() -> None:
    assert weigh_answer(ASKED, [], index=INDEX) == 0


def test_it_does_not_matter_which_name_both_share() -> None:
    apart = set()
    for name in ("Togo", "Benin"):
        index = fact_index((state(name, "have", "106 footprints", f"{name} has 106 footprints."),))
        asked = ASKED.replace("Togo", name)
        apart.add(read_signals(asked, index.find(asked), index=index).apart)
    assert len(apart) == 1


@pytest.mark.parametrize("question", ["?!", "zzz qqq"])
def test_words_that_the_graph_lacks_are_unlikely_to_be_answered(question: str) -> None:
    assert likelihood(question) < likelihood(ANSWERED)
