"""Addresses of the review page: what the page's script asks, and what it is answered."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TypeVar

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from kgpipe import __version__
from kgpipe.errors import ItemError, KgpipeError, UsageError
from kgpipe.serve.board import read_filters
from kgpipe.serve.desk import Desk, FactAnswer, MergeAnswer
from kgpipe.serve.guard import guard
from kgpipe.serve.holdings import reread, resolve_anew
from kgpipe.serve.pictures import Pictures
from kgpipe.serve.shell import STATIC, show_page
from kgpipe.types import Record

A = TypeVar("A", bound=Record)


def create_app(desk: Desk, *, token: str, hosts: frozenset[str] | None) -> ASGIApp:
    """The page as an ASGI application; see `guard` for `token` and `hosts`."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.pictures = Pictures()
        yield
        app.state.pictures.close()

    app = Starlette(
        routes=[
            Route("/", _show_page),
            Route("/api/start", _start),
            Route("/api/overview", _show_overview),
            Route("/api/facts", _show_fact),
            Route("/api/conflicts/{number:int}", _show_conflict),
            Route("/api/merges/{number:int}", _show_merge),
            Route("/api/view", _show_view),
            Route("/api/labels", _put_label, methods=["PUT"]),
            Route("/api/decisions", _put_decision, methods=["PUT"]),
            Route("/api/apply", _apply, methods=["POST"]),
            Route("/api/reload", _reload, methods=["POST"]),
            Route("/pages/{document}/{number:int}.png", _show_picture),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        exception_handlers={
            UsageError: _tell_unknown, KgpipeError: _tell_fault, ItemError: _tell_unknown,
            HTTPException: _tell_http,
        },
        lifespan=lifespan,
    )  # fmt: skip
    app.state.desk = desk
    return guard(app, token=token, hosts=hosts)


async def _show_page(request: Request) -> Response:
    return show_page("page.html")


async def _start(request: Request) -> Response:
    """What does not change while the page is open."""
    desk = _desk(request)
    folder = desk.workspace.folder
    return JSONResponse(
        {
            "workspace": folder.resolve().name if folder else "",
            "version": __version__,
            "reviewer": desk.reviewer,
            **desk.board.choices(),
        }
    )


async def _show_overview(request: Request) -> Response:
    return JSONResponse(_desk(request).overview(_reviewer(request)))


async def _show_fact(request: Request) -> Response:
    query = request.query_params
    return JSONResponse(
        _desk(request).fact(
            read_filters(query),
            reviewer=_reviewer(request),
            start=query.get("from", ""),
            move=query.get("move", "stay"),
        )
    )


async def _show_conflict(request: Request) -> Response:
    number = request.path_params["number"] - 1
    return JSONResponse(_desk(request).conflict(number, _reviewer(request)))


async def _show_merge(request: Request) -> Response:
    number = request.path_params["number"] - 1
    return JSONResponse(_desk(request).merge(number, _reviewer(request)))


async def _show_view(request: Request) -> Response:
    query = request.query_params
    start, end = _whole_number(query, "start"), _whole_number(query, "end")
    plain, document = query.get("plain") == "1", query.get("document", "")
    return JSONResponse(_desk(request).view(document, start, end, plain=plain))


async def _show_picture(request: Request) -> Response:
    document = _desk(request).document(request.path_params["document"])
    path = _desk(request).library.find_file(document)
    if path is None:
        raise UsageError(f"{document.source} is no longer where it was read from.")
    pictures: Pictures = request.app.state.pictures
    content = await pictures.draw(path, document.sha256, request.path_params["number"])
    # The document's id is made of its name: a file that was changed must be asked for again.
    caching = {"Cache-Control": "private, max-age=300"}
    return Response(content, media_type="image/png", headers=caching)


async def _put_label(request: Request) -> Response:
    return JSONResponse(_desk(request).label(await _read_answer(request, FactAnswer)))


async def _put_decision(request: Request) -> Response:
    return JSONResponse(_desk(request).decide(await _read_answer(request, MergeAnswer)))


async def _apply(request: Request) -> Response:
    desk = _desk(request)
    effect, held = await run_in_threadpool(resolve_anew, desk.workspace, settings=desk.settings)
    desk.take(held)
    return JSONResponse(effect.model_dump())


async def _reload(request: Request) -> Response:
    desk = _desk(request)
    desk.take(await run_in_threadpool(reread, desk.workspace, settings=desk.settings))
    return JSONResponse({})


def _desk(request: Request) -> Desk:
    """The desk, up to date with what other processes wrote."""
    desk: Desk = request.app.state.desk
    desk.catch_up()
    return desk


def _reviewer(request: Request) -> str:
    return request.query_params.get("reviewer", "").strip()


async def _read_answer(request: Request, kind: type[A]) -> A:
    """The body of a request.

    Raises:
        UsageError: it is not what the page sends.
    """
    try:
        return kind.model_validate_json(await request.body())
    except ValidationError as error:
        [first, *_] = error.errors()
        where = ".".join(map(str, first["loc"]))
        raise UsageError(f"The answer was not understood: {where}: {first['msg']}.") from error


def _whole_number(query: Mapping[str, str], name: str) -> int:
    value = query.get(name, "")
    # Longer numbers are no offsets, and slow to read.
    if not (value.isascii() and value.isdecimal() and len(value) < 12):
        raise UsageError(f"{name} must be a whole number, not {value[:20]!r}.")
    return int(value)


async def _tell_unknown(request: Request, error: Exception) -> Response:
    detail = error.detail if isinstance(error, ItemError) else str(error)
    return JSONResponse({"fault": detail}, status_code=404)


async def _tell_fault(request: Request, error: Exception) -> Response:
    return JSONResponse({"fault": str(error)}, status_code=409)


async def _tell_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"fault": error.detail}, status_code=error.status_code)
