import threading
from collections.abc import Iterator

import pytest

from kgpipe.backends.guarded_http import GuardedHttp, Limits
from kgpipe.backends.search_web import (
    NoResultsError,
    ReplaySearch,
    WebSearch,
    list_duckduckgo,
    web_name,
)
from kgpipe.errors import ServiceError
from kgpipe.searches import SearchArchive
from kgpipe.workspace import Workspace
from tests.backends.web_site import Answer, WebSite

ARTICLE = ("<html lang='es'><body><article><p>" + "El mercurio contamina los rios. " * 9
           + "</p></article></body></html>").encode()  # fmt: skip
HTTP = GuardedHttp(Limits(10**6, seconds=10), allowed=frozenset({"127.0.0.1"}))


class Engine:
    """Lists what it was given; raises what is an exception."""

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)
        self.queries: list[str] = []

    def __call__(self, query: str, limit: int) -> list[dict[str, str]]:
        self.queries.append(query)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, list)
        return answer


def row(url: str) -> dict[str, str]:
    return {"href": url, "title": "T", "body": "snippet"}


@pytest.fixture
def site() -> Iterator[WebSite]:
    with WebSite() as site:
        site.pages = {"/a": Answer(ARTICLE, headers={"Content-Type": "text/html"}),
                      "/b": Answer(b"\x89PNG", headers={"Content-Type": "image/png"})}  # fmt: skip
        yield site


@pytest.fixture
def store() -> SearchArchive:
    return SearchArchive(Workspace(None).transaction)


def web(store: SearchArchive, engine: Engine, *excluded: str) -> WebSearch:
    return WebSearch(store, excluded=excluded, list_results=engine, http=HTTP, pause_seconds=0)


def test_pages_become_passages_and_the_rest_has_a_reason(
    site: WebSite, store: SearchArchive
) -> None:
    urls = [f"{site.url}/a", f"{site.url}/b", f"{site.url}/gone", "http://10.0.0.1/",
            "https://www.bad.example/x", "ftp://a.example/"]  # fmt: skip
    found = web(store, Engine([row(u) for u in urls]), "bad.example").search("q", limit=10)
    assert [(p.source, p.url, p.language) for p in found] == [(urls[0], urls[0], "es")]
    assert "mercurio" in found[0].text
    reply = store.find("q", limit=10)
    assert reply is not None
    assert [hit.url for hit in reply.hits] == urls
    assert [hit.fault for hit in reply.hits] == [
        "", "not_text", "not_found", "private_address", "excluded_domain", "bad_address",
    ]  # fmt: skip
    assert reply.hits[0].snippet == "snippet"
    assert reply.searched_at.endswith("+00:00")


def test_a_stored_reply_is_not_asked_for_again_and_can_be_replayed(
    site: WebSite, store: SearchArchive
) -> None:
    engine = Engine([row(f"{site.url}/a")])
    first = web(store, engine).search("q", limit=10)
    site.pages = {}
    assert web(store, engine).search("q", limit=10) == first
    assert ReplaySearch(store).search("q", limit=10) == first
    assert engine.queries == ["q"]
    with pytest.raises(ServiceError, match="not_recorded"):
        ReplaySearch(store).search("other", limit=10)


def test_a_passing_failure_is_tried_again(site: WebSite, store: SearchArchive) -> None:
    down = ServiceError("search_failed", "timed out")
    engine = Engine(down, down, [row(f"{site.url}/a")])
    assert len(web(store, engine).search("q", limit=10)) == 1
    assert engine.queries == ["q"] * 3


def test_a_lasting_failure_is_an_error_and_is_not_stored(store: SearchArchive) -> None:
    engine = Engine(ServiceError("search_failed", "down"))
    with pytest.raises(ServiceError, match="down"):
        web(store, engine).search("q", limit=10)
    assert store.find("q", limit=10) is None


def test_nothing_counts_as_nothing_only_if_the_engine_answers_at_all(
    store: SearchArchive,
) -> None:
    """ddgs says "No results found." for a refused request too."""
    nothing = NoResultsError("no_results", "nothing")
    assert web(store, Engine(nothing, [row("x")])).search("rare", limit=10) == []
    stored = store.find("rare", limit=10)
    assert stored is not None
    assert stored.hits == ()
    with pytest.raises(ServiceError, match="no_results"):
        web(store, Engine(nothing)).search("refused", limit=10)
    assert store.find("refused", limit=10) is None


def test_no_page_in_reach_is_an_error(store: SearchArchive) -> None:
    engine = Engine([row("http://127.0.0.1:9/a"), row("http://127.0.0.1:9/b")])
    with pytest.raises(ServiceError, match="pages_unreachable"):
        web(store, engine).search("q", limit=10)
    assert store.find("q", limit=10) is None


def test_threads_that_ask_the_same_get_the_same(site: WebSite, store: SearchArchive) -> None:
    engine = web(store, Engine([row(f"{site.url}/a")]))
    found: list[object] = []
    threads = [
        threading.Thread(target=lambda: found.append(engine.search("q", limit=3))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert all(one == found[0] for one in found)


def test_the_name_changes_with_what_is_left_out() -> None:
    assert web_name(["a.example", "b.example"]) == web_name(["b.example", "a.example"])
    assert web_name([]) != web_name(["a.example"])


def test_duckduckgo_out_of_reach_is_a_service_error(monkeypatch: pytest.MonkeyPatch) -> None:
    # Whatever the network of this machine is, this proxy is closed.
    monkeypatch.setenv("DDGS_PROXY", "http://127.0.0.1:9")
    with pytest.raises(ServiceError):
        list_duckduckgo("mercury", 3)
