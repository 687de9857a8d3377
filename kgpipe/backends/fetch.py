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

import tenacity

from kgpipe.backends.guarded_http import GuardedHttp, Limits, RetryLaterError
from kgpipe.errors import ItemError, ServiceError, UsageError
from kgpipe.ids import content_digest
from kgpipe.types import Record

REQUIRED_COLUMNS = ("id", "title", "organisation", "year", "url", "licence", "sha256")
# The largest report known to us has 60 MB; more is likely not a report.
MAX_BYTES = 200_000_000
# Enough for the largest over a slow line.
MAX_SECONDS = 1800.0
TRIES = 4


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
    sources: Sequence[Source],
    out: Path,
    *,
    pause_seconds: float = 2.0,
    http: GuardedHttp | None = None,
) -> Iterator[Fetched]:
    """Download each source into `out`, pausing between requests; yield an outcome a source.

    Args:
        sources: what to download.
        out: a folder, made if absent.
        pause_seconds: between two requests.
        http: reads the files; None for one with the limits of reports.
    """
    out.mkdir(parents=True, exist_ok=True)
    http = http or build_http()
    for source in sources:
        target = out / file_name(source)
        if target.is_file():
            yield _check_present(source, target)
            continue
        try:
            content = _download(http, source.url)
            digest = content_digest(content)
            if source.sha256 and digest != source.sha256.lower():
                raise ItemError(
                    "hash_changed",
                    f"the file has SHA-256 {digest}, expected {source.sha256}; it is not the "
                    "edition that was listed. Look at it, then correct the list.",
                )
        except ItemError as error:
            yield Fetched(id=source.id, outcome="failed", reason=error.reason, detail=error.detail)
        else:
            _write_whole(target, content)
            yield Fetched(id=source.id, outcome="fetched", file=target.name, sha256=digest)
        time.sleep(pause_seconds)


def build_http() -> GuardedHttp:
    """What reads reports: files of many megabytes."""
    return GuardedHttp(Limits(max_bytes=MAX_BYTES, seconds=MAX_SECONDS))


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


def _download(http: GuardedHttp, url: str) -> bytes:
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(ServiceError),
        stop=tenacity.stop_after_attempt(TRIES),
        wait=_wait,
        reraise=True,
    )
    return retrying(http.fetch, url).content


def _wait(state: tenacity.RetryCallState) -> float:
    """The server's own pause if it names one (a minute at most), else 1, 2, 4 seconds."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.after if isinstance(error, RetryLaterError) else 0.0
    return min(60.0, asked or 2.0 ** (state.attempt_number - 1))
