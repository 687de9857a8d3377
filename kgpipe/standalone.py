"""Each stage alone on a file, as Unix tools do: JSON Lines (or CSV) in, JSON Lines out.

Results go to the named file. What was turned down goes beside it, to `OUT.rejections.jsonl`, so
that dispatched equals returned; that file is absent when nothing was.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kgpipe.corpus.files import list_files
from kgpipe.corpus.language import identify_language
from kgpipe.corpus.read import read_file
from kgpipe.dedupe.grey import Answer
from kgpipe.dedupe.names import Name, ask_about, resolve_names
from kgpipe.errors import ItemError, KgpipeError, ServiceError, UsageError
from kgpipe.ids import content_digest, content_id
from kgpipe.pipeline import Run, load_graph
from kgpipe.replies import StageReplies
from kgpipe.resolving import ask_all
from kgpipe.settings import Settings
from kgpipe.types import Claim, Document, Passage, Rejection, Retrieved, Triple
from kgpipe.vectors import store_vectors
from kgpipe.verify.claims_file import read_claims, verdict_row
from kgpipe.verify.fuse import failed_verdict
from kgpipe.verify.lines import explain, numbered_lines, parse_json
from kgpipe.wiring import wire, wire_embedder, wire_name_judge, wire_reader
from kgpipe.wiring_extract import Paid
from kgpipe.workspace import Workspace

_DELIMITERS = ",;\t"
# What published tables of triples call their parts.
_PART_COLUMNS = {
    "entity1": "subject", "relation": "predicate", "entity2": "object",
    "head": "subject", "tail": "object",
}  # fmt: skip


class PassageLine(BaseModel):
    """One line of `kgpipe extract`; further keys are the user's own and ignored."""

    model_config = ConfigDict(strict=True)

    id: Annotated[str, Field(min_length=1)]
    text: str
    lang: str | None = None


def extract_file(
    source: Path, target: Path, settings: Settings, workspace: Workspace, *, replies: Workspace
) -> dict[str, Any]:
    """Extract triples from passages `{"id", "text", "lang"?}`; offsets index the text as given.

    Args:
        source: the passages.
        target: for the triples.
        settings: the whole tree.
        workspace: an empty one, to work in.
        replies: keeps paid replies; may be the workspace of a run, whose results stay as they are.

    Returns:
        Counts for the summary.

    Raises:
        UsageError: the input cannot be read.
        KgpipeError: a service failed on everything, no line is usable, or the output cannot be
            written.
    """
    passages: dict[str, PassageLine] = {}
    rejections: list[Rejection] = []
    for number, value in _json_lines(source, "extract", rejections):
        try:
            line = PassageLine.model_validate(value)
        except ValidationError as error:
            rejections.append(_reject("extract", source, number, explain(error)))
            continue
        if line.id in passages:
            # Offsets into one of two texts of the same id would be anybody's guess.
            detail = f"the id {line.id!r} came before"
            rejections.append(_reject("extract", source, number, detail, reason="repeated_id"))
        else:
            passages[line.id] = line
    documents = [_document(line, settings) for line in passages.values()]
    run = Run(workspace, settings, wire(settings, replies))
    triples = run.extract(run.chunk(documents))
    stated_in = {document.id: passages[document.source] for document in documents}
    rejections += load_graph(workspace).rejections
    rows = (_triple_row(triple, stated_in[triple.document_id]) for triple in triples)
    summary = _write(target, rows, rejections)
    _refuse_unusable(source, passages, rejections)
    if settings.extract.passes > 1:
        summary["found_in_second_pass"] = sum(triple.found_in_pass > 1 for triple in triples)
    return summary | {"passages": len(passages)}


def dedupe_file(
    source: Path,
    target: Path,
    settings: Settings,
    workspace: Workspace | None = None,
    *,
    replies: Workspace | None = None,
) -> dict[str, Any]:
    """Resolve names `{"id", "name", "kind"?, "context"?}`, or triples (JSON Lines or CSV).

    A triple gives two rows, "<id>:s" and "<id>:o"; one without an id is named by its line.

    Args:
        source: the names or triples.
        target: for a row each.
        settings: the whole tree.
        workspace: an empty one, to work in; None for one in memory.
        replies: keeps what the judge of `settings.dedupe` answers, if there is one.

    Raises:
        UsageError: the input cannot be read, or has neither names nor triples.
        KgpipeError: no line is usable, the judge failed on every question, or the output cannot be
            written.
    """
    rejections: list[Rejection] = []
    is_table = source.suffix.lower() == ".csv"
    rows = _csv_rows(source, settings) if is_table else _json_lines(source, "dedupe", rejections)
    names: list[Name] = []
    for number, row in rows:
        try:
            names += _names_of_row(row, number)
        except ValidationError as error:
            rejections.append(_reject("dedupe", source, number, explain(error)))
    dedupe, work = settings.dedupe, workspace or Workspace(None)
    kept = StageReplies(replies or work, "compare")
    judge = wire_name_judge(dedupe, Paid(settings.extract, settings.calls, kept))
    port = wire_embedder(dedupe.embedder, base_url=dedupe.base_url)
    answers: list[Answer] = []
    if judge is not None:
        # Names are embedded for the questions, and not again for what follows from the answers.
        port = store_vectors(port, work.transaction)
        grey = ask_about(names, settings=dedupe, embedder=port.make())
        answers = ask_all(work, grey, settings=dedupe, judge=judge)
        rejections += work.rejections()
    resolved = resolve_names(names, settings=dedupe, embedder=port.make(), answers=answers)
    rejections += resolved.rejections
    summary = _write(target, (row.model_dump() for row in resolved.rows), rejections)
    _refuse_unusable(source, resolved.rows, rejections)
    if judge is not None:
        summary |= {"asked": len(grey.questions), "said_same": sum(a.same for a in answers)}
    return summary | {"entities": len({row.entity_id for row in resolved.rows})}


