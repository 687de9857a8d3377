"""Starts the review page's server on this machine."""

import secrets
import socket
from collections.abc import Callable

import uvicorn

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
    listener = _listen(host, port)
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    hosts = None if host in _ANY_ADDRESS else LOOPBACK | {host} if host in LOOPBACK else {host}
    app = create_app(desk, token=token, hosts=None if hosts is None else frozenset(hosts))
    # Answers are small and the machine's own: a browser that went away is nothing to wait for.
    config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=1)
    name = "127.0.0.1" if host in _ANY_ADDRESS else f"[{host}]" if ":" in host else host
    announce(f"http://{name}:{listener.getsockname()[1]}/?token={token}")
    with listener:
        uvicorn.Server(config).run(sockets=[listener])


def _listen(host: str, port: int | None) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for choice in (USUAL_PORT, 0) if port is None else (port,):
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
