"""SPARQL over a published graph on pyoxigraph: bulk loading, and queries that cannot write."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

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
# What may hold the letters of a keyword without being one: names of resources, texts, comments,
# variables, prefixed names, language tags (SPARQL 1.1, section 19.8).
_NO_KEYWORDS = re.compile(
    r"""<[^<>"{}|^`\\\x00-\x20]*>"""
    r"""|\"{3}(?:\"{0,2}(?:[^"\\]|\\.))*\"{3}|'{3}(?:'{0,2}(?:[^'\\]|\\.))*'{3}"""
    r"""|"(?:[^"\\\r\n]|\\.)*"|'(?:[^'\\\r\n]|\\.)*'"""
    r"""|\#[^\r\n]*|[?$@][\w-]+|(?:[^\W\d_][\w.-]*)?:(?:[\w:.%-]|\\.)*""",
    re.DOTALL,
)
_FROM = re.compile(r"(?<!\w)from(?!\w)", re.IGNORECASE)
# Names of media types and of the library's formats, the ones that people read best first.
ROW_FORMATS = {
    "application/sparql-results+json": "JSON",
    "application/sparql-results+xml": "XML",
    "text/csv": "CSV",
    "text/tab-separated-values": "TSV",
}
GRAPH_FORMATS = {
    "text/turtle": "TURTLE",
    "application/n-triples": "N_TRIPLES",
    "application/ld+json": "JSON_LD",
    "application/rdf+xml": "RDF_XML",
    "application/n-quads": "N_QUADS",
    "application/trig": "TRIG",
}


# Bulk loading leaves a file for each million quads, and a look-up asks them all: at 40 million
# quads the worked queries take up to 12 s instead of one. Joining takes a quarter of the time of
# loading, which is not worth it where each query is answered within a second anyway.
_JOINED_ABOVE_QUADS = 5_000_000


class NotAcceptableError(KgpipeError):
    """The answer has none of the forms that were asked for."""


@dataclass(frozen=True)
class Dataset:
    """What a query sees: graphs by name, and what holds where the query does not say it.

    Attributes:
        default_graphs: their union is the default graph; of none, the union of all graphs, and
            with `named_graphs` given, nothing.
        named_graphs: what GRAPH reaches; None for all.
        fixed: whether this outranks FROM, as a protocol request does (SPARQL 1.1 Protocol, 2.1.4).
        base_iri: what relative names are relative to.
        prefixes: prefix -> namespace.
    """

    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] | None = None
    fixed: bool = False
    base_iri: str | None = None
    prefixes: Mapping[str, str] | None = None


