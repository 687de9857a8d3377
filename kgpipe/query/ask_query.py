"""A question put into a query by a language model: parsed, read-only, limited, then run."""

import re
from collections.abc import Sequence
from typing import Literal

from pyparsing import ParseException
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue

from kgpipe.calls import ChatRequest, Message
from kgpipe.errors import KgpipeError, UsageError
from kgpipe.ports import ChatModel
from kgpipe.query.cypher import refuse_writes
from kgpipe.text.prompts import data_block, read_prompt

QueryLanguage = Literal["sparql", "cypher"]
# Rows of an answer that a person still reads; also where the model wrote a limit above it.
MOST_ROWS = 100
_FENCE = re.compile(r"```(?:\w+)?\s*\n?(.*?)```", re.DOTALL)
_SHOWN_CHARS = 300
# What a parsed query is made of, where it reaches beyond the graph.
_REACHES_OUT = frozenset({"ServiceGraphPattern", "DatasetClause"})


def write_query(
    question: str, names: Sequence[str], *, chat: ChatModel, language: QueryLanguage
) -> str:
    """Have a model write a query; return it checked, and in SPARQL with a limit.

    Args:
        question: in plain words.
        names: subjects, predicates and objects of the graph that may help.
        chat: the model.
        language: of the query. Whoever runs Cypher reads `MOST_ROWS` rows of its answer at most.

    Raises:
        KgpipeError: the reply may not be run: it is no query that only reads, or reaches beyond
            the graph.
        ServiceError: the model cannot be reached.
    """
    reply = chat.reply(make_request(question, names, model=chat.name, language=language))
    query = extract_query(reply.text)
    if language == "sparql":
        return limit_query(query)
    try:
        refuse_writes(query)
    except UsageError as error:
        raise KgpipeError(f"The model wrote no Cypher that may be run: {error}") from error
    return query


def make_request(
    question: str, names: Sequence[str], *, model: str, language: QueryLanguage
) -> ChatRequest:
    """What a model of that name is asked."""
    listed = "\n".join(f"- {name}" for name in names)
    return ChatRequest(
        model=model,
        messages=(
            Message(role="system", content=read_prompt(f"ask_{language}").text),
            Message(
                role="user",
                content=data_block(f"Some facts of the graph:\n{listed}\n\nQuestion: {question}"),
            ),
        ),
        max_tokens=500,
    )


def extract_query(reply: str) -> str:
    """The query of a reply, without the fence that models like to put around it."""
    fenced = _FENCE.search(reply)
    return (fenced[1] if fenced else reply).strip().rstrip(";").strip()


def limit_query(query: str) -> str:
    """Check that a query is one SELECT over the graph, and see to it that it has a limit.

    Raises:
        KgpipeError: it is not.
    """
    limit = _checked_limit(query)
    if limit is None:
        return f"{query}\nLIMIT {MOST_ROWS}"
    if limit <= MOST_ROWS:
        return query
    *_, last = re.finditer(r"LIMIT\s+\d+", query, re.IGNORECASE)
    lowered = f"{query[: last.start()]}LIMIT {MOST_ROWS}{query[last.end() :]}"
    if (_checked_limit(lowered) or limit) > MOST_ROWS:
        # The last one stands in a comment.
        raise KgpipeError(f"The limit of the query cannot be lowered: {query[:_SHOWN_CHARS]!r}.")
    return lowered


def _checked_limit(query: str) -> int | None:
    """The outermost LIMIT of a SELECT query that stays within the graph."""
    shown = query[:_SHOWN_CHARS]
    try:
        body = parseQuery(query)[1]
    except ParseException as error:
        raise KgpipeError(
            f"The model wrote no valid SPARQL query ({error}): {shown!r}. Ask in other words, or "
            "name a larger model."
        ) from error
    if body.name != "SelectQuery":
        raise KgpipeError(f"The model wrote no SELECT query, which alone is run: {shown!r}.")
    if found := sorted(_REACHES_OUT & set(_part_names(body))):
        raise KgpipeError(f"The query reaches beyond the graph ({', '.join(found)}): {shown!r}.")
    # Its own `get` looks variables up.
    modifier = dict(dict(body).get("limitoffset") or {})
    limit = modifier.get("limit")
    return None if limit is None else int(limit)


def _part_names(node: object) -> list[str]:
    """The names of all parts of a parsed query."""
    names = []
    if isinstance(node, CompValue):
        names.append(str(node.name))
        for value in node.values():
            names += _part_names(value)
    elif isinstance(node, (list, tuple)) or type(node).__name__ in ("ParseResults", "plist"):
        for value in node:  # type: ignore[attr-defined]
            names += _part_names(value)
    return names
