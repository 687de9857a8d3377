"""Benchmark `shacl`: how long it takes to hold published RDF against its shapes, and the memory.

The graph is made of sentences in many documents and written by the same code as any other.
"""

import json
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from kgpipe.errors import KgpipeError
from kgpipe.ids import content_digest, content_id
from kgpipe.publish.formats import publish_graph
from kgpipe.publish.shapes import validate_rdf
from kgpipe.settings import PublishSettings
from kgpipe.text.normalise import label_key
from kgpipe.types import Claim, Document, Entity, Evidence, Graph, Kind, Span, Triple, Verdict

TRIPLES = 80_000
WANTED_SECONDS = 10.0
# What one claim of the made graph is published as, entities and documents shared out.
_TRIPLES_A_CLAIM = 28
_CLAIMS_A_DOCUMENT = 50
_KINDS: tuple[Kind, ...] = ("place", "organisation", "substance", "law", "process")
_LABELS = ("supported", "supported", "unclear", "refuted")
_PROBABILITIES = {"supported": 0.93, "unclear": 0.5, "refuted": 0.04}
# `ru_maxrss` is in kilobytes on Linux, in bytes on macOS.
_PEAK_UNIT = 1 if sys.platform == "darwin" else 1024


def run(out: Path, *, sizes: Sequence[int] = (TRIPLES,)) -> dict[str, Any]:
    """Publish made graphs and validate them.

    Args:
        out: `report.json` is written here.
        sizes: numbers of triples, about.

    Returns:
        The report: by size the quads, the resources that a shape is about, seconds, quads a second,
        and the peak memory in MB of this process before and after, and of its largest worker.

    Raises:
        KgpipeError: a made graph violates its shapes.
    """
    settings = PublishSettings()
    report: dict[str, Any] = {"wanted_seconds_for_80000": WANTED_SECONDS}
    for size in sizes:
        with tempfile.TemporaryDirectory() as made:
            quads = Path(made) / "graph.nq"
            publish_graph(
                make_graph(max(size // _TRIPLES_A_CLAIM, 1)), form="rdf", folder=Path(made),
                settings=settings, validate=False,
            )  # fmt: skip
            before = _peak(resource.RUSAGE_SELF)
            started = time.perf_counter()
            found = validate_rdf(quads, base_iri=settings.base_iri)
            seconds = time.perf_counter() - started
            if found.kinds:
                broken = ", ".join(sorted({kind.kind[1] for kind in found.kinds}))
                raise KgpipeError(f"The made graph violates its shapes: {broken}.")
            with quads.open("rb") as lines:
                count = sum(1 for _ in lines)
            report[f"{size}_triples"] = {
                "quads": count, "resources": found.nodes, "seconds": seconds,
                "quads_per_second": count / seconds,
                "memory_mb_before": before,
                "memory_mb_after": _peak(resource.RUSAGE_SELF),
                "largest_worker_mb": _peak(resource.RUSAGE_CHILDREN),
            }  # fmt: skip
    out.mkdir(parents=True, exist_ok=True)
    (out / "report.json").write_text(json.dumps(report, indent=2) + "\n")
    return report


def _peak(whose: int) -> float:
    return resource.getrusage(whose).ru_maxrss * _PEAK_UNIT / 2**20


def make_graph(claims: int) -> Graph:
    """That many claims, each of one sentence, among a fifth as many entities."""
    count = max(claims // 5, 2)
    entities = [
        Entity(id=content_id("ent", number), kind=_KINDS[number % len(_KINDS)],
               name=f"thing {number}", names=(f"thing {number}", f"the thing {number}"))
        for number in range(count)
    ]  # fmt: skip
    pairs = [
        (entities[number % count], f"relates {number % 100}", entities[(7 * number + 1) % count])
        for number in range(claims)
    ]
    documents, triples = [], []
    for start in range(0, claims, _CLAIMS_A_DOCUMENT):
        document, stated = _make_document(start, pairs[start : start + _CLAIMS_A_DOCUMENT])
        documents.append(document)
        triples.append(stated)
    made = [
        _make_claim(number, triple, *pairs[number])
        for number, triple in enumerate(chain.from_iterable(triples))
    ]
    return Graph(
        documents=tuple(documents), triples=tuple(chain.from_iterable(triples)),
        entities=tuple(entities), claims=tuple(made),
        verdicts=tuple(_make_verdict(number, claim) for number, claim in enumerate(made)),
    )  # fmt: skip


def _make_document(
    first: int, stated: Sequence[tuple[Entity, str, Entity]]
) -> tuple[Document, list[Triple]]:
    sentences = [
        f"In sentence {first + place}, {subject.name} {predicate} {object_.name}."
        for place, (subject, predicate, object_) in enumerate(stated)
    ]
    text = "\n".join(sentences)
    document = Document(
        id=content_id("doc", first), source=f"reports/{first}.txt",
        sha256=content_digest(text.encode()), media_type="text/plain", title=f"Report {first}",
        language="en", text=text,
    )  # fmt: skip
    triples, start = [], 0
    for sentence, (subject, predicate, object_) in zip(sentences, stated, strict=True):
        span = Span(document_id=document.id, start=start, end=start + len(sentence))
        triples.append(
            Triple(
                id=content_id("tri", document.id, start),
                document_id=document.id,
                subject=subject.name,
                predicate=predicate,
                object=object_.name,
                evidence=Evidence(span=span, quote=sentence),
                extractor="made",
            )
        )
        start += len(sentence) + 1
    return document, triples


def _make_claim(
    number: int, triple: Triple, subject: Entity, predicate: str, object_: Entity
) -> Claim:
    return Claim(
        id=content_id("clm", number), subject_id=subject.id, predicate=predicate,
        object_id=object_.id, subject=subject.name, object=object_.name, support=(triple.id,),
        documents=(triple.document_id,), keys=(label_key(triple),),
    )  # fmt: skip


def _make_verdict(number: int, claim: Claim) -> Verdict:
    label = _LABELS[number % len(_LABELS)]
    return Verdict.model_validate(
        {"claim_id": claim.id, "label": label, "status": "ok", "reason": "",
         "probability": _PROBABILITIES[label]}
    )  # fmt: skip
