"""Each stage alone on a file, as Unix tools do: JSON Lines (or CSV) in, JSON Lines out.

Results go to the named file. What was turned down goes beside it, to `OUT.rejections.jsonl`, so
that dispatched equals returned; that file is absent when nothing was.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kgpipe.corpus.files import list_files
from kgpipe.corpus.imported import import_triples
from kgpipe.corpus.language import identify_language
from kgpipe.corpus.read import read_file
from kgpipe.dedupe.names import Name, names_of_triples, resolve_names
from kgpipe.errors import KgpipeError, ServiceError, UsageError
from kgpipe.ids import content_digest, content_id
from kgpipe.pipeline import Run, load_graph
from kgpipe.settings import Settings
from kgpipe.types import Document, Rejection, Triple
from kgpipe.verify.claims_file import read_claims, verdict_row
from kgpipe.verify.evidence import prepare_claims
from kgpipe.verify.fuse import failed_verdict
from kgpipe.verify.lines import explain, numbered_lines, parse_json
from kgpipe.wiring import wire, wire_embedder, wire_reader
from kgpipe.workspace import Workspace


class PassageLine(BaseModel):
    """One line of `kgpipe extract`; further keys are the user's own and ignored."""

    model_config = ConfigDict(strict=True)

    id: Annotated[str, Field(min_length=1)]
    text: str
    lang: str = ""


def extract_file(
    source: Path, target: Path, settings: Settings, workspace: Workspace
) -> dict[str, Any]:
    """Extract triples from passages `{"id", "text", "lang"?}`; offsets index the text as given.

    Returns:
        Counts for the summary.

    Raises:
        UsageError: the input cannot be read.
        KgpipeError: a service failed on everything, or the output cannot be written.
    """
    documents: list[Document] = []
    rejections: list[Rejection] = []
    for number, value in _json_lines(source, "extract", rejections):
        try:
            documents.append(_document(PassageLine.model_validate(value), settings))
        except ValidationError as error:
            rejections.append(_broken("extract", source, number, explain(error)))
    run = Run(workspace, settings, wire(settings, workspace))
    triples = run.extract(run.chunk(documents))
    passage_ids = {document.id: document.source for document in documents}
    rejections += load_graph(workspace).rejections
    rows = (_triple_row(triple, passage_ids[triple.document_id]) for triple in triples)
    return _write(target, rows, rejections) | {"passages": len(documents)}


def dedupe_file(source: Path, target: Path, settings: Settings) -> dict[str, Any]:
    """Resolve names `{"id", "name", "kind"?, "context"?}`, or triples (JSON Lines or CSV).

    A triple gives two rows, "<id>:s" and "<id>:o"; one without an id is named by its line.

    Raises:
        UsageError: the input cannot be read, or has neither names nor triples.
    """
    rejections: list[Rejection] = []
    if source.suffix.lower() == ".csv":
        names = _names_of_csv(source, settings, rejections)
    else:
        names = _names_of_lines(source, rejections)
    resolved = resolve_names(
        names, settings=settings.dedupe, embedder=wire_embedder(settings.dedupe.embedder).make()
    )
    rejections += resolved.rejections
    summary = _write(target, (row.model_dump() for row in resolved.rows), rejections)
    return summary | {"entities": len({row.entity_id for row in resolved.rows})}


def verify_file(
    source: Path, target: Path, settings: Settings, workspace: Workspace
) -> dict[str, Any]:
    """Check claims `{"id", "subject", "predicate", "object", "sentence"?, "document"?}`.

    A failed search or judgement gives a line with `status` "error", so that every good claim of
    the input has a line in the output.

    Raises:
        UsageError: claims or evidence cannot be read.
    """
    claims, rejections = read_claims(source)
    run = Run(workspace, settings, wire(settings, workspace))
    evidence = run.read_evidence()
    by_name = {Path(p.source).name: p.document_id for p in evidence if p.document_id}
    claims = [
        claim.model_copy(
            update={"documents": tuple(by_name.get(Path(d).name) or d for d in claim.documents)}
        )
        for claim in claims
    ]
    questions = prepare_claims(claims, passages=evidence)
    verdicts = {verdict.claim_id: verdict for verdict in run.verify(questions, evidence)}
    failures = {r.item: r for r in workspace.rejections()}
    rows = []
    for question in questions:
        verdict = verdicts.get(question.claim.id)
        if verdict is None:
            failure = failures[question.claim.id]
            verdict = failed_verdict(
                question.claim.id, ServiceError(failure.reason, failure.detail)
            )
        rows.append(verdict_row(verdict))
    rejections += [r for r in workspace.rejections() if r.stage == "evidence"]
    labels = Counter(row["label"] if row["status"] == "ok" else "error" for row in rows)
    return _write(target, rows, rejections) | dict(sorted(labels.items()))


