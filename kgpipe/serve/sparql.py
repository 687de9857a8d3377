"""A read-only SPARQL 1.1 endpoint: protocol, service description, and a page to ask from.

https://www.w3.org/TR/sparql11-protocol/ and https://www.w3.org/TR/sparql11-service-description/.
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl, quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kgpipe import __version__
from kgpipe.answer import describe_query, worked_queries
from kgpipe.backends.query_process import QueryProcesses, QueryTooLargeError, QueryTooLongError
from kgpipe.backends.triplestore import GRAPH_FORMATS, ROW_FORMATS, Dataset, NotAcceptableError
from kgpipe.errors import KgpipeError, UsageError
from kgpipe.serve.guard import refuse_host
from kgpipe.serve.shell import STATIC, show_page
from kgpipe.serve.sparql_forms import HTML, SHORT_NAMES, choose_forms

_FORM, _DIRECT = "application/x-www-form-urlencoded", "application/sparql-query"
# Far longer than anybody writes by hand, and short enough to be parsed at once.
_LONGEST_BODY = 1_000_000
_SD = "http://www.w3.org/ns/sparql-service-description#"
_FORMATS = "http://www.w3.org/ns/formats/"
# Names of the W3C for the formats (https://www.w3.org/ns/formats/).
_FORMAT_NAMES = {
    "JSON": "SPARQL_Results_JSON", "XML": "SPARQL_Results_XML", "CSV": "SPARQL_Results_CSV",
    "TSV": "SPARQL_Results_TSV", "TURTLE": "Turtle", "N_TRIPLES": "N-Triples",
    "JSON_LD": "JSON-LD", "RDF_XML": "RDF_XML", "N_QUADS": "N-Quads", "TRIG": "TriG",
}  # fmt: skip
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def create_endpoint(
    queries: QueryProcesses, *, dataset: Dataset, title: str, hosts: frozenset[str] | None
) -> ASGIApp:
    """The endpoint as an ASGI application.

    Args:
        queries: answer what is asked.
        dataset: what a query sees that names no graphs.
        title: of the graph, for people.
        hosts: names by which the server may be called; None for any.
    """

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        queries.close()

    app = Starlette(
        routes=[
            Route("/", _show_page),
            Route("/page.json", _describe_page),
            Route("/sparql", _ask, methods=["GET", "POST"]),
            Mount("/static", StaticFiles(directory=STATIC)),
            Route("/{path:path}", _describe_resource),
        ],
        exception_handlers={HTTPException: _tell, KgpipeError: _tell_fault},
        lifespan=lifespan,
    )
    app.state.queries, app.state.dataset, app.state.title = queries, dataset, title
    return _guard(app, hosts)


def _guard(app: ASGIApp, hosts: frozenset[str] | None) -> ASGIApp:
    """Keep out pages of other origins, whether their name was rebound to this machine or not."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await app(scope, receive, send)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        headers = Headers(scope=scope)
        refused = refuse_host(headers, hosts) or _refuse_site(headers)
        await (refused or app)(scope, receive, send_with_headers)

    return guarded


def _refuse_site(headers: Headers) -> Response | None:
    """The answer to what a page elsewhere asks behind its reader's back; links are followed."""
    elsewhere = headers.get("sec-fetch-site", "none") in ("cross-site", "same-site")
    if elsewhere and headers.get("sec-fetch-mode") != "navigate":
        return PlainTextResponse("Pages of other sites may not query this graph.\n", 403)
    return None


# ---------------------------------------------------------------- the protocol


async def _ask(request: Request) -> Response:
    """The query operation, by GET, by a form, or directly; without a query the description."""
    fields = await _read_fields(request)
    given = [value for name, value in fields if name == "query"]
    if any(name == "update" for name, _ in fields):
        raise HTTPException(403, "This endpoint is read-only: updates are refused.")
    if not given:
        if request.method == "GET" and not fields:
            return _describe_service(request)
        raise HTTPException(400, "There is no query: send it as `query`.")
    if len(given) > 1:
        raise HTTPException(400, "There is more than one query.")
    forms = _read_forms(request, fields)
    dataset = _choose_graphs(request.app.state.dataset, fields)
    return await _answer(request, given[0], dataset, forms)


async def _read_fields(request: Request) -> list[tuple[str, str]]:
    """The parameters of a request, wherever they stand.

    Raises:
        HTTPException: the body is no form and no query, too long, or not UTF-8.
    """
    fields = _parse(request.scope["query_string"])
    if request.method != "POST":
        return fields
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/sparql-update":
        raise HTTPException(403, "This endpoint is read-only: updates are refused.")
    if kind not in (_FORM, _DIRECT):
        raise HTTPException(415, f"Send a query as {_DIRECT}, or as {_FORM} with `query`.")
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > _LONGEST_BODY:
            raise HTTPException(413, f"A query may have {_LONGEST_BODY:,} bytes.")
    if kind == _FORM:
        # The protocol wants them all in the body, but clients put `format` into the address.
        return [*_parse(bytes(body)), *fields]
    try:
        return [("query", body.decode("utf-8")), *(f for f in fields if f[0] != "query")]
    except UnicodeDecodeError as error:
        raise HTTPException(400, "The query is not UTF-8.") from error


