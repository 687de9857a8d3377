"""Tells whether the facts that were found answer a question, or are only about the same things.

"What is the population of Togo?" is near to every fact about Togo. So three things are weighed
against each other by a logistic regression:

- how near what is asked is to what is stated, once the names that the question holds are "it";
- how high the best fact is ranked, which counts words, synonyms and the kind of answer;
- how near any fact at all is to the whole question. A question on a topic that the graph is full
  of is near to something anyway, so this one counts against an answer.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from kgpipe.query.question import Question, leave_out, read_question
from kgpipe.query.retrieve import FactIndex, Found
from kgpipe.query.statements import Statement

# Fitted on all development questions of data/ask, both sorts weighing the same (scikit-learn's
# LogisticRegression, C=1, on standardised values); docs/asking.md has what held-out ones give.
_APART, _SCORE, _TOPIC, _CONSTANT = 7.5, 15.0, -6.3, -7.4


class Signals(NamedTuple):
    """What tells: two cosines (`apart`, `topic`) and the score of the best fact."""

    apart: float
    score: float
    topic: float


def weigh_answer(text: str, found: Sequence[Found], *, index: FactIndex) -> float:
    """How likely it is that the facts answer, from 0 to 1, where both sorts are as frequent.

    Args:
        text: the question.
        found: the facts that rank highest for it.
        index: where they were found.
    """
    if not found:
        return 0.0
    signals = read_signals(text, found, index=index)
    odds = _APART * signals.apart + _SCORE * signals.score + _TOPIC * signals.topic + _CONSTANT
    return round(1 / (1 + math.exp(-odds)), 3)


def read_signals(text: str, found: Sequence[Found], *, index: FactIndex) -> Signals:
    """The values that `weigh_answer` weighs; `found` must not be empty."""
    question = read_question(text, index.names)
    facts = [_without_names(one.statement, question) for one in found]
    asked = leave_out(question.asked, question.proper)
    vectors = index.embedder.embed([asked, *facts, question.asked])
    return Signals(
        apart=float((vectors[1:-1] @ vectors[0]).max()),
        score=max(one.score for one in found),
        topic=float((index.sentences @ vectors[-1]).max()),
    )


def _without_names(statement: Statement, question: Question) -> str:
    """Sentence and quote with "it" for the ends that the question names, by whichever names."""
    text = f"{statement.sentence} {statement.quotes[0].text}".rstrip()
    for end, name in (
        (statement.subject_id, statement.subject),
        (statement.object_id, statement.object),
    ):
        if question.entities.get(end) in question.proper:
            text = _replace(text, name, "it")
    return leave_out(text, question.proper)


def _replace(text: str, name: str, other: str) -> str:
    """`text` with `other` in the place of the first `name`, whatever its case."""
    at = text.casefold().find(name.casefold())
    return text if at < 0 else text[:at] + other + text[at + len(name) :]