def _document(line: PassageLine, settings: Settings) -> Document:
    """The passage as a document of its own; `source` keeps the user's id."""
    language = line.lang or identify_language(line.text, languages=settings.read.languages)
    digest = content_digest(line.text.encode("utf-8", errors="surrogatepass"))
    return Document(
        id=content_id("passage", line.id, digest),
        source=line.id,
        sha256=digest,
        media_type="text/plain",
        title=line.id,
        language=language,
        text=line.text,
    )


def _triple_row(triple: Triple, passage_id: str) -> dict[str, Any]:
    assert triple.evidence is not None, "an extractor's triple is grounded"
    row = triple.model_dump(mode="json", exclude={"evidence", "document_id", "imported"})
    span = triple.evidence.span
    place = {"start": span.start, "end": span.end, "quote": triple.evidence.quote}
    return {"passage_id": passage_id} | row | place


def _names_of_lines(source: Path, rejections: list[Rejection]) -> list[Name]:
    names: list[Name] = []
    for number, value in _json_lines(source, "dedupe", rejections):
        fields = value if isinstance(value, dict) else {}
        try:
            if "subject" in fields:
                identifier = str(fields.get("id") or number)
                names += [
                    Name(id=f"{identifier}:s", name=fields["subject"]),
                    Name(id=f"{identifier}:o", name=fields.get("object", "")),
                ]
            else:
                known = {key: fields[key] for key in Name.model_fields if key in fields}
                names.append(Name.model_validate(known))
        except ValidationError as error:
            rejections.append(_broken("dedupe", source, number, explain(error)))
    return names


def _names_of_csv(source: Path, settings: Settings, rejections: list[Rejection]) -> list[Name]:
    """Names from columns id,name, or from a table of triples."""
    files, unusable = list_files([source], stage="dedupe")
    if not files:
        raise UsageError(f"Cannot read {source}: {unusable[0].detail}")
    table = read_file(files[0], settings=settings.read, reader=wire_reader().make())
    reader = csv.DictReader(io.StringIO(table.text))
    if "name" in (reader.fieldnames or ()):
        return [
            Name(id=row.get("id") or str(reader.line_num), name=row["name"] or "") for row in reader
        ]
    extraction = import_triples(table)
    rejections += extraction.rejections
    return names_of_triples(extraction.triples)


def _json_lines(path: Path, stage: str, rejections: list[Rejection]) -> Iterator[tuple[int, Any]]:
    """Each line's number and value; a line that is not JSON becomes a rejection."""
    for item, line in numbered_lines(path):
        number = int(item.rsplit(":", 1)[1])
        try:
            yield number, parse_json(line)
        except (ValueError, RecursionError) as error:
            rejections.append(_broken(stage, path, number, explain(error)))


def _broken(stage: str, path: Path, number: int, detail: str) -> Rejection:
    return Rejection(stage=stage, item=f"{path.name}:{number}", reason="broken_line", detail=detail)


def _write(
    target: Path, rows: Iterable[Mapping[str, Any]], rejections: Sequence[Rejection]
) -> dict[str, Any]:
    """Write rows, and rejections beside them; return the counts."""
    beside = target.with_name(f"{target.name}.rejections.jsonl")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        written = _write_lines(target, rows)
        beside.unlink(missing_ok=True)
        if rejections:
            _write_lines(beside, (rejection.model_dump() for rejection in rejections))
    except OSError as error:
        raise KgpipeError(f"Cannot write {error.filename}: {error.strerror}.") from error
    reasons = Counter(rejection.reason for rejection in rejections)
    summary: dict[str, Any] = {"out": str(target), "written": written}
    if rejections:
        summary |= {"rejected": dict(sorted(reasons.items())), "rejections": str(beside)}
    return summary


def _write_lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as out:
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    return count
