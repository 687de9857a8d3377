"""Fetches from addresses that strangers name: public hosts only, within limits, as robots.txt asks.

A name is resolved once, every address that it has must be public, and the connection goes to the
address that was checked, so that a second answer of the name server changes nothing. Redirects are
followed one by one through the same checks.
"""

import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urljoin
from urllib.robotparser import RobotFileParser

import httpx

from kgpipe import __version__
from kgpipe.errors import ItemError, ServiceError

if TYPE_CHECKING:
    import ssl

USER_AGENT = f"kgpipe/{__version__} (research reports, one request at a time)"
RETRIED = frozenset({408, 429, 500, 502, 503, 504})
# RFC 9309, section 2.5: at least 500 KiB of a robots.txt are to be read.
_ROBOTS_BYTES = 512_000
# A server that says nothing for so long will not answer in time.
_SILENCE_SECONDS = 15.0
# IPv4 addresses inside IPv6 ones: NAT64 (RFC 6052, section 2.1).
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Sequence[str]]


class RetryLaterError(ServiceError):
    """A passing fault; `after` is the pause in seconds that the server asks for."""

    def __init__(self, reason: str, detail: str, after: float = 0.0) -> None:
        super().__init__(reason, detail)
        self.after = after


@dataclass(frozen=True)
class Limits:
    """What one fetch may take: bytes of the page, seconds and redirects in all."""

    max_bytes: int
    seconds: float
    redirects: int = 5


class Page(NamedTuple):
    """What was read: the address after all redirects, the bytes, and their declared type."""

    url: str
    content: bytes
    content_type: str


class _Reply(NamedTuple):
    status: int
    location: str
    retry_after: float
    content: bytes
    content_type: str


