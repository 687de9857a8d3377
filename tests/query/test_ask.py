from kgpipe.query.ask import NOT_IN_GRAPH, Answer, answer_question, describe_answer
from tests.query.made import fact_index

INDEX = fact_index()


def test_an_answer_lists_facts_with_quotes() -> None:
    answer = answer_question("How many footprints does Togo have?", index=INDEX, limit=2)
    assert len(answer.facts) == 2
    text = describe_answer(answer.model_copy(update={"in_graph": True}))
    assert text.startswith(" 1. Togo has 106 footprints.\n    approved; a.pdf, page 1:")


def test_what_is_not_there_is_said_before_the_nearest_facts() -> None:
    answer = answer_question("zzz qqq xxx", index=INDEX)
    assert not answer.in_graph
    assert describe_answer(answer).startswith(f"{NOT_IN_GRAPH}\nThe nearest facts")


def test_an_empty_graph_has_no_answer() -> None:
    answer = answer_question("Who?", index=fact_index(()))
    assert answer == Answer(question="Who?", in_graph=False, likelihood=0.0, facts=())
    assert describe_answer(answer) == f"{NOT_IN_GRAPH}\n"
