"""The answer to a question as a list of facts, or that the graph does not hold one."""

from kgpipe.query.answerable import weigh_answer
from kgpipe.query.retrieve import FactIndex, Found
from kgpipe.query.statements import describe_statement
from kgpipe.types import Record

# Below it the facts do not answer: of the development questions of data/ask that were held out, it
# tells four of five that have no answer, and takes one of five that have one for such.
ANSWERS_FROM = 0.47
# Facts that are looked at to tell whether the graph has an answer: those that are shown by default.
_LOOKED_AT = 5
NOT_IN_GRAPH = "Not in the graph."


class Answer(Record):
    """What was found: an answer if `in_graph`, else the facts that come nearest.

    `likelihood` is that of `weigh_answer`.
    """

    question: str
    in_graph: bool
    likelihood: float
    facts: tuple[Found, ...]


def answer_question(question: str, *, index: FactIndex, limit: int = 5) -> Answer:
    """Find the facts that answer a question, and whether they do.

    Args:
        question: in plain words.
        index: of the facts.
        limit: facts at most.
    """
    found = index.find(question, limit=max(limit, _LOOKED_AT))
    likelihood = weigh_answer(question, found[:_LOOKED_AT], index=index)
    return Answer(
        question=question,
        in_graph=likelihood >= ANSWERS_FROM,
        likelihood=likelihood,
        facts=tuple(found[:limit]),
    )


def describe_answer(answer: Answer) -> str:
    """The answer as text; every line ends with a newline."""
    lines = [] if answer.in_graph else [NOT_IN_GRAPH]
    if not answer.in_graph and answer.facts:
        lines.append("The nearest facts, which do not answer it as far as kgpipe can tell:")
    for number, found in enumerate(answer.facts, start=1):
        lines += describe_statement(found.statement, number=number)
    return "".join(f"{line}\n" for line in lines)
