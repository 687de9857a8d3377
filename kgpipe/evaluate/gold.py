"""Reads gold: triples per document, labels of claims, clusters of names; and verdict files.

A file that cannot be read at all, or lacks a column, ends the run with one message. A bad line is
listed as a `Rejection` with its line number, and the rest is used.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, ValidationError, field_validator

from kgpipe.errors import KgpipeError
from kgpipe.types import Polarity, Record, Rejection

TRIPLES, LABELS, ENTITIES = "triples.jsonl", "labels.csv", "entities.csv"
# An annotator of this name settles what the others disagree on.
ADJUDICATOR = "adjudicated"

_POLARITIES: Mapping[str, Polarity] = {
    "supported": "supported",
    "refuted": "refuted",
    "unclear": "unclear",
    "1": "supported",
    "0": "refuted",
}


class GoldRecord(Record):
    """A gold row; fields that this version does not know are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    @field_validator("*", mode="before")
    @classmethod
    def _null_as_absent(cls, value: Any, info: Any) -> Any:
        """Read an explicit null like an absent field."""
        field = cls.model_fields[info.field_name]
        return value if value is not None or field.is_required() else field.default


class GoldTriple(GoldRecord):
    """A fact that a person found in `document` (a file name), with the quote that states it."""

    id: str
    document: str
    subject: str
    predicate: str
    object: str
    page: int | None = None
    quote: str = ""
    negated: bool = False
    hedged: bool = False
    attributed_to: str = ""
    time: str = ""
    place: str = ""


class GoldLabel(GoldRecord):
    """What people say about a claim: `votes` by annotator, `label` None where they disagree.

    `group` names what makes claims dependent on one another (a document, a subject); `document`,
    `source_kind` and `stratum` are parts that the report breaks its figures down by; "" if unknown.
    """

    id: str
    label: Polarity | None
    votes: dict[str, Polarity]
    subject: str = ""
    predicate: str = ""
    object: str = ""
    negated: bool = False
    group: str = ""
    document: str = ""
    source_kind: str = ""
    stratum: str = ""
    line: int = 0


class GoldName(GoldRecord):
    """A name and the gold entity it means."""

    name: str
    entity: str
    kind: str = ""


class Quoted(GoldRecord):
    """A piece of evidence as a verdict file holds it."""

    source: str = ""
    quote: str = ""


class VerdictRow(GoldRecord):
    """A machine verdict as a verdict file holds it."""

    id: str
    label: Polarity
    status: str = "ok"
    reason: str = ""
    probability: float | None = None
    calibrated: bool = False
    evidence: tuple[Quoted, ...] = ()


class Gold(Record):
    """A gold folder; a part is None where its file is absent."""

    triples: tuple[GoldTriple, ...] | None = None
    labels: tuple[GoldLabel, ...] | None = None
    names: tuple[GoldName, ...] | None = None
    rejections: tuple[Rejection, ...] = ()


def read_gold(folder: Path) -> Gold:
    """Read the parts that `folder` holds.

    Raises:
        KgpipeError: none of the three files is there, or one cannot be read.
    """
    rejections: list[Rejection] = []
    parts: dict[str, Any] = {}
    if (folder / TRIPLES).is_file():
        parts["triples"] = tuple(_read_jsonl(folder / TRIPLES, GoldTriple, rejections))
    if (folder / LABELS).is_file():
        parts["labels"] = tuple(read_gold_labels(folder / LABELS, rejections))
    if (folder / ENTITIES).is_file():
        parts["names"] = tuple(_read_names(folder / ENTITIES, rejections))
    if not parts:
        raise KgpipeError(
            f"No gold in {folder}: it should hold at least one of {TRIPLES}, {LABELS}, {ENTITIES}."
        )
    if parts.get("labels") and parts.get("triples"):
        parts["labels"] = _take_negation(parts["labels"], parts["triples"])
    return Gold(**parts, rejections=tuple(rejections))


def _take_negation(
    labels: tuple[GoldLabel, ...], triples: tuple[GoldTriple, ...]
) -> tuple[GoldLabel, ...]:
    """A label with the id of a gold triple is about that triple, with its negation."""
    negated = {triple.id for triple in triples if triple.negated}
    return tuple(
        label.model_copy(update={"negated": label.negated or label.id in negated})
        for label in labels
    )


def read_verdicts(path: Path, rejections: list[Rejection]) -> list[VerdictRow]:
    """Read a verdict file (JSON Lines); bad lines and repeated ids are added to `rejections`."""
    return _read_jsonl(path, VerdictRow, rejections)


# ---------------------------------------------------------------- labels


def read_gold_labels(path: Path, rejections: list[Rejection]) -> list[GoldLabel]:
    """Read labels, a CSV of id,label and any of the columns of `GoldLabel`, and annotator.

    One row an id and annotator. Where several annotated a claim, an annotator called "adjudicated"
    decides, else the majority; without a majority the label is None: a conflict to adjudicate. Who
    gives one claim two labels has no vote on it.
    """
    rows: dict[str, dict[str, dict[str, str]]] = {}
    lines: dict[tuple[str, str], int] = {}
    torn: set[tuple[str, str]] = set()
    for line, row in _read_csv(path, ("id", "label")):
        fault = _label_fault(row)
        voter = row.get("annotator", "")
        place = (row["id"], voter)
        if fault is None and place in lines:
            earlier = rows[row["id"]][voter]["label"]
            fault = _repetition(row, earlier, lines[place])
            torn |= {place} if fault[0] == "contradicting_label" else set()
        if fault:
            rejections.append(_rejection(path, line, *fault))
            continue
        lines[place] = line
        rows.setdefault(row["id"], {})[voter] = row
    if not rows:
        raise KgpipeError(f"{path} holds no usable label: {_sum_up(rejections)}.")
    return [
        _merge_votes(voters, torn, line=min(lines[one, voter] for voter in voters))
        for one, voters in rows.items()
    ]


