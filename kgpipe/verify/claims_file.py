"""The claims that a user brings in a file, and the verdicts as they are written out."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from kgpipe.errors import UsageError
from kgpipe.types import Claim, Rejection, Verdict, Vote
from kgpipe.verify.lines import (
    explain,
    numbered_lines,
    read_bytes,
    refuse_unwritable,
    reject_line,
)

_FIELDS = ("id", "subject", "predicate", "object")
_Filled = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class _ClaimLine(BaseModel):
    """One claim; further keys are the user's own and ignored."""

    model_config = ConfigDict(strict=True)

    id: _Filled
    subject: _Filled
    predicate: _Filled
    object: _Filled
    sentence: str | None = None
    document: str | None = None


def read_claims(path: Path) -> tuple[list[Claim], list[Rejection]]:
    """Read claims with `id`, `subject`, `predicate`, `object` and maybe `sentence`, `document`.

    `document` is the name of the file that states the claim: it is no evidence for it.

    A file whose name ends in .csv is read as CSV with a header line, any other as JSON Lines.

    Returns:
        The claims in file order, and a rejection for each line that is broken, lacks a field or
        repeats an id, named by its number.

    Raises:
        UsageError: the file cannot be read, or a CSV lacks a column.
    """
    rows = _csv_rows(path) if path.suffix.lower() == ".csv" else _json_rows(path)
    claims: dict[str, Claim] = {}
    rejections: list[Rejection] = []
    for item, row in rows:
        line = _checked(item, row)
        if isinstance(line, Rejection):
            rejections.append(line)
        elif line.id in claims:
            rejections.append(reject_line(item, "repeated_id", f"the id {line.id!r} came before"))
        else:
            claims[line.id] = _claim(line)
    return list(claims.values()), rejections


def verdict_row(verdict: Verdict) -> dict[str, Any]:
    """A verdict as `kgpipe verify` writes it; offsets index the text of the evidence as given."""
    return {
        "id": verdict.claim_id,
        "label": verdict.label,
        "status": verdict.status,
        "reason": verdict.reason,
        "probability": verdict.probability,
        "calibrated": verdict.calibrated,
        "evidence": [_place(vote) for vote in verdict.evidence],
        "votes": [_vote_row(vote) for vote in verdict.votes],
        "members": [_vote_row(vote) for vote in verdict.members],
        "priors": [prior.model_dump() for prior in verdict.priors],
        "trace": [step.model_dump() for step in verdict.trace],
    }


def _vote_row(vote: Vote) -> dict[str, Any]:
    return {
        **_place(vote), "judge": vote.judge, "stance": vote.stance, "log_odds": vote.log_odds,
        "reason": vote.reason, "rival": vote.rival,
    }  # fmt: skip


def _place(vote: Vote) -> dict[str, Any]:
    return {"source": vote.source, "start": vote.start, "end": vote.end, "quote": vote.quote}


def _checked(item: str, row: object) -> _ClaimLine | Rejection:
    """The row as a claim, or why it is none; a rejection goes through."""
    if isinstance(row, Rejection):
        return row
    try:
        return _ClaimLine.model_validate(refuse_unwritable(row))
    except ValidationError as error:
        if empty := [str(fault["loc"][0]) for fault in error.errors() if _is_empty(fault)]:
            return reject_line(item, "empty_field", f"{', '.join(empty)} is empty")
        return reject_line(item, "broken_line", explain(error))
    except ValueError as error:
        return reject_line(item, "broken_line", explain(error))


def _is_empty(fault: Mapping[str, Any]) -> bool:
    return bool(fault["type"] == "string_too_short")


def _claim(line: _ClaimLine) -> Claim:
    """A claim as a user gives it: its names stand for its entities."""
    document = (line.document or "").strip()
    return Claim(
        id=line.id,
        subject_id=line.subject,
        predicate=line.predicate,
        object_id=line.object,
        subject=line.subject,
        object=line.object,
        support=(),
        documents=(document,) if document else (),
        keys=(),
        sentence=(line.sentence or "").strip(),
    )


def _json_rows(path: Path) -> Iterator[tuple[str, object]]:
    """Each line parsed, or its rejection."""
    for item, line in numbered_lines(path):
        try:
            yield item, json.loads(line)
        except (ValueError, RecursionError) as error:
            yield item, reject_line(item, "broken_line", explain(error))


def _csv_rows(path: Path) -> Iterator[tuple[str, object]]:
    """Each record by column, or its rejection; after a broken one reading goes on a line later."""
    text = read_bytes(path).decode("utf-8", errors="surrogateescape")
    lines = list(io.StringIO(text, newline=""))
    header = next(csv.reader(lines), [])
    missing = [name for name in _FIELDS if name not in header]
    if missing:
        raise UsageError(f"{path} lacks the column(s) {', '.join(missing)} in its first line.")
    at = 1
    while at < len(lines):
        # Strict, as an open quote would else swallow all lines that follow.
        reader = csv.reader(islice(lines, at, None), strict=True)
        begun = at
        try:
            for row in reader:
                if row:
                    yield f"{path.name}:{begun + 1}", dict(zip(header, row, strict=False))
                begun = at + reader.line_num
            return
        except csv.Error as error:
            item = f"{path.name}:{begun + 1}"
            yield item, reject_line(item, "broken_line", f"not valid CSV ({error})")
            at = begun + 1
