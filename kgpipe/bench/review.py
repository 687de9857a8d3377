"""Benchmark `review`: 100,000 facts out to a spreadsheet and their labels back.

A workspace with that many facts, each with a quote and three pieces of evidence, is made once a
size. Each command then runs in a process of its own, so that its CPU time and peak memory are its
own: other work on the machine adds to the wall time, hardly to the CPU time.
"""

import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from kgpipe.errors import KgpipeError
from kgpipe.review.export import FACTS
from kgpipe.review.workbook import read_workbook, write_workbook
from kgpipe.text.normalise import label_key
from kgpipe.types import (
    Claim,
    Document,
    Evidence,
    Extraction,
    Resolution,
    Span,
    Triple,
    Verdict,
    Vote,
)
from kgpipe.workspace import Workspace

FACTS_MADE = 100_000
FACTS_PER_DOCUMENT = 500
# `ru_maxrss` is in kilobytes on Linux, in bytes on macOS.
_PEAK_UNIT = 1 if sys.platform == "darwin" else 1024


def run(out: Path, *, sizes: Sequence[int] = (FACTS_MADE,)) -> dict[str, Any]:
    """Time export and import of all facts, as CSV and as .xlsx, every fact labelled.

    Args:
        out: `report.json` is written here.
        sizes: numbers of facts.

    Returns:
        The report: of each size and format wall and CPU seconds and peak memory (MB) of export and
        import, and the file's size (MB).

    Raises:
        KgpipeError: a command failed, or not every label came back.
    """
    report: dict[str, Any] = {
        "cores": os.cpu_count(),
        "runs": [{"facts": size, **_measure(size)} for size in sizes],
    }
    out.mkdir(parents=True, exist_ok=True)
    (out / "report.json").write_text(json.dumps(report, indent=2) + "\n")
    return report | {f"{one['facts']} facts": one for one in report["runs"]}


def make_workspace(folder: Path, facts: int) -> None:
    """Fill a workspace as a run does that read so many facts from documents of 500 each."""
    workspace = Workspace(folder)
    numbers = range(0, facts, FACTS_PER_DOCUMENT)
    workspace.map("read", _make_document, numbers, returns=Document, key=str, version="1")
    batches = [range(start, min(start + FACTS_PER_DOCUMENT, facts)) for start in numbers]
    workspace.map("extract", _extract, batches, returns=Extraction, key=str, version="1")
    workspace.map("dedupe", _resolve, [facts], returns=Resolution, key=str, version="1")
    workspace.map("verify", _judge, range(facts), returns=Verdict, key=str, version="1")
    workspace.close()


