"""SPARQL over a published graph on pyoxigraph: bulk loading, and queries that cannot write."""

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kgpipe.errors import KgpipeError, UsageError

Cell = str | int | float | bool | None
_XSD = "http://www.w3.org/2001/XMLSchema#"
_NUMBERS = {
    **{f"{_XSD}{name}": int for name in ("integer", "nonNegativeInteger", "int", "long")},
    **{f"{_XSD}{name}": float for name in ("decimal", "double", "float")},
}
# SERVICE would let a query send the graph to another server, and the library has no switch for
# it. A local name that merely contains the word is consumed by the first alternative; the
# second is wider than the grammar, so that nothing which the parser takes for SERVICE escapes it.
_BLANK = r"(?:\s|#[^\r\n]*[\r\n])*"
_SERVICE = re.compile(
    r":[\w%-]+"
    rf"|(?P<service>service){_BLANK}(?:silent{_BLANK})?(?:[<?$]|[^\s<>\"'{{}}()|^`\\]*:)",
    re.IGNORECASE,
)


class OxigraphStore:
    """An RDF dataset in memory (`path` None) or in a folder of its own."""

    def __init__(self, path: Path | None = None) -> None:
        from pyoxigraph import Store

        try:
            self._store = Store() if path is None else Store(str(path))
        except OSError as error:
            raise KgpipeError(
                f"The triple store {path} cannot be opened ({error}). Is another kgpipe using it?"
            ) from error

    def close(self) -> None:
        """Free the folder at once, though the traceback of a failed query may still hold `self`."""
        del self._store

    def load(self, path: Path) -> int:
        """Replace the contents with an N-Quads file; return the number of quads.

        Raises:
            KgpipeError: the file is unreadable or not N-Quads; the store is then empty.
        """
        from pyoxigraph import RdfFormat

        self._store.clear()
        try:
            self._store.bulk_load(path=path, format=RdfFormat.N_QUADS)
        except (OSError, SyntaxError) as error:
            raise KgpipeError(f"{path} cannot be loaded as N-Quads: {error}.") from error
        return len(self._store)

    def query(
        self,
        sparql: str,
        *,
        default_graphs: Sequence[str] = (),
        base_iri: str | None = None,
        prefixes: Mapping[str, str] | None = None,
    ) -> tuple[tuple[str, ...], list[tuple[Cell, ...]]]:
        """Run a SELECT, ASK, CONSTRUCT or DESCRIBE query; return column names and rows.

        The default graph is the union of `default_graphs` (of all graphs if none is given); GRAPH
        reaches every graph. `base_iri` and `prefixes` hold where the query declares none.
        Numbers and booleans become Python's, IRIs and other literals text, unbound None. ASK
        gives one row with the column `answer`, CONSTRUCT the columns subject, predicate, object.

        Raises:
            UsageError: a syntax error (with its line and column), an update, or SERVICE.
            KgpipeError: evaluation failed.
        """
        from pyoxigraph import NamedNode, QueryBoolean, QuerySolutions

        _refuse_service(sparql)
        try:
            found = self._store.query(
                sparql,
                base_iri=base_iri,
                prefixes=dict(prefixes or {}),
                default_graph=[NamedNode(graph) for graph in default_graphs] or None,
                use_default_graph_as_union=not default_graphs,
            )
            if isinstance(found, QueryBoolean):
                return ("answer",), [(bool(found),)]
            if isinstance(found, QuerySolutions):
                columns = tuple(variable.value for variable in found.variables)
                return columns, [tuple(map(_cell, solution)) for solution in found]
            rows = [tuple(map(_cell, triple)) for triple in found]
            return ("subject", "predicate", "object"), rows
        except SyntaxError as error:
            raise UsageError(_explain_syntax(str(error), sparql)) from error
        except (OSError, RuntimeError, ValueError) as error:
            raise KgpipeError(f"The query failed: {error}.") from error


def _refuse_service(sparql: str) -> None:
    if any(match["service"] for match in _SERVICE.finditer(sparql)):
        raise UsageError(
            "SERVICE is not available: queries stay on this graph. (If the word is a variable or "
            "part of a text, write it otherwise, such as ?services or [s]ervice in REGEX.)"
        )


def _explain_syntax(message: str, sparql: str) -> str:
    """Show the line of the fault with a mark below it, where the message names a position."""
    advice = f"The SPARQL query is not valid (updates are refused): {message}"
    position = re.search(r"(\d+):(\d+)", message)
    if position is None:
        return advice
    row, column = int(position[1]), int(position[2])
    line = sparql.split("\n")[row - 1 : row]
    return "\n".join([advice, *(f"  {text}\n  {' ' * (column - 1)}^" for text in line)])


# pyoxigraph's union of term types differs between its versions; only these two have a datatype.
def _cell(term: Any) -> Cell:
    from pyoxigraph import Literal, NamedNode

    if term is None:
        return None
    if isinstance(term, NamedNode):
        return term.value
    if not isinstance(term, Literal):
        return str(term)
    if term.datatype.value == f"{_XSD}boolean":
        return term.value in ("true", "1")
    number = _NUMBERS.get(term.datatype.value)
    return _number(term.value, number) if number else term.value


def _number(text: str, kind: type[int] | type[float]) -> Cell:
    """The number; the text where it is malformed, infinite or NaN, which JSON cannot hold."""
    try:
        number = kind(text)
    except ValueError:
        return text
    return number if math.isfinite(number) else text