def _label_fault(row: Mapping[str, str]) -> tuple[str, str] | None:
    if not row["id"]:
        return "missing_id", "the id is empty"
    if row["label"].casefold() not in _POLARITIES:
        allowed = "supported, refuted, unclear, 1 or 0"
        return "unknown_label", f"label {row['label']!r} is none of {allowed}"
    return None


def _repetition(row: Mapping[str, str], earlier: str, line: int) -> tuple[str, str]:
    """What is wrong with a second row of one id and annotator."""
    first, second = (_POLARITIES[label.casefold()] for label in (earlier, row["label"]))
    if first == second:
        return "duplicate_id", f"id {row['id']!r} stands in line {line} already"
    return (
        "contradicting_label",
        f"id {row['id']!r} is {second} here and {first} in line {line}, by the same annotator: "
        "neither is used; keep one",
    )


def _merge_votes(
    voters: Mapping[str, Mapping[str, str]], torn: set[tuple[str, str]], *, line: int
) -> GoldLabel:
    first = next(iter(voters.values()))
    votes = {
        voter: _POLARITIES[row["label"].casefold()]
        for voter, row in voters.items()
        if (row["id"], voter) not in torn
    }
    names = ("subject", "predicate", "object", "group", "document", "source_kind", "stratum")
    return GoldLabel(
        id=first["id"],
        label=None if (first["id"], ADJUDICATOR) in torn else settle(votes),
        votes=votes,
        negated=first.get("negated", "").casefold() in ("true", "1", "yes"),
        line=line,
        **{name: first.get(name, "") for name in names},
    )


def settle(votes: Mapping[str, Polarity]) -> Polarity | None:
    """The label that several annotators come to; None where they must be asked again."""
    if not votes:
        return None
    if ADJUDICATOR in votes:
        return votes[ADJUDICATOR]
    label, count = Counter(votes.values()).most_common(1)[0]
    return label if 2 * count > len(votes) else None


# ---------------------------------------------------------------- names


def _read_names(path: Path, rejections: list[Rejection]) -> Iterator[GoldName]:
    for line, row in _read_csv(path, ("name", "entity")):
        if not row["name"] or not row["entity"]:
            rejections.append(_rejection(path, line, "missing_name", "name or entity is empty"))
            continue
        yield GoldName(name=row["name"], entity=row["entity"], kind=row.get("kind", ""))


# ---------------------------------------------------------------- files


def _read_jsonl(path: Path, kind: type[Any], rejections: list[Rejection]) -> list[Any]:
    """Read one record a line; bad lines and repeated ids are added to `rejections`."""
    items: list[Any] = []
    lines: dict[str, int] = {}
    for line, text in enumerate(_read_text(path).split("\n"), start=1):
        if not text.strip():
            continue
        try:
            item = kind.model_validate(json.loads(text))
        except json.JSONDecodeError as error:
            rejections.append(_rejection(path, line, "not_json", str(error)))
        except ValidationError as error:
            rejections.append(_rejection(path, line, "bad_row", _explain(error)))
        else:
            if item.id in lines:
                detail = f"id {item.id!r} stands in line {lines[item.id]} already"
                rejections.append(_rejection(path, line, "duplicate_id", detail))
                continue
            lines[item.id] = line
            items.append(item)
    if not items:
        raise KgpipeError(f"{path} holds no usable line: {_sum_up(rejections)}.")
    return items


def _read_csv(path: Path, required: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (line, row) of a CSV with comma or semicolon; cells stripped, header in lower case.

    Raises:
        KgpipeError: a required column is missing, or the CSV is broken.
    """
    text = _read_text(path)
    header = text.partition("\n")[0]
    delimiter = ";" if header.count(";") > header.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        columns = [name.strip().casefold() for name in next(reader, [])]
        missing = [name for name in required if name not in columns]
        if missing:
            found = ", ".join(columns) or "none"
            raise KgpipeError(f"{path}, line 1: no column {', '.join(missing)} (found: {found}).")
        for cells in reader:
            if any(cell.strip() for cell in cells):
                padded = cells + [""] * (len(columns) - len(cells))
                yield (
                    reader.line_num,
                    {c: v.strip() for c, v in zip(columns, padded, strict=False)},
                )
    except csv.Error as error:
        raise KgpipeError(f"{path}, line {reader.line_num}: {error}.") from error


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise KgpipeError(f"Cannot read {path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise KgpipeError(f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8.") from error


def _rejection(path: Path, line: int, reason: str, detail: str) -> Rejection:
    return Rejection(stage="gold", item=f"{path.name}:{line}", reason=reason, detail=detail)


def _explain(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(str(part) for part in fault['loc']) or 'row'}: {fault['msg']}"
        for fault in error.errors()
    )


def _sum_up(rejections: list[Rejection]) -> str:
    first = rejections[0] if rejections else None
    return f"{first.item} {first.detail}" if first else "it is empty"