def _measure(facts: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        _apart(make_workspace, folder / "made", facts)
        for suffix in ("csv", "xlsx"):
            # Each format starts from a workspace without labels.
            shutil.copytree(folder / "made", folder / suffix)
            table, filled = folder / f"out.{suffix}", folder / f"filled.{suffix}"
            there = _call("export", table, "--all", "-w", folder / suffix)
            _apart(_fill_csv if suffix == "csv" else _fill_workbook, table, filled)
            back = _call("import", filled, "-w", folder / suffix)
            if (there["written"], back["changed"]) != (facts, facts):
                raise KgpipeError(f"Of {facts} facts {there}, {back}: the run is no good.")
            found[suffix] = {
                "export": there["took"], "import": back["took"],
                "wall_seconds": there["took"]["wall_seconds"] + back["took"]["wall_seconds"],
                "cpu_seconds": there["took"]["cpu_seconds"] + back["took"]["cpu_seconds"],
                "file_mb": table.stat().st_size / 2**20,
            }  # fmt: skip
    return found


def _apart(function: Callable[..., None], *arguments: Any) -> None:
    """Run in a process that ends: the peak memory of a child begins at that of its parent."""
    process = get_context("spawn").Process(target=function, args=arguments)
    process.start()
    process.join()
    if process.exitcode:
        raise KgpipeError(f"{function.__name__} failed; its message stands above.")


def _call(command: str, *arguments: str | Path) -> dict[str, Any]:
    """Run `kgpipe review` in a process of its own; its summary, and what it took."""
    started = time.perf_counter()
    words = [sys.executable, "-m", "kgpipe", "review", command, *map(str, arguments), "--json"]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        answer = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise KgpipeError(f"kgpipe review {command} failed; its message stands above.")
    took = {
        "wall_seconds": time.perf_counter() - started,
        "cpu_seconds": used.ru_utime + used.ru_stime,
        "peak_memory_mb": used.ru_maxrss * _PEAK_UNIT / 2**20,
    }
    return {**json.loads(answer), "took": took}


# ---------------------------------------------------------------- an expert's spreadsheet


def _fill_csv(table: Path, filled: Path) -> None:
    with (
        table.open(encoding="utf-8-sig", newline="") as source,
        filled.open("w", encoding="utf-8", newline="") as target,
    ):
        rows = csv.reader(source)
        writer = csv.writer(target)
        writer.writerow(next(rows))
        writer.writerows(map(_fill, rows))


def _fill_workbook(table: Path, filled: Path) -> None:
    rows = ((_fill(cells), "") for _, cells, _ in islice(read_workbook(table), 1, None))
    plain = FACTS.looks._replace(numbers=())
    write_workbook(rows, filled, columns=FACTS.columns, looks=plain)


def _fill(cells: list[str]) -> list[str]:
    row = dict(zip(FACTS.columns, cells, strict=True))
    return list((row | {"label": "supported", "reviewer": "R1"}).values())


# ---------------------------------------------------------------- made facts


def _make_triple(number: int) -> Triple:
    document = f"document-{number // FACTS_PER_DOCUMENT}"
    quote = (
        f"In {2000 + number % 25} the camp at kilometre {number} used {number % 97} kg of mercury."
    )
    return Triple(
        id=f"triple-{number}", document_id=document, subject=f"camp at kilometre {number}",
        predicate="use", object=f"{number % 97} kg of mercury", time=str(2000 + number % 25),
        evidence=Evidence(
            span=Span(document_id=document, start=0, end=len(quote)), quote=quote, page=1
        ),
        extractor="bench",
    )  # fmt: skip


def _make_document(start: int) -> Document:
    number = start // FACTS_PER_DOCUMENT
    text = " ".join(f"Line {line} of report {number}." for line in range(FACTS_PER_DOCUMENT))
    return Document(
        id=f"document-{number}", source=f"reports/report-{number}.pdf", sha256=str(number),
        media_type="application/pdf", title="", language="en", text=text,
    )  # fmt: skip


def _extract(numbers: range) -> Extraction:
    return Extraction(chunk_id=str(numbers), triples=tuple(map(_make_triple, numbers)))


def _resolve(facts: int) -> Resolution:
    return Resolution(entities=(), claims=tuple(_claims(facts)), merges=())


def _claims(facts: int) -> Iterator[Claim]:
    for number in range(facts):
        triple = _make_triple(number)
        yield Claim(
            id=f"claim-{number}", subject_id=triple.subject, predicate=triple.predicate,
            object_id=triple.object, subject=triple.subject, object=triple.object,
            support=(triple.id,), documents=(triple.document_id,), keys=(label_key(triple),),
            time=triple.time,
        )  # fmt: skip


def _judge(number: int) -> Verdict:
    votes = tuple(
        Vote(
            judge="bench", stance="support", source=f"survey-{number % 400}-{piece}.txt", start=0,
            end=80, log_odds=piece + 1.0,
            quote=f"Survey {piece} counted {number % 97} kg of mercury at kilometre {number}, "
            "where amalgam is burned in the open beside the river.",
        )
        for piece in range(3)
    )  # fmt: skip
    # Probabilities of all sizes.
    probability = number % 100 / 100
    return Verdict(
        claim_id=f"claim-{number}", label="unclear", status="ok", reason="",
        probability=probability, evidence=votes, votes=votes,
    )  # fmt: skip
