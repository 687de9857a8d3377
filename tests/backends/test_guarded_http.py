import gzip
import ipaddress
import time
from collections.abc import Iterator, Sequence

import pytest

from kgpipe.backends.guarded_http import GuardedHttp, Limits, is_public
from kgpipe.errors import ItemError, ServiceError
from tests.backends.web_site import Answer, WebSite

LIMITS = Limits(max_bytes=2000, seconds=20.0, redirects=2)
LOOPBACK = frozenset({"127.0.0.1"})


@pytest.fixture
def site() -> Iterator[WebSite]:
    with WebSite() as site:
        yield site


def reason_of(http: GuardedHttp, url: str) -> str:
    with pytest.raises(ItemError) as caught:
        http.fetch(url)
    return caught.value.reason


def redirect(target: str) -> Answer:
    return Answer(status=302, headers={"Location": target})


# ---------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1",
        "169.254.169.254", "100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1",
        "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
        "2002:7f00:1::", "2002:c0a8:101::",
    ],
)  # fmt: skip
def test_addresses_inside_are_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "64:ff9b::808:808"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/hostname", "ftp://example.org/x", "gopher://example.org", "data:text/plain,x",
        "//example.org/x", "example.org", "", "http://", "http://user:key@example.org/",
        "http://[::1", "javascript:alert(1)", "http://\ud800.org",
    ],
)  # fmt: skip
def test_what_is_no_public_web_address_is_refused(url: str) -> None:
    assert reason_of(GuardedHttp(LIMITS), url) == "bad_address"


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "[::1]", "0"]
)
def test_loopback_is_refused_however_it_is_written(host: str, site: WebSite) -> None:
    assert reason_of(GuardedHttp(LIMITS), f"http://{host}:{site.port}/page") == "private_address"
    assert site.requests == []


def test_a_name_that_stands_for_a_private_address_is_refused(site: WebSite) -> None:
    asked: list[str] = []

    def resolve(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["93.184.216.34", "10.0.0.7"]

    http = GuardedHttp(LIMITS, resolve=resolve)
    assert reason_of(http, "http://rebound.example/") == "private_address"
    assert asked == ["rebound.example"]


def test_the_connection_goes_to_the_address_that_was_checked(site: WebSite) -> None:
    """A name server that answers something else the second time changes nothing."""
    site.pages = {"/page": Answer(b"text")}
    answers = iter([["127.0.0.1"]] * 2)
    http = GuardedHttp(LIMITS, resolve=lambda host, port: next(answers), allowed=LOOPBACK)
    url = f"http://name.example:{site.port}/page"
    assert http.fetch(url).content == b"text"
    # The server sees the name, which no real name server knows.
    assert {host for host, _ in site.requests} == {f"name.example:{site.port}"}


@pytest.mark.parametrize(
    "target", ["http://169.254.169.254/latest/meta-data", "http://localhost:1/", "http://[::1]/"]
)
def test_a_redirect_inwards_is_refused(target: str, site: WebSite) -> None:
    site.pages = {"/page": redirect(target)}
    http = GuardedHttp(LIMITS, allowed=LOOPBACK, resolve=_only_loopback_by_number)
    assert reason_of(http, f"{site.url}/page") == "private_address"


def _only_loopback_by_number(host: str, port: int) -> Sequence[str]:
    return {"localhost": ["127.0.0.53"]}.get(host, [host])


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://example.org/"])
def test_a_redirect_to_another_scheme_is_refused(target: str, site: WebSite) -> None:
    site.pages = {"/page": redirect(target)}
    assert reason_of(GuardedHttp(LIMITS, allowed=LOOPBACK), f"{site.url}/page") == "bad_address"


def test_a_robots_file_that_redirects_inwards_is_refused(site: WebSite) -> None:
    site.pages = {"/robots.txt": redirect("http://10.0.0.1/"), "/page": Answer(b"text")}
    http = GuardedHttp(LIMITS, allowed=LOOPBACK)
    assert reason_of(http, f"{site.url}/page") == "private_address"


# ---------------------------------------------------------------- limits and manners


def test_redirects_are_followed_and_counted(site: WebSite) -> None:
    site.pages = {"/a": redirect("/b"), "/b": redirect("/c"), "/c": Answer(b"text"),
                  "/loop": redirect("/loop")}  # fmt: skip
    http = GuardedHttp(LIMITS, allowed=LOOPBACK)
    assert http.fetch(f"{site.url}/a")[:2] == (f"{site.url}/c", b"text")
    assert reason_of(http, f"{site.url}/loop") == "too_many_redirects"


def test_robots_are_asked_once_and_obeyed(site: WebSite) -> None:
    site.pages = {
        "/robots.txt": Answer(b"User-agent: kgpipe\nDisallow: /private/\n"),
        "/private/x": Answer(b"text"), "/page": Answer(b"text"), "/door": redirect("/private/x"),
    }  # fmt: skip
    http = GuardedHttp(LIMITS, allowed=LOOPBACK)
    assert http.fetch(f"{site.url}/page").content == b"text"
    assert reason_of(http, f"{site.url}/private/x") == "robots_refused"
    assert reason_of(http, f"{site.url}/door") == "robots_refused"
    assert [path for _, path in site.requests] == ["/robots.txt", "/page", "/door"]


def test_a_failing_robots_file_allows_nothing(site: WebSite) -> None:
    site.pages = {"/robots.txt": Answer(status=503), "/page": Answer(b"text")}
    with pytest.raises(ServiceError, match="server_busy"):
        GuardedHttp(LIMITS, allowed=LOOPBACK).fetch(f"{site.url}/page")
    assert [path for _, path in site.requests] == ["/robots.txt"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(b"x" * 3000), "too_large"),
        (Answer(gzip.compress(b"x" * 10**6), headers={"Content-Encoding": "gzip"}), "too_large"),
        (Answer(b""), "empty"),
        (Answer(b"no", 404), "not_found"),
        (Answer(b"no", 403), "not_found"),
        (Answer(b"later", 503), "server_busy"),
        (Answer(b"not gzip", headers={"Content-Encoding": "gzip"}), "unreachable"),
    ],
)
def test_every_failure_has_its_reason(answer: Answer, reason: str, site: WebSite) -> None:
    site.pages = {"/page": answer}
    assert reason_of(GuardedHttp(LIMITS, allowed=LOOPBACK), f"{site.url}/page") == reason


def test_a_server_that_drips_is_left(site: WebSite) -> None:
    dripping = Answer(parts=(b"x",) * 100, pause_seconds=0.05)
    site.pages = {"/page": dripping, "/robots.txt": Answer()}
    http = GuardedHttp(Limits(max_bytes=2000, seconds=0.5), allowed=LOOPBACK)
    started = time.monotonic()
    assert reason_of(http, f"{site.url}/page") == "too_slow"
    assert time.monotonic() - started < 3


def test_a_server_that_is_down_or_unknown_is_unreachable() -> None:
    http = GuardedHttp(LIMITS, allowed=LOOPBACK)
    assert reason_of(http, "http://127.0.0.1:9/x") == "unreachable"

    def unknown(host: str, port: int) -> Sequence[str]:
        raise OSError("no such name")

    assert reason_of(GuardedHttp(LIMITS, resolve=unknown), "http://a.example/") == "unreachable"
