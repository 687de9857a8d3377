"""Benchmark `pdftext`: our text of PDFs against that of `pdftotext` (poppler), word by word."""

import json
import re
import shutil
import subprocess
import time
import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from rapidfuzz.distance import Indel

from kgpipe.backends.pdf import PdfiumReader
from kgpipe.corpus.read import read_file
from kgpipe.errors import ItemError, KgpipeError
from kgpipe.ids import content_digest
from kgpipe.pages import RawPage
from kgpipe.settings import ReadSettings
from kgpipe.types import SourceFile

_FOLDERS = ("asgm_real", "pdfplumber", "pikepdf")
_WORD = re.compile(r"\w+")
# Seconds after which pdftotext is taken to hang on a broken file.
_PATIENCE = 120


def run(data: Path, out: Path) -> dict[str, Any]:
    """Compare the texts of all PDFs under `data/pdf`.

    Args:
        data: holds `pdf/asgm_real`, `pdf/pdfplumber` and `pdf/pikepdf`; absent ones are left out.
        out: `report.json` is written here.

    Returns:
        The report. Per file: outcome ("pages" or a rejection's reason), pages by both readers,
        seconds, `similarity` (longest common subsequence of the words: 2 LCS / (m + n), so that
        order counts), `layout_similarity` (the same to `pdftotext -layout`, which reads tables by
        row as we do, but also across columns) and `overlap` (the words as a bag). A dropped
        running header lowers each.

    Raises:
        KgpipeError: `pdftotext` is not installed, or there is no PDF.
    """
    if shutil.which("pdftotext") is None:
        raise KgpipeError("pdftotext is missing. Install it: apt-get install poppler-utils.")
    paths = sorted(path for name in _FOLDERS for path in (data / "pdf" / name).rglob("*.pdf"))
    if not paths:
        raise KgpipeError(f"No PDF in {data / 'pdf'}/{{{','.join(_FOLDERS)}}}. Check --data.")
    report = _summary([_compare(path, data / "pdf") for path in paths])
    out.mkdir(parents=True, exist_ok=True)
    (out / "report.json").write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n")
    return report


def _summary(files: list[dict[str, Any]]) -> dict[str, Any]:
    compared = [file for file in files if file["similarity"] is not None]
    pages = sum(file["pages"] or 0 for file in files)
    seconds = sum(file["seconds"] for file in files)
    return {
        "files": len(files),
        "outcomes": dict(sorted(Counter(file["outcome"] for file in files).items())),
        "pages": pages,
        "pages_per_second": round(pages / seconds, 1),
        "page_counts_differ": [
            file["file"] for file in files if file["pages"] != file["pdftotext_pages"]
        ],
        "compared": len(compared),
        "median_similarity": _median([file["similarity"] for file in compared]),
        "median_layout_similarity": _median([file["layout_similarity"] for file in compared]),
        "median_overlap": _median([file["overlap"] for file in compared]),
        "by_file": files,
    }


def _median(values: Sequence[float]) -> float | None:
    return round(median(values), 4) if values else None


def _compare(path: Path, base: Path) -> dict[str, Any]:
    started = time.perf_counter()
    outcome, pages, text = _read(path)
    seconds = time.perf_counter() - started
    theirs = _pdftotext(path)
    ours, reference = _words(text), _words(theirs or "")
    layout = _words(_pdftotext(path, "-layout") or "")
    both = bool(ours and reference)
    return {
        "file": path.relative_to(base).as_posix(),
        "outcome": outcome,
        "pages": pages,
        # pdftotext ends each page with a form feed.
        "pdftotext_pages": theirs.count("\f") if theirs is not None else None,
        "seconds": round(seconds, 4),
        "words": len(ours),
        "pdftotext_words": len(reference),
        "similarity": Indel.normalized_similarity(ours, reference) if both else None,
        "layout_similarity": Indel.normalized_similarity(ours, layout) if both else None,
        "overlap": _overlap(ours, reference) if both else None,
    }


class _ReadAlready:
    """A `PageReader` that hands on pages, so that a rejected file's pages are counted too."""

    def __init__(self, pages: list[RawPage]) -> None:
        self.pages = pages

    def read_pages(self, path: Path) -> list[RawPage]:
        return self.pages


def _read(path: Path) -> tuple[str, int | None, str]:
    """Outcome, number of pages (None if the file cannot be opened) and text."""
    file = SourceFile(path=str(path), source=path.name, sha256=content_digest(path.read_bytes()))
    pages: int | None = None
    try:
        raw = PdfiumReader().read_pages(path)
        pages = len(raw)
        document = read_file(file, settings=ReadSettings(), reader=_ReadAlready(raw))
    except ItemError as error:
        return error.reason, pages, ""
    return "pages", pages, document.text


def _pdftotext(path: Path, *options: str) -> str | None:
    """The text by pdftotext, None where it fails."""
    command = ["pdftotext", "-q", "-enc", "UTF-8", *options, str(path), "-"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        return None
    return done.stdout.decode(errors="replace") if done.returncode == 0 else None


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def _overlap(ours: Sequence[str], theirs: Sequence[str]) -> float:
    common = (Counter(ours) & Counter(theirs)).total()
    return 2 * common / (len(ours) + len(theirs))