def verify_file(
    source: Path, target: Path, settings: Settings, workspace: Workspace
) -> dict[str, Any]:
    """Check claims `{"id", "subject", "predicate", "object", "sentence"?, "document"?}`.

    A failed search or judgement gives a line with `status` "error", so that every good claim of
    the input has a line in the output. A claim that the model for it could not put into words is
    judged all the same, and told beside the output. The facts of a project whose workspace is used
    keep their verdicts.

    Raises:
        UsageError: claims or evidence cannot be read.
        KgpipeError: no claim or no evidence is usable, every search or judgement failed, or the
            output cannot be written.
    """
    claims, rejections = read_claims(source)
    run = Run(workspace, settings, wire(settings, workspace))
    with beside_project(workspace):
        questions, evidence = prepare_questions(run, claims)
        verdicts = {verdict.claim_id: verdict for verdict in run.verify(questions, evidence)}
        faults = workspace.rejections()
    failures = {r.item: r for r in faults if r.stage in ("retrieve", "verify")}
    rows = []
    for question in questions:
        verdict = verdicts.get(question.claim.id)
        if verdict is None:
            failure = failures[question.claim.id]
            verdict = failed_verdict(
                question.claim.id, ServiceError(failure.reason, failure.detail)
            )
        rows.append(verdict_row(verdict))
    beside = ("evidence", "verbalise") if run.ports.verbaliser else ("evidence",)
    rejections += [r for r in faults if r.stage in beside]
    labels = Counter(row["label"] if row["status"] == "ok" else "error" for row in rows)
    summary = _write(target, rows, rejections)
    _refuse_unusable(source, claims, rejections)
    if rows and labels["error"] == len(rows):
        failure = next(iter(failures.values()))
        raise KgpipeError(
            f"Every search or judgement failed ({len(rows)} claims, see {target}), the first, "
            f"{failure.item}: {failure.detail}"
        )
    return summary | dict(sorted(labels.items()))


def beside_project(workspace: Workspace) -> AbstractContextManager[None]:
    """Lets stages run on other items than a project's, if the workspace is one, and restores it."""
    return workspace.unchanged_state() if workspace.read_note("inputs") else nullcontext()


def prepare_questions(run: Run, claims: Sequence[Claim]) -> tuple[list[Retrieved], list[Passage]]:
    """The claims with their names, and the evidence that the settings name.

    Raises:
        KgpipeError: no evidence is usable.
    """
    evidence = run.read_evidence()
    if not evidence and not _is_elsewhere(run):
        faults = run.workspace.rejections()[:1]
        told = "".join(f" {fault.item}: {fault.detail}" for fault in faults)
        where = ", ".join(run.settings.verify.evidence) or f"the workspace {run.workspace.folder}"
        raise KgpipeError(f"Nothing usable as evidence in {where}.{told}")
    by_name = {Path(p.source).name: p.document_id for p in evidence if p.document_id}
    claims = [
        claim.model_copy(
            update={"documents": tuple(by_name.get(Path(d).name) or d for d in claim.documents)}
        )
        for claim in claims
    ]
    return run.prepare(claims, evidence), evidence


def _is_elsewhere(run: Run) -> bool:
    """Whether there is more to search than files."""
    return run.ports.web is not None


def _document(line: PassageLine, settings: Settings) -> Document:
    """The passage as a document of its own; `source` keeps the user's id."""
    # A tag may name a region and is written in any case: "en-GB" (RFC 5646, section 2.1.1).
    language = (line.lang or "").partition("-")[0].lower()
    digest = content_digest(line.text.encode("utf-8", errors="surrogatepass"))
    return Document(
        id=content_id("passage", line.id, digest),
        source=line.id,
        sha256=digest,
        media_type="text/plain",
        title=line.id,
        language=language or identify_language(line.text, languages=settings.read.languages),
        # Blank lines part paragraphs, whatever ends them; no offset moves.
        text=line.text.replace("\r\n", " \n").replace("\r", "\n"),
    )


