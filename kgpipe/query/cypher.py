r"""Cypher that only reads, and its answers as text.

A server's read mode cannot be relied upon (the embedded one has none), so a query is cut into
tokens here and refused before it is sent if any clause of it could write. Texts, comments and
names in backticks are what they are, whatever words stand in them. Where servers read the same
characters differently (escapes like \u0027, comments inside comments), the query is refused, so
that there is one reading only.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from kgpipe.errors import UsageError
from kgpipe.query.sparql import AnswerForm, Cell, format_answer

# Clauses that write, of Cypher 5 and 25, openCypher and GQL.
_WRITING = frozenset(
    (
        "CREATE", "MERGE", "INSERT", "SET", "REMOVE", "DELETE", "DETACH", "NODETACH", "FOREACH",
        "DROP", "LOAD", "ALTER", "GRANT", "DENY", "REVOKE",
    )
)  # fmt: skip
# Words that are common names, and commands only in front of one of these.
_COMMANDS = frozenset(
    ("START", "STOP", "RENAME", "ENABLE", "TERMINATE", "DEALLOCATE", "REALLOCATE", "DRYRUN")
)
_COMMANDED = frozenset(
    (
        "DATABASE", "DATABASES", "SERVER", "SERVERS", "TRANSACTION", "TRANSACTIONS", "ROLE",
        "USER", "ALIAS", "REALLOCATE", "DEALLOCATE",
    )
)  # fmt: skip
# Procedures that only read; what is not named here might write, or reach another server.
_READING = frozenset(
    (
        "db.info", "db.labels", "db.propertykeys", "db.relationshiptypes",
        "db.schema.nodetypeproperties", "db.schema.reltypeproperties", "db.schema.visualization",
        "db.index.fulltext.querynodes", "db.index.fulltext.queryrelationships",
        "db.index.fulltext.listavailableanalyzers", "db.index.vector.querynodes",
        "db.index.vector.queryrelationships", "dbms.components",
    )
)  # fmt: skip
# What may follow the columns of RETURN.
_AFTER_RETURN = frozenset(("ORDER", "SKIP", "OFFSET", "LIMIT", "UNION"))
_TOKEN = re.compile(
    r"""
    (?P<blank>\s+)
    | (?P<comment>//[^\r\n]*|/\*.*?\*/)
    | (?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
    | (?P<quoted>`(?:[^`]|``)*`)
    | (?P<number>\d\w*(?:\.\d\w*)?)
    | (?P<word>[^\W\d]\w*)
    | (?P<sign>.)
    """,
    re.VERBOSE | re.DOTALL,
)
# Characters that one server takes for the end of a line or for nothing, and another does not.
_UNCLEAR = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\u2028\\u2029\\ufeff]")


class _Token(NamedTuple):
    kind: str
    text: str
    start: int


def refuse_writes(cypher: str) -> None:
    """Check that a query only reads.

    Raises:
        UsageError: it could write, or servers might read it differently; the place is shown.
    """
    tokens = _cut(cypher)
    if not tokens:
        raise UsageError("The Cypher query is empty.")
    for position, token in enumerate(tokens):
        if token.kind != "word" or _is_name(tokens, position):
            continue
        word = token.text.upper()
        after = tokens[position + 1] if position + 1 < len(tokens) else None
        following = after.text.upper() if after else ""
        if word in _WRITING or (word in _COMMANDS and following in _COMMANDED):
            raise _refusal(
                cypher,
                token.start,
                f"{word} writes, and queries only read here. (If it is a name, put it into "
                f"backticks: `{token.text}`.)",
            )
        if word == "CALL" and after is not None and after.text not in ("{", "("):
            procedure = _procedure(tokens[position + 1 :])
            if procedure.lower() not in _READING:
                raise _refusal(
                    cypher,
                    after.start,
                    f"the procedure {procedure} is not among those that are known to only read: "
                    f"{', '.join(sorted(_READING))}.",
                )
    ends = [token for token in tokens[:-1] if token.text == ";"]
    if ends:
        raise _refusal(cypher, ends[0].start, "one query at a time.")


def name_columns(cypher: str) -> tuple[str, ...]:
    """The columns that the last RETURN of a query names, for a server that names none without rows.

    None where it returns whatever is bound (`RETURN *`).
    """
    items: list[list[_Token]] = []
    depth = 0
    for token in _cut(cypher):
        depth += (token.text in ("(", "[", "{")) - (token.text in (")", "]", "}"))
        word = token.text.upper() if token.kind == "word" and depth == 0 else ""
        if word == "RETURN":
            items = [[]]
        elif items and (word in _AFTER_RETURN or token.text == ";"):
            break
        elif items and token.text == "," and depth == 0:
            items.append([])
        elif items and word != "DISTINCT":
            items[-1].append(token)
    if any(item[0].text == "*" for item in items if item):
        return ()
    return tuple(_name_column(cypher, item) for item in items if item)


def _name_column(cypher: str, item: Sequence[_Token]) -> str:
    """What stands behind AS, else the expression as it is written."""
    last = item[-1]
    if len(item) > 2 and item[-2].text.upper() == "AS":
        return last.text.strip("`")
    return cypher[item[0].start : last.start + len(last.text)]


def _cut(cypher: str) -> list[_Token]:
    """The tokens without blanks and comments."""
    if unclear := _UNCLEAR.search(cypher):
        code = f"U+{ord(unclear[0]):04X}"
        raise _refusal(cypher, unclear.start(), f"the control character {code}; leave it out.")
    if escape := re.search(r"\\u", cypher, re.IGNORECASE):
        advice = "servers differ in how they read \\u; write the character itself."
        raise _refusal(cypher, escape.start(), advice)
    tokens = []
    for match in _TOKEN.finditer(cypher):
        kind, text = str(match.lastgroup), match[0]
        if kind == "sign" and (text in "'\"`" or cypher.startswith("/*", match.start())):
            raise _refusal(cypher, match.start(), f"{text} opens what is not closed.")
        if kind == "comment" and "/*" in text[2:]:
            raise _refusal(cypher, match.start(), "a comment within a comment.")
        if kind not in ("blank", "comment"):
            tokens.append(_Token(kind, text, match.start()))
    return tokens


def _is_name(tokens: Sequence[_Token], position: int) -> bool:
    """Whether a word can only be a property, a label, a parameter or the key of a map.

    A dot behind a number may belong to it ("1."), so that the word behind it may be a clause.
    """
    before = tokens[position - 1].text if position else ""
    if before == ".":
        return (
            position > 1
            and tokens[position - 2].kind != "number"
            and (tokens[position - 2].text != ".")
        )
    after = tokens[position + 1].text if position + 1 < len(tokens) else ""
    return before in (":", "$") or after == ":"


def _procedure(tokens: Sequence[_Token]) -> str:
    """The dotted name at the beginning."""
    parts: list[str] = []
    for token in tokens:
        if token.kind not in ("word", "quoted") and token.text != ".":
            break
        # CALL db.labels YIELD label: two words are two things.
        if parts and parts[-1] != "." and token.text != ".":
            break
        parts.append(token.text.strip("`"))
    return "".join(parts)


def _refusal(cypher: str, start: int, why: str) -> UsageError:
    """The line of the fault with a mark below it."""
    row = cypher.count("\n", 0, start)
    column = start - (cypher.rfind("\n", 0, start) + 1)
    line = cypher.split("\n")[row]
    mark = " " * column + "^"
    return UsageError(f"The Cypher query is refused, line {row + 1}: {why}\n  {line}\n  {mark}")


def format_cypher_answer(
    rows: Sequence[Sequence[Any]], *, columns: Sequence[str], form: AnswerForm
) -> str:
    """Write rows with their column names.

    Nodes, relationships, paths, lists and maps are objects in `jsonl`, patterns in `table`, and
    JSON in the cells of `csv`.

    Args:
        rows: values as `backends.boltgraph` returns them.
        columns: their names.
        form: see `format_answer`.
    """
    # Without a row the embedded server does not tell its columns either.
    if not columns:
        return ""
    if form == "jsonl":
        objects = (dict(zip(columns, row, strict=True)) for row in rows)
        return "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in objects)
    write = _draw if form == "table" else _json
    cells = [[_cell(value, write) for value in row] for row in rows]
    return format_answer(cells, columns=columns, form=form)


def _cell(value: Any, write: Callable[[Any], str]) -> Cell:
    return value if value is None or isinstance(value, str | int | float) else write(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _draw(value: Any) -> str:
    """A value on one line: a node by its name and labels, a path as a chain."""
    match value:
        case {"labels": list(labels), "properties": dict(properties)}:
            return f"({' '.join([_call(properties), *(f':{label}' for label in labels)]).strip()})"
        case {"type": str(kind), "properties": dict()}:
            return f"[:{kind}]"
        case {"nodes": list(nodes), "relationships": list(steps)}:
            chain = [f"({_call(nodes[0]['properties'])})"]
            for step, node in zip(steps, nodes[1:], strict=True):
                arrow = "-[{}]->" if step["forward"] else "<-[{}]-"
                chain += [arrow.format(step["type"]), f"({_call(node['properties'])})"]
            return "".join(chain)
        case Mapping():
            return "{" + ", ".join(f"{key}: {_draw(one)}" for key, one in value.items()) + "}"
        case list():
            return ", ".join(map(_draw, value))
        case _:
            return value if isinstance(value, str) else json.dumps(value)


def _call(properties: Mapping[str, Any]) -> str:
    """What a person calls a node: its name, a document's source, a claim in its own words."""
    for name in ("name", "source", "quote"):
        if name in properties:
            return str(properties[name])
    words = (properties.get(part) for part in ("subject", "predicate", "object"))
    return " ".join(str(word) for word in words if word) or str(properties.get("label", ""))