class OxigraphStore:
    """An RDF dataset in memory (`path` None) or in a folder of its own.

    Opened `read_only`, a folder may be in use by others, as long as none of them writes.
    """

    def __init__(self, path: Path | None = None, *, read_only: bool = False) -> None:
        from pyoxigraph import Store

        try:
            if path is None:
                self._store = Store()
            else:
                self._store = Store.read_only(str(path)) if read_only else Store(str(path))
        except OSError as error:
            raise KgpipeError(
                f"The triple store {path} cannot be opened ({error}). Is another kgpipe using it?"
            ) from error

    def close(self) -> None:
        """Free the folder at once, though the traceback of a failed query may still hold `self`."""
        del self._store

    def load(self, path: Path) -> int:
        """Replace the contents with an N-Quads file; return the number of quads.

        Above five million of them the files of the store are joined, so that queries stay fast.

        Raises:
            KgpipeError: the file is unreadable or not N-Quads; the store is then empty.
        """
        from pyoxigraph import RdfFormat

        self._store.clear()
        try:
            self._store.bulk_load(path=path, format=RdfFormat.N_QUADS)
        except (OSError, SyntaxError) as error:
            raise KgpipeError(f"{path} cannot be loaded as N-Quads: {error}.") from error
        quads = len(self._store)
        if quads > _JOINED_ABOVE_QUADS:
            self._store.optimize()
        return quads

    def query(
        self,
        sparql: str,
        *,
        default_graphs: Sequence[str] = (),
        base_iri: str | None = None,
        prefixes: Mapping[str, str] | None = None,
    ) -> tuple[tuple[str, ...], list[tuple[Cell, ...]]]:
        """Run a SELECT, ASK, CONSTRUCT or DESCRIBE query; return column names and rows.

        The default graph is the union of `default_graphs` (of all graphs if none is given), unless
        the query says FROM; GRAPH reaches every graph. `base_iri` and `prefixes` hold where the
        query declares none. Numbers and booleans become Python's, IRIs and other literals text,
        unbound None. ASK gives one row with the column `answer`, CONSTRUCT the columns subject,
        predicate, object.

        Raises:
            UsageError: a syntax error (with its line and column), an update, or SERVICE.
            KgpipeError: evaluation failed.
        """
        from pyoxigraph import QueryBoolean, QuerySolutions

        dataset = Dataset(tuple(default_graphs), base_iri=base_iri, prefixes=prefixes)
        try:
            found = self._evaluate(sparql, dataset)
            if isinstance(found, QueryBoolean):
                return ("answer",), [(bool(found),)]
            if isinstance(found, QuerySolutions):
                columns = tuple(variable.value for variable in found.variables)
                return columns, [tuple(map(_cell, solution)) for solution in found]
            rows = [tuple(map(_cell, triple)) for triple in found]
            return ("subject", "predicate", "object"), rows
        except (OSError, RuntimeError, ValueError) as error:
            raise KgpipeError(f"The query failed: {error}.") from error

    def write_answer(
        self, sparql: str, out: IO[bytes], *, dataset: Dataset, accepted: Sequence[str]
    ) -> str:
        """Run a query and write its answer in the first form that fits it; return the media type.

        Args:
            sparql: SELECT, ASK, CONSTRUCT or DESCRIBE.
            out: where to.
            dataset: what the query sees.
            accepted: media types of `ROW_FORMATS` and `GRAPH_FORMATS`, the best one first.

        Raises:
            UsageError: a syntax error, an update, or SERVICE.
            NotAcceptableError: no accepted form fits this kind of query.
            KgpipeError: evaluation failed.
        """
        from pyoxigraph import QueryResultsFormat, QueryTriples, RdfFormat, serialize

        try:
            found = self._evaluate(sparql, dataset)
            is_graph = isinstance(found, QueryTriples)
            formats = GRAPH_FORMATS if is_graph else ROW_FORMATS
            chosen = next((name for name in accepted if name in formats), None)
            if chosen is None:
                raise NotAcceptableError(
                    f"The answer is {'a graph' if is_graph else 'a table'}; ask for one of "
                    f"{', '.join(formats)}."
                )
            if isinstance(found, QueryTriples):
                prefixes = dict(dataset.prefixes or {})
                form = getattr(RdfFormat, formats[chosen])
                serialize(found, out, form, prefixes=prefixes)
            else:
                found.serialize(out, getattr(QueryResultsFormat, formats[chosen]))
            return chosen
        except (OSError, RuntimeError, ValueError) as error:
            raise KgpipeError(f"The query failed: {error}.") from error

    def _evaluate(self, sparql: str, dataset: Dataset) -> Any:
        from pyoxigraph import NamedNode

        _refuse_service(sparql)
        chosen: dict[str, Any] = {}
        if dataset.fixed or not says_from(sparql):
            graphs = [NamedNode(graph) for graph in dataset.default_graphs]
            if graphs or dataset.named_graphs is not None:
                chosen["default_graph"] = graphs
            else:
                chosen["use_default_graph_as_union"] = True
            if dataset.named_graphs is not None:
                chosen["named_graphs"] = [NamedNode(graph) for graph in dataset.named_graphs]
        try:
            return self._store.query(
                sparql,
                base_iri=dataset.base_iri,
                prefixes=dict(dataset.prefixes or {}),
                **chosen,
            )
        except SyntaxError as error:
            raise UsageError(_explain_syntax(str(error), sparql)) from error


def says_from(sparql: str) -> bool:
    """Whether a query names its graphs itself, with FROM."""
    return bool(_FROM.search(_NO_KEYWORDS.sub(" ", sparql)))


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
