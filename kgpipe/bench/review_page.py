"""Benchmark `review_page`: how soon the review page answers over a graph of 100,000 facts.

The graph is made of the sentences of the sample PDFs, so that pages are drawn and marked as in a
real one; the server is the command itself, in a process of its own, asked over HTTP.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count, cycle, islice
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import httpx

from kgpipe.assets import asset_path
from kgpipe.backends.pdf import PdfiumReader
from kgpipe.corpus.files import list_files
from kgpipe.corpus.read import read_file
from kgpipe.errors import KgpipeError
from kgpipe.ids import content_id
from kgpipe.settings import ReadSettings
from kgpipe.text.normalise import label_key
from kgpipe.types import (
    Claim,
    Document,
    Entity,
    Evidence,
    Extraction,
    Label,
    Merge,
    Polarity,
    Record,
    Resolution,
    Span,
    Triple,
    Verdict,
    Vote,
)
from kgpipe.workspace import Workspace

FACTS = 100_000
# Enough for a 95th percentile that one slow answer does not make.
REQUESTS = 100
# Facts that are gone through to find different pages to draw.
PAGES_WALKED = 20
# Texts beside the PDFs; a corpus of 100,000 facts has about as many.
TEXTS = 1_000
PREDICATES = 300
# An answer later than this is felt as a delay (Miller 1968; Nielsen, Usability Engineering, 1993).
WANTED_MS = 100.0
_LABELS: tuple[Polarity, ...] = ("supported", "refuted", "unclear")
# One fact in so many has a label already, stands in a conflict, has a name that was merged.
_ONE_LABELLED, _ONE_CONFLICT, _ONE_MERGED = 20, 200, 100
_SHORTEST_SENTENCE = 30
# `ru_maxrss` is in kilobytes on Linux, in bytes on macOS.
_PEAK_UNIT = 1 if sys.platform == "darwin" else 1024


def run(out: Path, *, sizes: Sequence[int] = (FACTS,)) -> dict[str, Any]:
    """Make a workspace, serve it, and time what a reviewer's page asks for.

    Args:
        out: `report.json` is written here.
        sizes: numbers of facts.

    Returns:
        The report: by size the seconds until the page can be opened, the server's peak memory in
        MB, and by kind of request the median, 95th percentile and maximum in milliseconds.

    Raises:
        KgpipeError: the server did not start, or refused a request.
    """
    report: dict[str, Any] = {"wanted_ms": WANTED_MS, "requests_of_a_kind": REQUESTS}
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            make_workspace(Path(folder), size)
            report[f"{size}_facts"] = measure(Path(folder))
    report["peak_memory_mb"] = (
        resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * _PEAK_UNIT / 2**20
    )
    out.mkdir(parents=True, exist_ok=True)
    (out / "report.json").write_text(json.dumps(report, indent=2) + "\n")
    return report


def measure(workspace: Path) -> dict[str, Any]:
    """Time the answers of a server over a workspace."""
    started = time.monotonic()
    with serve(workspace) as client:
        ready = time.monotonic() - started
        return {"start_seconds": ready, **_time_answers(client, workspace)}


@contextmanager
def serve(workspace: Path) -> Iterator[httpx.Client]:
    """Start `kgpipe review serve`; yields a client that holds the page's cookie."""
    command = [sys.executable, "-m", "kgpipe", "review", "serve", "-w", str(workspace)]
    process = subprocess.Popen(
        [*command, "--no-open", "--json", "--port", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise KgpipeError(f"kgpipe review serve ended with code {process.wait()}.")
        address = httpx.URL(json.loads(line)["address"])
        with httpx.Client(base_url=address.copy_with(query=None), trust_env=False) as client:
            client.get(address, follow_redirects=True).raise_for_status()
            yield client
    finally:
        process.kill()
        process.wait()


def _time_answers(client: httpx.Client, workspace: Path) -> dict[str, dict[str, float]]:
    """Milliseconds by kind of request."""
    shown = _ask(client, "/api/facts", labels="unlabelled")["fact"]
    place = {"from": shown["id"]}

    def go_on() -> None:
        fact = _ask(client, "/api/facts", labels="unlabelled", move="next", **place)["fact"]
        place["from"] = fact["id"]

    def label() -> None:
        opinion = {"label": "supported", "comment": ""}
        body = {"fact": place["from"], "reviewer": "Ana", "opinion": opinion}
        client.put("/api/labels", json=body).raise_for_status()
        go_on()

    words = (f"miner {number}" for number in range(REQUESTS))
    numbers = count()
    other = Workspace(workspace, create=False)

    def write_elsewhere() -> None:
        key = f"key-{next(numbers)}"
        other.save_labels([Label(key=key, label="refuted", annotator="Ben")])

    spans = [shown["source"]]
    for _ in range(PAGES_WALKED):
        fact = _ask(client, "/api/facts", document="pdf", move="next", **place)["fact"]
        place["from"] = fact["id"]
        spans.append(fact["source"])
    pages = sorted({(one["document"], one["page"]) for one in spans if one["page"]})
    pictures = [f"/pages/{document}/{page}.png" for document, page in pages]

    first = _clock(lambda: client.get(pictures[0]).raise_for_status(), 1)
    others = iter(pictures[1:])
    drawn = _clock(lambda: client.get(next(others)).raise_for_status(), len(pictures) - 1)
    try:
        return {
            "next_fact": _summarise(_clock(go_on, REQUESTS)),
            "label_and_next_fact": _summarise(_clock(label, REQUESTS)),
            "filter_by_new_words": _summarise(
                _clock(lambda: _ask(client, "/api/facts", words=next(words)), REQUESTS)
            ),
            "filter_by_document_and_verdict": _summarise(
                _clock(
                    lambda: _ask(client, "/api/facts", document="pdf", verdict="refuted"), REQUESTS
                )
            ),
            "progress": _summarise(_clock(lambda: _ask(client, "/api/overview"), REQUESTS)),
            "progress_after_another_process_wrote": _summarise(
                _clock(lambda: _ask(client, "/api/overview"), 10, before=write_elsewhere)
            ),
            "conflict": _summarise(_clock(lambda: _ask(client, "/api/conflicts/7"), REQUESTS)),
            "merge": _summarise(_clock(lambda: _ask(client, "/api/merges/7"), REQUESTS)),
            "place_of_a_quote": _summarise(
                _clock(
                    lambda: _ask(client, "/api/view", **{k: spans[0][k] for k in _PLACE}), REQUESTS
                )
            ),
            "first_page_picture": _summarise(first),
            "page_picture": _summarise(drawn),
            "page_picture_again": _summarise(
                _clock(lambda: client.get(pictures[0]).raise_for_status(), REQUESTS)
            ),
        }
    finally:
        other.close()


_PLACE = ("document", "start", "end")


def _ask(client: httpx.Client, path: str, **values: Any) -> Any:
    answer = client.get(path, params={"reviewer": "Ana", **values})
    if answer.is_error:
        raise KgpipeError(f"The review page answered {answer.status_code} to {path}: {answer.text}")
    return answer.json()


def _clock(
    action: Callable[[], Any], times: int, *, before: Callable[[], None] | None = None
) -> list[float]:
    """Milliseconds of each call of `action`."""
    taken = []
    for _ in range(times):
        if before:
            before()
        started = time.perf_counter()
        action()
        taken.append(1000 * (time.perf_counter() - started))
    return taken


def _summarise(taken: Sequence[float]) -> dict[str, float]:
    highest = quantiles(taken, n=20)[-1] if len(taken) > 1 else taken[0]
    return {"median_ms": median(taken), "p95_ms": min(highest, max(taken)), "max_ms": max(taken)}


# ---------------------------------------------------------------- the made workspace


def make_workspace(folder: Path, facts: int) -> None:
    """Store a graph of so many facts, as a run would have left it."""
    workspace = Workspace(folder)
    pdfs = asset_path("data/sample/pdf")
    files, _ = list_files([pdfs])
    read = [read_file(one, settings=ReadSettings(), reader=PdfiumReader()) for one in files]
    sentences = [(document, span) for document in read for span in _sentences(document.text)]
    texts = [_make_text(number, sentences) for number in range(min(TEXTS, max(facts // 100, 1)))]
    places = sentences + [(text, span) for text in texts for span in _sentences(text.text)]
    triples = [
        _make_triple(number, *place) for number, place in enumerate(islice(cycle(places), facts))
    ]
    claims = [_make_claim(triple, number) for number, triple in enumerate(triples)]
    resolution = Resolution(
        entities=tuple(_make_entity(claim) for claim in claims[::_ONE_MERGED]),
        claims=tuple(claims),
        merges=tuple(_make_merge(claim, triples[n * _ONE_MERGED]) for n, claim in
                     enumerate(claims[::_ONE_MERGED])),
        conflicts=tuple(
            (left.id, right.id)
            for left, right in zip(claims[::_ONE_CONFLICT], claims[1::_ONE_CONFLICT], strict=False)
        ),
    )  # fmt: skip
    verdicts = [
        _make_verdict(claim, number, places[number % len(places)])
        for number, claim in enumerate(claims)
    ]
    extraction = Extraction(chunk_id="all", triples=tuple(triples))
    for stage, kind, items in (
        ("read", Document, [*read, *texts]), ("extract", Extraction, [extraction]),
        ("dedupe", Resolution, [resolution]), ("verify", Verdict, verdicts),
    ):  # fmt: skip
        workspace.map(stage, _keep, items, key=_key, returns=kind, version="made")
    workspace.save_labels(
        Label(key=label_key(triple), label=_LABELS[number % 3], annotator="Ben")
        for number, triple in enumerate(triples[::_ONE_LABELLED])
    )
    workspace.write_note("inputs", [str(pdfs.absolute())])
    workspace.close()


def _key(item: Record) -> str:
    return str(getattr(item, "claim_id", getattr(item, "id", "all")))


def _keep(item: Record) -> Record:
    return item


def _sentences(text: str) -> list[tuple[int, int]]:
    """Spans between full stops, too short ones left out."""
    spans, start = [], 0
    while (stop := text.find(". ", start)) >= 0:
        if stop - start >= _SHORTEST_SENTENCE:
            spans.append((start, stop + 1))
        start = stop + 2
    return spans


def _make_text(number: int, sentences: Sequence[tuple[Document, tuple[int, int]]]) -> Document:
    """A text of forty sentences, each with the text's number in it."""
    chosen = islice(cycle(sentences), number, number + 40)
    text = " ".join(
        f"Report {number} says: {document.text[start:end]}" for document, (start, end) in chosen
    )
    return Document(
        id=content_id("doc", number), source=f"texts/report-{number}.txt", sha256="0" * 64,
        media_type="text/plain", title=f"Report {number}", language="en", text=f"{text} End.",
    )  # fmt: skip


def _make_triple(number: int, document: Document, span: tuple[int, int]) -> Triple:
    start, end = span
    page = next((page.number for page in document.pages if page.start <= start < page.end), None)
    quote = Evidence(
        span=Span(document_id=document.id, start=start, end=end),
        quote=document.text[start:end], page=page,
    )  # fmt: skip
    return Triple(
        id=f"triple-{number}", document_id=document.id, subject=f"miner {number}",
        predicate=f"relation {number % PREDICATES}", object=f"site {number // 7}", evidence=quote,
        extractor="made",
    )  # fmt: skip


def _make_claim(triple: Triple, number: int) -> Claim:
    return Claim(
        id=f"claim-{number}", subject_id=f"entity-{number}", predicate=triple.predicate,
        object_id=f"site-{number // 7}", subject=triple.subject, object=triple.object,
        support=(triple.id,), documents=(triple.document_id,), keys=(label_key(triple),),
    )  # fmt: skip


def _make_entity(claim: Claim) -> Entity:
    names = (claim.subject, f"the {claim.subject} group")
    return Entity(id=claim.subject_id, kind="other", name=claim.subject, names=names)


def _make_merge(claim: Claim, triple: Triple) -> Merge:
    return Merge(
        id=f"merge-{claim.id}", entity_id=claim.subject_id, left=claim.subject,
        right=f"the {claim.subject} group", reason="similar", score=0.9, cosine=0.9,
        string_similarity=0.8, left_mentions=1, right_mentions=1, left_triple=triple.id,
        right_triple=triple.id,
    )  # fmt: skip


def _make_verdict(claim: Claim, number: int, place: tuple[Document, tuple[int, int]]) -> Verdict:
    document, (start, end) = place
    vote = Vote(
        judge="made", stance="support", source=document.source, start=start, end=end,
        quote=document.text[start:end], log_odds=1.0, reason="stated",
    )  # fmt: skip
    return Verdict(
        claim_id=claim.id, label=_LABELS[number % 3], status="ok", reason="stated",
        probability=(number % 100) / 100, evidence=(vote,), votes=(vote,),
    )  # fmt: skip
