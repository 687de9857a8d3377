"""Downloads public reports politely: robots.txt, one request at a time with a pause, no surprises.

A file is kept only if it is whole and, where its SHA-256 is known, unchanged. A second call
fetches only what is missing.
"""

import csv
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit
from urllib.robotparser import RobotFileParser

import httpx
import tenacity

from kgpipe import __version__
from kgpipe.errors import ItemError, ServiceError, UsageError
from kgpipe.ids import content_digest
from kgpipe.types import Record

USER_AGENT = f"kgpipe/{__version__} (research reports, one request at a time)"
REQUIRED_COLUMNS = ("id", "title", "organisation", "year", "url", "licence", "sha256")
# The largest report known to us has 60 MB; more is likely not a report.
MAX_BYTES = 200_000_000
TRIES = 4
RETRIED = frozenset({408, 429, 500, 502, 503, 504})


class Source(Record):
    """One line of `data/sources.csv`; `sha256` is "" where it is not known yet."""

    id: str
    title: str
    organisation: str
    year: str
    url: str
    licence: str
    sha256: str = ""


class Fetched(Record):
    """What became of one source: `file` is its name in the output folder, "" if it failed."""

    id: str
    outcome: Literal["fetched", "present", "failed"]
    file: str = ""
    sha256: str = ""
    reason: str = ""
    detail: str = ""


def read_sources(path: Path) -> list[Source]:
    """Read a CSV with at least the columns `REQUIRED_COLUMNS`.

    Raises:
        UsageError: unreadable, a column is missing, or an id repeats or is empty.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"Cannot read the source list {path}: {error}.") from error
    missing = [name for name in REQUIRED_COLUMNS if rows and name not in rows[0]]
    if missing or not rows:
        what = f"lacks the columns {', '.join(missing)}" if missing else "has no rows"
        raise UsageError(f"{path} {what}; it needs {', '.join(REQUIRED_COLUMNS)}.")
    sources = [
        Source(**{name: (row[name] or "").strip() for name in REQUIRED_COLUMNS}) for row in rows
    ]
    ids = [source.id for source in sources]
    wrong = sorted({name for name in ids if not name or ids.count(name) > 1})
    if wrong:
        raise UsageError(f"{path}: each id must be given and unique; look at {wrong}.")
    return sources


def fetch_sources(
    sources: Sequence[Source], out: Path, *, pause_seconds: float = 2.0
) -> Iterator[Fetched]:
    """Download each source into `out`, pausing between requests; yield an outcome a source."""
    out.mkdir(parents=True, exist_ok=True)
    robots: dict[str, RobotFileParser] = {}
    with httpx.Client(
        headers={"User-Agent": USER_AGENT}, timeout=60.0, follow_redirects=True, max_redirects=5
    ) as client:
        for source in sources:
            target = out / file_name(source)
            if target.is_file():
                yield _check_present(source, target)
                continue
            try:
                content = _download(client, source.url, robots)
                digest = content_digest(content)
                if source.sha256 and digest != source.sha256.lower():
                    raise ItemError(
                        "hash_changed",
                        f"the file has SHA-256 {digest}, expected {source.sha256}; it is not the "
                        "edition that was listed. Look at it, then correct the list.",
                    )
            except ItemError as error:
                yield Fetched(
                    id=source.id, outcome="failed", reason=error.reason, detail=error.detail
                )
            else:
                _write_whole(target, content)
                yield Fetched(id=source.id, outcome="fetched", file=target.name, sha256=digest)
            time.sleep(pause_seconds)


def file_name(source: Source) -> str:
    """The id with the suffix of the address, `.pdf` where that has none."""
    suffix = Path(unquote(urlsplit(source.url).path)).suffix.lower()
    return source.id + (suffix if suffix in {".pdf", ".txt", ".md", ".csv"} else ".pdf")


def _check_present(source: Source, target: Path) -> Fetched:
    digest = content_digest(target.read_bytes())
    if source.sha256 and digest != source.sha256.lower():
        return Fetched(
            id=source.id,
            outcome="failed",
            file=target.name,
            sha256=digest,
            reason="hash_changed",
            detail=f"{target} is not the listed edition; remove it to fetch it again.",
        )
    return Fetched(id=source.id, outcome="present", file=target.name, sha256=digest)


def _write_whole(target: Path, content: bytes) -> None:
    """Write under another name first, so that a kill never leaves half a file."""
    partial = target.with_name(target.name + ".part")
    partial.write_bytes(content)
    partial.replace(target)


def _download(client: httpx.Client, url: str, robots: dict[str, RobotFileParser]) -> bytes:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ItemError("bad_address", f"{url!r} is not an http(s) address.")
    host = f"{parts.scheme}://{parts.netloc}"
    if host not in robots:
        robots[host] = _read_robots(client, host)
    if not robots[host].can_fetch(USER_AGENT, url):
        raise ItemError("robots_refused", f"{host}/robots.txt asks not to fetch {url}.")
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(ServiceError),
        stop=tenacity.stop_after_attempt(TRIES),
        wait=_wait,
        reraise=True,
    )
    return retrying(_request, client, url)


def _read_robots(client: httpx.Client, host: str) -> RobotFileParser:
    """The host's rules; a host without a readable robots.txt allows everything (RFC 9309)."""
    rules = RobotFileParser()
    try:
        reply = client.get(f"{host}/robots.txt")
        rules.parse(reply.text.splitlines() if reply.status_code == httpx.codes.OK else [])
    except httpx.HTTPError:
        rules.parse([])
    return rules


class _RetryLaterError(ServiceError):
    """A passing fault; `after` is the pause in seconds that the server asks for."""

    def __init__(self, reason: str, detail: str, after: float = 0.0) -> None:
        super().__init__(reason, detail)
        self.after = after


def _wait(state: tenacity.RetryCallState) -> float:
    """The server's own pause if it names one (a minute at most), else 1, 2, 4 seconds."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.after if isinstance(error, _RetryLaterError) else 0.0
    return min(60.0, asked or 2.0 ** (state.attempt_number - 1))


def _request(client: httpx.Client, url: str) -> bytes:
    try:
        with client.stream("GET", url) as reply:
            if reply.status_code in RETRIED:
                after = reply.headers.get("Retry-After", "")
                raise _RetryLaterError(
                    "server_busy",
                    f"{url} answers {reply.status_code}; try again later.",
                    float(after) if after.isdigit() else 0.0,
                )
            if reply.status_code != httpx.codes.OK:
                raise ItemError(
                    "not_found", f"{url} answers {reply.status_code}; check the address."
                )
            return _read_capped(reply, url)
    except httpx.TooManyRedirects as error:
        raise ItemError("too_many_redirects", f"{url} keeps redirecting.") from error
    except httpx.HTTPError as error:
        raise _RetryLaterError(
            "unreachable", f"{url}: {type(error).__name__}; check the network, then run again."
        ) from error


def _read_capped(reply: httpx.Response, url: str) -> bytes:
    content = bytearray()
    for part in reply.iter_bytes():
        content += part
        if len(content) > MAX_BYTES:
            raise ItemError("too_large", f"{url} is larger than {MAX_BYTES // 10**6} MB.")
    if not content:
        raise ItemError("empty", f"{url} is empty.")
    return bytes(content)
