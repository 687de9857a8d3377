from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from kgpipe.assets import asset_path
from kgpipe.backends.fetch import Source, fetch_sources, read_sources
from kgpipe.backends.guarded_http import GuardedHttp, Limits
from kgpipe.bench.http_server import HttpServer, send
from kgpipe.errors import UsageError
from kgpipe.ids import content_digest

REPORT = b"%PDF-1.4 a report"
LOOPBACK = GuardedHttp(Limits(max_bytes=10**6, seconds=20), allowed=frozenset({"127.0.0.1"}))


class Site(HttpServer):
    """A small web site: a report, a forbidden folder, a page that is busy once, a loop."""

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[str] = []

    def answer_get(self, request: BaseHTTPRequestHandler) -> None:
        self.requests.append(request.path)
        if request.path == "/robots.txt":
            send(request, 200, b"User-agent: *\nDisallow: /private/\n")
        elif request.path == "/busy.pdf" and self.requests.count("/busy.pdf") == 1:
            send(request, 503, b"", {"Retry-After": "0"})
        elif request.path == "/loop":
            send(request, 302, b"", {"Location": "/loop"})
        elif request.path.endswith(".pdf"):
            send(request, 200, REPORT)
        else:
            send(request, 404, b"no")


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        yield running


def source(identifier: str, url: str, sha256: str = "") -> Source:
    return Source(
        id=identifier, title="T", organisation="O", year="2020", url=url, licence="", sha256=sha256
    )


def test_every_source_ends_in_a_file_or_a_reason(site: Site, tmp_path: Path) -> None:
    sources = [
        source("good", f"{site.address}/a.pdf", content_digest(REPORT)),
        source("busy", f"{site.address}/busy.pdf"),
        source("changed", f"{site.address}/b.pdf", "0" * 64),
        source("private", f"{site.address}/private/c.pdf"),
        source("gone", f"{site.address}/gone"),
        source("loop", f"{site.address}/loop"),
        source("scheme", "file:///etc/hostname"),
        source("down", "http://127.0.0.1:9/x.pdf"),
        source("inside", "http://169.254.169.254/x.pdf"),
    ]
    outcomes = {f.id: f for f in fetch_sources(sources, tmp_path, pause_seconds=0, http=LOOPBACK)}
    assert {name: f.reason or f.outcome for name, f in outcomes.items()} == {
        "good": "fetched",
        "busy": "fetched",
        "changed": "hash_changed",
        "private": "robots_refused",
        "gone": "not_found",
        "loop": "too_many_redirects",
        "scheme": "bad_address",
        "down": "unreachable",
        "inside": "private_address",
    }
    assert sorted(path.name for path in tmp_path.iterdir()) == ["busy.pdf", "good.pdf"]
    assert (tmp_path / "good.pdf").read_bytes() == REPORT
    assert "/private/c.pdf" not in site.requests


def test_a_second_call_fetches_nothing_and_notices_an_edited_file(
    site: Site, tmp_path: Path
) -> None:
    sources = [source("good", f"{site.address}/a.pdf", content_digest(REPORT))]
    list(fetch_sources(sources, tmp_path, pause_seconds=0, http=LOOPBACK))
    asked = len(site.requests)
    [again] = fetch_sources(sources, tmp_path, pause_seconds=0, http=LOOPBACK)
    assert (again.outcome, len(site.requests)) == ("present", asked)
    (tmp_path / "good.pdf").write_bytes(b"edited")
    [edited] = fetch_sources(sources, tmp_path, pause_seconds=0, http=LOOPBACK)
    assert (edited.outcome, edited.reason) == ("failed", "hash_changed")


def test_the_shipped_source_list_is_well_formed() -> None:
    sources = read_sources(asset_path("data/sources.csv"))
    assert all(s.url.startswith("https://") and s.title and s.organisation for s in sources)
    assert all(len(s.sha256) in (0, 64) for s in sources)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,title\na,b\n", "lacks the columns organisation"),
        ("", "no rows"),
        (
            "id,title,organisation,year,url,licence,sha256\na,t,o,1,u,l,\na,t,o,1,u,l,\n",
            r"unique; look at \['a'\]",
        ),
    ],
)
def test_a_bad_list_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "sources.csv"
    path.write_text(text)
    with pytest.raises(UsageError, match=message):
        read_sources(path)
