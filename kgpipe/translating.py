"""A question in plain words as a query: a language model writes it, the query port runs it."""

from collections.abc import Callable
from typing import NamedTuple

from kgpipe.answer import answer_sparql
from kgpipe.answer_cypher import answer_cypher
from kgpipe.asking import index_facts, wire_asked
from kgpipe.errors import KgpipeError, ServiceError
from kgpipe.pipeline import load_graph
from kgpipe.query.ask_query import MOST_ROWS, QueryLanguage, write_query
from kgpipe.query.cypher import format_cypher_answer
from kgpipe.query.sparql import AnswerForm
from kgpipe.settings import Settings
from kgpipe.wiring import wire_embedder
from kgpipe.workspace import Workspace

# Facts whose names are shown to the model, so that it compares with texts that are there.
_SHOWN = 12
# Longer than any sensible query takes, and short enough to wait for one that is not.
_SECONDS = 60.0


class Translated(NamedTuple):
    """The query that a model wrote, as it was run, and its answer as text."""

    query: str
    answer: str


def ask_as_query(
    question: str,
    workspace: Workspace,
    settings: Settings,
    *,
    language: QueryLanguage,
    model: str,
    base_url: str = "",
    form: AnswerForm,
    tell: Callable[[str], None] = lambda _: None,
) -> Translated:
    """Have a model put a question into a query, check the query and run it.

    Args:
        question: in plain words.
        workspace: of the graph.
        settings: the whole tree.
        language: of the query.
        model: PROVIDER:NAME of a chat model, or gguf:PATH.
        base_url: of a server of one's own.
        form: how rows are written.
        tell: called when loading the graph takes a while.

    Raises:
        KgpipeError: the model cannot be reached, or wrote no query that may be run.
        UsageError: there is no such model, or the query is not valid.
    """
    chat = wire_asked(model, workspace, settings, base_url=base_url)
    index = index_facts(
        load_graph(workspace, traces=False, words=False), workspace,
        embedder=wire_embedder("minilm"), settings=settings,
    )  # fmt: skip
    found = [one.statement for one in index.find(question, limit=_SHOWN)]
    names = [f"{one.subject} | {one.predicate} | {one.object}" for one in found]
    try:
        query = write_query(question, names, chat=chat.make(), language=language)
    except ServiceError as error:
        raise KgpipeError(f"{chat.name} did not answer: {error}. Try again.") from error
    if language == "sparql":
        answer = answer_sparql(query, workspace, settings=settings.publish, form=form)
        return Translated(query, answer)
    columns, rows, _ = answer_cypher(
        query, workspace, settings=settings.publish, most_rows=MOST_ROWS, seconds=_SECONDS,
        tell=tell,
    )  # fmt: skip
    return Translated(query, format_cypher_answer(rows, columns=columns, form=form))
