"""Searches the web through DuckDuckGo, reads the pages, and keeps every reply; or replays them.

`ddgs` says "No results found." for a refused request as well. So an empty answer counts only where
a query that must have results gets some in the same minute.
"""

import threading
import time
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from importlib.metadata import version

import tenacity

from kgpipe.backends.guarded_http import GuardedHttp, Limits
from kgpipe.backends.page_text import PageText, read_page
from kgpipe.calls import SearchHit, SearchReply
from kgpipe.errors import ItemError, ServiceError
from kgpipe.ids import content_digest, content_id
from kgpipe.ports import SearchStore
from kgpipe.text.domains import is_in_domains
from kgpipe.types import Passage

# Raise it when the same page would be read differently.
_VERSION = 1
# Seconds between two questions to the search engine, by whatever thread: it blocks faster callers.
PAUSE_SECONDS = 2.0
TRIES = 4
# A long report has some megabytes; one that takes longer is no use for thousands of claims.
PAGE_LIMITS = Limits(max_bytes=8_000_000, seconds=30.0)
# A page's text is cut here; a claim's evidence stands near the top of what a search engine ranks.
_MAX_PAGE_CHARS = 100_000
# Its answer tells whether the engine answers at all.
_CONTROL_QUERY = "gold"
_NO_RESULTS = "No results found."

# A query and how many results are wanted: rows with href, title, body.
ListResults = Callable[[str, int], list[dict[str, str]]]


class NoResultsError(ServiceError):
    """The engine listed nothing: because there is nothing, or because it refused."""


def web_name(excluded: Collection[str]) -> str:
    """The name of a `WebSearch`; it changes with what is left out and how pages are read."""
    return f"duckduckgo:{content_id('web', _VERSION, sorted(excluded))}"


def list_duckduckgo(query: str, limit: int) -> list[dict[str, str]]:
    """Ask DuckDuckGo.

    Raises:
        NoResultsError: it lists nothing.
        ServiceError: it cannot be reached, or limits the rate.
    """
    from ddgs import DDGS
    from ddgs.exceptions import DDGSException

    try:
        return DDGS(timeout=20).text(query, max_results=limit, backend="duckduckgo")
    except DDGSException as error:
        said = " ".join(str(error).split())
        if said == _NO_RESULTS:
            raise NoResultsError(
                "no_results", f"DuckDuckGo lists nothing for {query!r}."
            ) from error
        raise ServiceError(
            "search_failed",
            f"DuckDuckGo (ddgs {version('ddgs')}): {said}. Check the network, then run again.",
        ) from error


def build_http() -> GuardedHttp:
    """What reads the pages behind results."""
    return GuardedHttp(PAGE_LIMITS)


class WebSearch:
    """A `SearchEngine` over the web. Safe to share between threads.

    Args:
        store: keeps the replies; what it has is not asked for again.
        excluded: domains whose pages are not read.
        list_results: the engine; None for DuckDuckGo.
        http: reads the pages; None for one with `PAGE_LIMITS`.
        pause_seconds: between two questions to the engine, and before the second try.
    """

    def __init__(
        self,
        store: SearchStore,
        *,
        excluded: Collection[str] = (),
        list_results: ListResults | None = None,
        http: GuardedHttp | None = None,
        pause_seconds: float = PAUSE_SECONDS,
    ) -> None:
        self.name = web_name(excluded)
        self._store = store
        self._excluded = frozenset(excluded)
        self._list = list_results or list_duckduckgo
        self._http = http or build_http()
        self._pause_seconds = pause_seconds
        self._turn = threading.Lock()
        self._asked_at = -pause_seconds

    def search(self, query: str, *, limit: int) -> list[Passage]:
        """Return the text of up to `limit` pages, a passage each.

        Raises:
            ServiceError: the engine failed, or none of the listed pages could be reached.
        """
        reply = self._store.find(query, limit=limit, engine=self.name)
        if reply is None:
            self._store.save(self._ask(query, limit))
            # Of two threads that ask the same the first one's reply stays.
            reply = self._store.find(query, limit=limit, engine=self.name)
        return reply.passages if reply else []

    def _ask(self, query: str, limit: int) -> SearchReply:
        hits = [self._visit(row) for row in self._results(query, limit)[:limit]]
        down = [hit for hit in hits if hit.fault in ("unreachable", "too_slow")]
        if hits and len(down) == len(hits):
            raise ServiceError(
                "pages_unreachable",
                f"None of the {len(hits)} pages found for {query!r} can be reached. Check the "
                "network, then run again.",
            )
        return SearchReply(
            engine=self.name,
            query=query,
            limit=limit,
            searched_at=datetime.now(UTC).isoformat(timespec="seconds"),
            hits=tuple(hits),
        )

    def _results(self, query: str, limit: int) -> list[dict[str, str]]:
        """What the engine lists; nothing only if it answers another question."""
        try:
            return self._list_patiently(query, limit)
        except NoResultsError:
            if self._list_patiently(_CONTROL_QUERY, 1):
                return []
            raise

    def _list_patiently(self, query: str, limit: int) -> list[dict[str, str]]:
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(_is_passing),
            stop=tenacity.stop_after_attempt(TRIES),
            wait=tenacity.wait_exponential(multiplier=self._pause_seconds, max=60),
            reraise=True,
        )
        return retrying(self._list_in_turn, query, limit)

    def _list_in_turn(self, query: str, limit: int) -> list[dict[str, str]]:
        with self._turn:
            time.sleep(max(0.0, self._asked_at + self._pause_seconds - time.monotonic()))
            try:
                return self._list(query, limit)
            finally:
                self._asked_at = time.monotonic()

    def _visit(self, row: Mapping[str, str]) -> SearchHit:
        """The page behind a result, or why it has no text."""
        url = row.get("href", "")
        listed = SearchHit(url=url, title=row.get("title", ""), snippet=row.get("body", ""))
        if is_in_domains(url, self._excluded):
            return listed.model_copy(update={"fault": "excluded_domain"})
        try:
            page = self._http.fetch(url)
            if is_in_domains(page.url, self._excluded):
                return listed.model_copy(update={"fault": "excluded_domain"})
            return listed.model_copy(update={"passage": _passage(page.url, read_page(page))})
        except ItemError as error:
            return listed.model_copy(update={"fault": error.reason})


class ReplaySearch:
    """A `SearchEngine` that answers from stored replies alone."""

    def __init__(self, store: SearchStore) -> None:
        self._store = store

    def search(self, query: str, *, limit: int) -> list[Passage]:
        """Return what was found when the query was asked.

        Raises:
            ServiceError: it was not.
        """
        reply = self._store.find(query, limit=limit)
        if reply is None:
            raise ServiceError(
                "not_recorded",
                f"The workspace has no reply to {query!r} with {limit} results. Run once with "
                "--search duckduckgo.",
            )
        return reply.passages


def _passage(url: str, found: PageText) -> Passage:
    text = found.text[:_MAX_PAGE_CHARS].encode("utf-8", "replace").decode()
    return Passage(
        id=content_id("page", url, content_digest(text.encode())),
        source=url,
        text=text,
        language=found.language or "en",
        url=url,
        published=found.published,
    )


def _is_passing(error: BaseException) -> bool:
    return isinstance(error, ServiceError) and not isinstance(error, NoResultsError)
