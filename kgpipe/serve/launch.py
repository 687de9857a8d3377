"""Starts servers on this machine: a port, its names, and the review page on it."""

import secrets
import socket
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

from kgpipe.errors import UsageError
from kgpipe.serve.app import create_app
from kgpipe.serve.desk import Desk
from kgpipe.serve.guard import LOOPBACK

# Where the page is looked for first; any free port will do.
USUAL_PORT = 8377
_ANY_ADDRESS = frozenset({"", "0.0.0.0", "::"})
# 192 bits: guessing it over a network is hopeless.
_TOKEN_BYTES = 24


def serve_page(desk: Desk, *, host: str, port: int | None, announce: Callable[[str], None]) -> None:
    """Serve the page until the process is interrupted.

    Args:
        desk: the workspace under review.
        host: the address to listen on.
        port: None for the usual one, or any that is free where that is taken.
        announce: called with the page's address, token included, once it can be opened.

    Raises:
        UsageError: the address cannot be listened on.
    """
    listener = listen(host, port, usual=USUAL_PORT)
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    app = create_app(desk, token=token, hosts=names_of(host))
    announce(f"{address_of(host, listener)}/?token={token}")
    run_server(app, listener)


def run_server(app: ASGIApp, listener: socket.socket) -> None:
    """Serve until the process is interrupted, which is passed on as KeyboardInterrupt."""
    # Answers are the machine's own: a browser that went away is nothing to wait for.
    config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    with listener:
        server.run(sockets=[listener])
    # uvicorn raises the signal again that ended it, but on a loaded machine it may also return.
    if server.started:
        raise KeyboardInterrupt


def names_of(host: str) -> frozenset[str] | None:
    """By which names a server on this address may be called; None for any."""
    if host in _ANY_ADDRESS:
        return None
    return LOOPBACK | {host} if host in LOOPBACK else frozenset({host})


def address_of(host: str, listener: socket.socket) -> str:
    """What to type into a browser on this machine."""
    name = "127.0.0.1" if host in _ANY_ADDRESS else f"[{host}]" if ":" in host else host
    return f"http://{name}:{listener.getsockname()[1]}"


def listen(host: str, port: int | None, *, usual: int) -> socket.socket:
    """Open a port; None for the usual one, or any that is free where that is taken.

    Raises:
        UsageError: the address cannot be listened on.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for choice in (usual, 0) if port is None else (port,):
        try:
            listener = socket.create_server((host, choice), family=family)
            # Else an answer in two parts waits 40 ms for the browser to acknowledge the first.
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return listener
        except OSError as error:
            fault = error
    raise UsageError(
        f"Cannot listen on {host or 'any address'}, port {port}: {fault.strerror or fault}. "
        "Choose another --port, or none for one that is free."
    ) from fault