def resolve_host(host: str, port: int) -> list[str]:
    """All addresses of a host.

    Raises:
        OSError: it has none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public internet, also inside an IPv6 one."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address.teredo:
            inner = address.teredo[1]
        if address in _NAT64:
            inner = ipaddress.IPv4Address(address.packed[-4:])
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast


class GuardedHttp:
    """Reads pages. Safe to share between threads.

    Args:
        limits: of each fetch.
        resolve: finds the addresses of a host.
        allowed: addresses to be taken for public: tests name their server on loopback here.
    """

    def __init__(
        self,
        limits: Limits,
        *,
        resolve: Resolve = resolve_host,
        allowed: frozenset[str] = frozenset(),
    ) -> None:
        self._limits = limits
        self._resolve = resolve
        self._allowed = allowed
        self._robots: dict[str, RobotFileParser] = {}

    def fetch(self, url: str) -> Page:
        """Read the page at `url`.

        Raises:
            ItemError: bad_address, private_address, robots_refused, too_many_redirects, too_large,
                not_found, empty.
            RetryLaterError: unreachable, server_busy, too_slow.
        """
        deadline = time.monotonic() + self._limits.seconds
        target = url
        for _ in range(self._limits.redirects + 1):
            self._ask_robots(target, deadline)
            reply = self._read(target, deadline, self._limits.max_bytes)
            if reply.location:
                target = urljoin(target, reply.location)
                continue
            _refuse_failure(target, reply)
            if not reply.content:
                raise ItemError("empty", f"{url} is empty.")
            return Page(target, reply.content, reply.content_type)
        raise ItemError("too_many_redirects", f"{url} keeps redirecting.")

    def _ask_robots(self, url: str, deadline: float) -> None:
        """Refuse what the host asks not to fetch."""
        parsed = _parse(url)
        host = f"{parsed.scheme}://{parsed.netloc.decode('ascii')}"
        if host not in self._robots:
            self._robots[host] = self._read_robots(host, deadline)
        if not self._robots[host].can_fetch(USER_AGENT, url):
            raise ItemError("robots_refused", f"{host}/robots.txt asks not to fetch {url}.")

    def _read_robots(self, host: str, deadline: float) -> RobotFileParser:
        """The host's rules: no file allows everything, a failing server nothing (RFC 9309, 2.3.1).

        Raises:
            RetryLaterError: the server does not answer, or with 5xx.
        """
        rules = RobotFileParser()
        target = f"{host}/robots.txt"
        for _ in range(self._limits.redirects):
            reply = self._read(target, deadline, _ROBOTS_BYTES)
            if not reply.location:
                break
            target = urljoin(target, reply.location)
        if reply.status in RETRIED:
            raise RetryLaterError("server_busy", f"{target} answers {reply.status}; try later.")
        found = reply.content if reply.status == httpx.codes.OK else b""
        rules.parse(found.decode("utf-8", "replace").splitlines())
        return rules

    def _read(self, url: str, deadline: float, max_bytes: int) -> _Reply:
        """One request, to the address that was checked."""
        parsed = _parse(url)
        address = self._checked_address(parsed)
        left = deadline - time.monotonic()
        try:
            with _client(left) as client, client.stream(
                "GET",
                parsed.copy_with(host=address),
                headers={"Host": parsed.netloc.decode("ascii"), "User-Agent": USER_AGENT},
                # The certificate is checked against the name, not the address.
                extensions={"sni_hostname": parsed.raw_host.decode("ascii")},
            ) as reply:  # fmt: skip
                redirected = reply.headers.get("Location", "") if reply.is_redirect else ""
                return _Reply(
                    reply.status_code,
                    redirected,
                    _seconds(reply.headers.get("Retry-After", "")),
                    b"" if redirected else b"".join(_capped(reply, url, max_bytes)),
                    reply.headers.get("Content-Type", ""),
                )
        # Closing a client that works, as the deadline does, raises errors of other kinds as well.
        except (httpx.HTTPError, httpx.StreamError, RuntimeError) as error:
            if time.monotonic() >= deadline:
                raise RetryLaterError(
                    "too_slow", f"{url} took more than {self._limits.seconds:.0f} s."
                ) from error
            raise RetryLaterError(
                "unreachable", f"{url}: {type(error).__name__}; check the network, then run again."
            ) from error

    def _checked_address(self, url: httpx.URL) -> str:
        """An address of the host, all of whose addresses are public."""
        port = url.port or (443 if url.scheme == "https" else 80)
        try:
            found = self._resolve(url.raw_host.decode("ascii").strip("[]"), port)
        except (OSError, UnicodeError) as error:
            raise RetryLaterError("unreachable", f"{url.host} has no address: {error}.") from error
        for address in found:
            # The zone of a link-local address ("fe80::1%eth0") is no part of it.
            parsed = ipaddress.ip_address(address.partition("%")[0])
            if address not in self._allowed and not is_public(parsed):
                raise ItemError(
                    "private_address", f"{url.host} is at {address}, which is not public."
                )
        if not found:
            raise RetryLaterError("unreachable", f"{url.host} has no address.")
        return found[0]


def _parse(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError, TypeError) as error:
        raise ItemError("bad_address", f"{url!r} is no address: {error}.") from error
    if parsed.scheme not in ("http", "https") or not parsed.host or parsed.userinfo:
        raise ItemError("bad_address", f"{url!r} is not an http(s) address of a public page.")
    return parsed


@lru_cache(maxsize=1)
def _certificates() -> "ssl.SSLContext":
    """The known authorities; loading them takes longer than many a page."""
    return httpx.create_ssl_context()


@contextmanager
def _client(seconds: float) -> Iterator[httpx.Client]:
    """A client that is closed after `seconds`, however slowly its server drips."""
    patience = max(0.01, min(_SILENCE_SECONDS, seconds))
    with httpx.Client(verify=_certificates(), timeout=patience) as client:
        clock = threading.Timer(max(0.0, seconds), client.close)
        clock.daemon = True
        clock.start()
        try:
            yield client
        finally:
            clock.cancel()


def _capped(reply: httpx.Response, url: str, max_bytes: int) -> Iterator[bytes]:
    """The body, decompressed as it comes, so that a small one cannot swell without end."""
    size = 0
    for part in reply.iter_bytes():
        size += len(part)
        if size > max_bytes:
            raise ItemError("too_large", f"{url} is larger than {max_bytes:,} bytes.")
        yield part


def _refuse_failure(url: str, reply: _Reply) -> None:
    if reply.status in RETRIED:
        raise RetryLaterError(
            "server_busy", f"{url} answers {reply.status}; try again later.", reply.retry_after
        )
    if reply.status != httpx.codes.OK:
        raise ItemError("not_found", f"{url} answers {reply.status}; check the address.")


def _seconds(text: str) -> float:
    return float(text) if text.isdigit() else 0.0
