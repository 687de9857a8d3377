"""Who may use the page: whoever holds the token of this start, from the page itself.

A server on loopback is within reach of every program and every web page on the machine. A token in
the address, then in a cookie, keeps other people out; the check of the Host header keeps out pages
whose name was rebound to this machine; no answer allows another origin to read it, and answers are
taken as JSON alone, which another origin cannot send unasked.
"""

import hashlib
import secrets
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
# The longest answer holds a comment and a name; see `desk`.
_LONGEST_BODY = 100_000
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def guard(app: ASGIApp, *, token: str, hosts: frozenset[str] | None) -> ASGIApp:
    """Let through only requests that hold the token and were meant for this server.

    Args:
        app: what is guarded.
        token: asked for once as `?token=`, then as a cookie.
        hosts: names by which the server may be called; None for any, where it listens to a network
            whose names for it are unknown.
    """
    # Cookies do not tell ports apart: each start has a name of its own.
    cookie = f"kgpipe_{hashlib.sha256(token.encode()).hexdigest()[:8]}"

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await app(scope, receive, send)
        assert scope["type"] == "http", "nothing else is routed"

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(_HEADERS)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        headers = Headers(scope=scope)
        refused = _refuse(scope, headers, hosts) or _admit(scope, headers, token, cookie)
        await (refused or app)(scope, receive, send_with_headers)

    return guarded


def refuse_host(headers: Headers, hosts: frozenset[str] | None) -> Response | None:
    """The answer to a request that calls this server by a name that is none of its own.

    A page whose name was rebound to this machine calls it so. `hosts` None allows any name.
    """
    if hosts is not None and _host_name(headers.get("host", "")) not in hosts:
        return PlainTextResponse("This name is not this server's.\n", status_code=421)
    return None


def _refuse(scope: Scope, headers: Headers, hosts: frozenset[str] | None) -> Response | None:
    """The answer to a request that was not meant for this page."""
    if (misdirected := refuse_host(headers, hosts)) is not None:
        return misdirected
    if scope["method"] in ("GET", "HEAD"):
        return None
    if headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        return PlainTextResponse("Answers are taken as application/json.\n", status_code=415)
    length = headers.get("content-length", "")
    if not length.isdecimal() or int(length) > _LONGEST_BODY:
        return PlainTextResponse("The answer is too long.\n", status_code=413)
    return None


def _admit(scope: Scope, headers: Headers, token: str, cookie: str) -> Response | None:
    """None for whoever holds the cookie; for whoever holds the token, the cookie."""
    [given] = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[:1]
    if scope["path"] == "/" and secrets.compare_digest(given.encode(), token.encode()):
        # The address in the history of the browser then holds no token.
        response = RedirectResponse("/", status_code=303)
        response.set_cookie(cookie, token, httponly=True, samesite="lax")
        return response
    if secrets.compare_digest(_read_cookie(headers, cookie).encode(), token.encode()):
        return None
    return PlainTextResponse(
        "This page is locked. Open the address that `kgpipe review serve` printed when it was "
        "started last: it holds the key.\n",
        status_code=403,
    )


def _read_cookie(headers: Headers, name: str) -> str:
    try:
        held = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return held.value if held else ""


def _host_name(host: str) -> str:
    """The name without the port; "" for none."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