def _parse(encoded: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(encoded.decode("ascii"), keep_blank_values=True, errors="strict")
    except ValueError as error:
        raise HTTPException(400, "The parameters are not percent-encoded UTF-8.") from error


def _read_forms(request: Request, fields: Iterable[tuple[str, str]]) -> list[str]:
    """The accepted media types, the best one first."""
    named = next((value for name, value in fields if name == "format"), None)
    if named is not None:
        form = SHORT_NAMES.get(named, named)
        if form not in ROW_FORMATS and form not in GRAPH_FORMATS:
            raise HTTPException(406, f"There is no format {named!r}: {', '.join(SHORT_NAMES)}.")
        return [form]
    accepted = choose_forms(request.headers.get("accept", ""))
    if not accepted:
        known = ", ".join((*ROW_FORMATS, *GRAPH_FORMATS))
        raise HTTPException(406, f"Answers have one of these forms: {known}.")
    return accepted


def _choose_graphs(dataset: Dataset, fields: list[tuple[str, str]]) -> Dataset:
    """The dataset that a request describes (section 2.1.4), else the usual one."""
    default = tuple(value for name, value in fields if name == "default-graph-uri")
    named = tuple(value for name, value in fields if name == "named-graph-uri")
    if not (default or named):
        return dataset
    return Dataset(default, named, True, dataset.base_iri, dataset.prefixes)


async def _answer(request: Request, query: str, dataset: Dataset, forms: list[str]) -> Response:
    queries: QueryProcesses = request.app.state.queries
    answer = await run_in_threadpool(queries.answer, query, dataset=dataset, accepted=forms)
    kind = answer.media_type
    if kind.startswith("text/"):
        kind += "; charset=utf-8"
    return Response(answer.body, headers={"Content-Type": kind, "Vary": "Accept"})


async def _tell(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return PlainTextResponse(f"{error.detail}\n", error.status_code, headers=error.headers)


async def _tell_fault(request: Request, error: Exception) -> Response:
    """A fault as text, with the status that says whose it is (section 2.1.7)."""
    # The service is well, and the query may be once it asks for less.
    codes: dict[type[Exception], int] = {
        UsageError: 400, NotAcceptableError: 406, QueryTooLongError: 503, QueryTooLargeError: 507,
    }  # fmt: skip
    return PlainTextResponse(f"{error}\n", codes.get(type(error), 500))


# ---------------------------------------------------------------- descriptions


def _describe_service(request: Request) -> Response:
    """What the endpoint can do, as RDF; browsers are shown the page."""
    offered = ("text/turtle", "application/n-triples")
    accepted = choose_forms(request.headers.get("accept", ""), (*offered, HTML))
    if not accepted:
        raise HTTPException(406, f"The description has one of these forms: {', '.join(offered)}.")
    if accepted[0] == HTML:
        return RedirectResponse("/", 303)
    dataset: Dataset = request.app.state.dataset
    endpoint = str(request.url_for("_ask"))
    rows = [
        (endpoint, _RDF_TYPE, f"<{_SD}Service>"),
        (endpoint, f"{_SD}endpoint", f"<{endpoint}>"),
        (endpoint, f"{_SD}supportedLanguage", f"<{_SD}SPARQL11Query>"),
        (endpoint, f"{_SD}defaultDataset", f"<{dataset.base_iri}dataset>"),
        (f"{dataset.base_iri}dataset", _RDF_TYPE, f"<{_SD}Dataset>"),
        *((endpoint, f"{_SD}resultFormat", f"<{_FORMATS}{_FORMAT_NAMES[name]}>")
          for name in (*ROW_FORMATS.values(), *GRAPH_FORMATS.values())),
    ]  # fmt: skip
    # N-Triples is Turtle too.
    body = "".join(f"<{s}> <{p}> {o} .\n" for s, p, o in rows)
    return Response(body, media_type=accepted[0])


_RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"


async def _describe_resource(request: Request) -> Response:
    """What the graph says of one of its resources, whose name ends like this address."""
    dataset: Dataset = request.app.state.dataset
    # Percent-encoded as it came, since names are: decoded, a name could leave the <> of the query.
    raw = request.scope["raw_path"].decode("ascii", "replace").partition("?")[0].lstrip("/")
    name = f"{dataset.base_iri}{quote(raw, safe='/%:@!$&()*+,;=~-._')}"
    forms = choose_forms(request.headers.get("accept", ""), (*GRAPH_FORMATS, HTML))
    if not forms:
        raise HTTPException(406, f"Descriptions are {', '.join(GRAPH_FORMATS)}.")
    query = f"DESCRIBE <{name}>"
    queries: QueryProcesses = request.app.state.queries
    known = await run_in_threadpool(
        queries.answer, f"ASK {{ <{name}> ?p ?o }}", dataset=dataset, accepted=["text/csv"]
    )
    if known.body.strip() != b"true":
        raise HTTPException(404, f"The graph says nothing about <{name}>.")
    if forms[0] == HTML:
        return RedirectResponse(f"/?query={quote(query)}", 303)
    return await _answer(request, query, dataset, forms)


async def _show_page(request: Request) -> Response:
    return show_page("sparql.html")


async def _describe_page(request: Request) -> Response:
    """What the page shows beside the form."""
    dataset: Dataset = request.app.state.dataset
    worked = [
        {"name": name, "question": describe_query(path), "query": path.read_text(encoding="utf-8")}
        for name, path in worked_queries().items()
    ]
    return JSONResponse(
        {
            "title": request.app.state.title,
            "version": __version__,
            "base": dataset.base_iri,
            "graphs": dataset.default_graphs,
            "prefixes": dict(dataset.prefixes or {}),
            "examples": worked,
        }
    )