def _triple_row(triple: Triple, passage: PassageLine) -> dict[str, Any]:
    assert triple.evidence is not None, "an extractor's triple is grounded"
    row = triple.model_dump(mode="json", exclude={"evidence", "document_id", "imported"})
    span = triple.evidence.span
    quote = passage.text[span.start : span.end]
    place = {"start": span.start, "end": span.end, "quote": quote}
    return {"passage_id": passage.id} | row | place


def _names_of_row(row: Any, number: int) -> list[Name]:
    """The name of a row, or the two names of a triple; `number` stands in for a missing id."""
    given = row if isinstance(row, dict) else {}
    # Null says nothing; 0 is an id like any other.
    fields = {key: value for key, value in given.items() if value is not None}
    identifier = str(fields.get("id", "")) or str(number)
    said = " ".join(str(fields.get(part, "")) for part in ("subject", "predicate", "object"))
    if "subject" not in given:
        known = {key: fields[key] for key in Name.model_fields if key in fields}
        return [Name.model_validate(known | {"id": identifier})]
    return [
        Name(id=f"{identifier}:{end[0]}", name=fields.get(end, ""), said=said)
        for end in ("subject", "object")
    ]


def _csv_rows(source: Path, settings: Settings) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row's line number and cells, of a table of names or of triples."""
    files, unusable = list_files([source], stage="dedupe")
    if not files:
        raise UsageError(f"Cannot read {source}: {unusable[0].detail}")
    try:
        text = read_file(
            files[0], settings=settings.read, reader=wire_reader(settings.read).make()
        ).text
    except ItemError as error:
        raise UsageError(f"Cannot read {source}: {error.detail}") from error
    delimiter = max(_DELIMITERS, key=text.partition("\n")[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        columns = _name_columns(source, next(reader))
        for cells in reader:
            if any(cells):
                yield reader.line_num, dict(zip(columns, map(str.strip, cells), strict=False))
    except csv.Error as error:
        raise UsageError(
            f"{source}, line {reader.line_num}: {error}. Look for an unpaired quotation mark."
        ) from error


def _name_columns(source: Path, header: Sequence[str]) -> list[str]:
    columns = [name.strip().lower() for name in header]
    columns = [_PART_COLUMNS.get(name, name) for name in columns]
    if "name" not in columns and not {"subject", "object"} <= set(columns):
        raise UsageError(
            f"{source} has the columns {', '.join(columns)}; needed are id,name for names, or "
            "subject,predicate,object for triples."
        )
    return columns


def _json_lines(path: Path, stage: str, rejections: list[Rejection]) -> Iterator[tuple[int, Any]]:
    """Each line's number and value; a line that is not JSON becomes a rejection."""
    for item, line in numbered_lines(path):
        number = int(item.rsplit(":", 1)[1])
        try:
            yield number, parse_json(line)
        except (ValueError, RecursionError) as error:
            rejections.append(_reject(stage, path, number, explain(error)))


def _reject(
    stage: str, path: Path, number: int, detail: str, *, reason: str = "broken_line"
) -> Rejection:
    return Rejection(stage=stage, item=f"{path.name}:{number}", reason=reason, detail=detail)


def _refuse_unusable(source: Path, usable: Sized, rejections: Sequence[Rejection]) -> None:
    """A file with lines of which none can be used is a fault of the run, not of its lines."""
    if rejections and not usable:
        first = rejections[0]
        raise KgpipeError(
            f"Nothing usable in {source}: {len(rejections)} rejected, the first, {first.item}: "
            f"{first.detail}"
        )


def _write(
    target: Path, rows: Iterable[Mapping[str, Any]], rejections: Sequence[Rejection]
) -> dict[str, Any]:
    """Write rows, and rejections beside them; return the counts."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        written = _write_lines(target, rows)
    except OSError as error:
        raise KgpipeError(f"Cannot write {error.filename}: {error.strerror}.") from error
    return {"out": str(target), "written": written} | write_rejections(target, rejections)


def write_rejections(target: Path, rejections: Sequence[Rejection]) -> dict[str, Any]:
    """Write rejections beside an output, if there are any, and return the counts of reasons.

    Raises:
        KgpipeError: they cannot be written.
    """
    beside = target.with_name(f"{target.name}.rejections.jsonl")
    try:
        beside.unlink(missing_ok=True)
        if not rejections:
            return {}
        _write_lines(beside, (rejection.model_dump() for rejection in rejections))
    except OSError as error:
        raise KgpipeError(f"Cannot write {error.filename}: {error.strerror}.") from error
    reasons = Counter(rejection.reason for rejection in rejections)
    return {"rejected": dict(sorted(reasons.items())), "rejections": str(beside)}


def _write_lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as out:
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    return count
