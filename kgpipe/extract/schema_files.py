"""Reads a schema from YAML, CSV (`relation,definition`) or a Text2KGBench ontology (JSON).

Turtle is read by `backends.schema_turtle`, which needs an RDF library.

YAML::

    name: Mining
    classes:
      - {name: Site, definition: a place where gold is mined, parents: [Place], kind: site}
    relations:
      - {name: operates, definition: ..., domain: [Organisation], range: [Site]}
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from kgpipe.errors import UsageError
from kgpipe.schema import Schema, SchemaClass, SchemaRelation

_LISTS = {"classes": ("parents",), "relations": ("domain", "range", "also")}
_CSV_COLUMNS = ("relation", "definition", "domain", "range", "inverse", "iri")


def read_schema_file(path: Path) -> Schema:
    """Read a schema; the ending of the file's name tells its format.

    Raises:
        UsageError: unreadable, broken or empty, with the line and what to do about it.
    """
    readers = {".yaml": _read_yaml, ".yml": _read_yaml, ".csv": _read_csv, ".json": _read_json}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise UsageError(
            f"{path} is no schema: give a .yaml, .csv, .json (Text2KGBench) or .ttl (Turtle) file."
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"Cannot read the schema {path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{path} is not UTF-8 text (byte {error.start}); save it as UTF-8."
        ) from error
    return check_schema(reader(text, path), path)


def check_schema(schema: Schema, path: Path) -> Schema:
    """Refuse a schema without relations, with a name twice, or with an unknown class or inverse.

    Raises:
        UsageError: names the first fault.
    """
    if not schema.relations:
        raise UsageError(f"{path} declares no relation; a schema needs at least one.")
    for what, names in (
        ("class", [cls.name for cls in schema.classes]),
        ("relation", [relation.name for relation in schema.relations]),
    ):
        twice = [name for name, count in Counter(names).items() if count > 1]
        if twice:
            raise UsageError(f"{path} declares the {what} {twice[0]!r} twice; keep one of them.")
    relations = {relation.name for relation in schema.relations}
    for relation in schema.relations:
        if relation.inverse and relation.inverse not in relations:
            raise UsageError(
                f"{path}: the inverse {relation.inverse!r} of {relation.name!r} is no relation of "
                "the schema; declare it or drop the inverse."
            )
    return schema


def _read_yaml(text: str, path: Path) -> Schema:
    try:
        tree = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise UsageError(f"{path}{line}: not YAML: {getattr(error, 'problem', error)}.") from error
    if not isinstance(tree, dict):
        raise UsageError(f"{path}: a mapping with `classes` and `relations` is expected.")
    fields = {"name": path.stem} | {
        key: [_with_lists(item, _LISTS[key]) for item in value or ()] if key in _LISTS else value
        for key, value in tree.items()
    }
    try:
        return Schema.model_validate(fields)
    except ValidationError as error:
        raise UsageError(f"{path}: {_explain(error)}") from error


def _with_lists(item: Any, names: Iterable[str]) -> Any:
    """`domain: Site` for `domain: [Site]`, and a bare name for a class or relation."""
    if isinstance(item, str):
        return {"name": item}
    if not isinstance(item, dict):
        return item
    return {
        key: [value] if key in names and isinstance(value, str) else value
        for key, value in item.items()
    }


def _explain(error: ValidationError) -> str:
    fault = error.errors()[0]
    where = ".".join(str(part + 1) if isinstance(part, int) else part for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"unknown key `{where}`; known are those of the example in the documentation."
    return f"`{where}`: {fault['msg']}."


def _read_csv(text: str, path: Path) -> Schema:
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    relations: list[SchemaRelation] = []
    columns: tuple[str, ...] = _CSV_COLUMNS[:2]
    try:
        for cells in rows:
            if not any(map(str.strip, cells)):
                continue
            if not relations and cells[0].strip().lower() == "relation":
                columns = tuple(cell.strip().lower() for cell in cells)
                continue
            relations.append(
                _csv_relation(dict(zip(columns, cells, strict=False)), path, rows.line_num)
            )
    except csv.Error as error:
        raise UsageError(
            f"{path}, line {rows.line_num}: {error}. Look for an unpaired quotation mark."
        ) from error
    named = dict.fromkeys(name for r in relations for name in (*r.domain, *r.range))
    return Schema(
        name=path.stem,
        classes=tuple(SchemaClass(name=name) for name in named),
        relations=tuple(relations),
    )


def _csv_relation(row: Mapping[str, str], path: Path, line: int) -> SchemaRelation:
    unknown = [column for column in row if column not in _CSV_COLUMNS]
    if unknown:
        raise UsageError(
            f"{path}: unknown column {unknown[0]!r}; known: {', '.join(_CSV_COLUMNS)}."
        )
    name = row.get("relation", "").strip()
    if not name:
        raise UsageError(f"{path}, line {line}: the relation has no name.")
    return SchemaRelation(
        name=name,
        definition=row.get("definition", "").strip(),
        domain=_names(row.get("domain", "")),
        range=_names(row.get("range", "")),
        inverse=row.get("inverse", "").strip(),
        iri=row.get("iri", "").strip(),
    )


def _names(cell: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in cell.split("|") if name.strip())


def _read_json(text: str, path: Path) -> Schema:
    """Mihindukulasooriya et al. 2023, Text2KGBench: `concepts`, and `relations` between them."""
    try:
        tree = json.loads(text)
    except json.JSONDecodeError as error:
        raise UsageError(f"{path}, line {error.lineno}: not JSON: {error.msg}.") from error
    try:
        labels = {str(item["qid"]): str(item["label"]) for item in tree["concepts"]}
        relations = [
            SchemaRelation(
                name=str(item["label"]),
                domain=_labels(item.get("domain"), labels),
                range=_labels(item.get("range"), labels),
            )
            for item in tree["relations"]
        ]
    except (TypeError, KeyError, AttributeError) as error:
        raise UsageError(
            f"{path} is no Text2KGBench ontology: {error} is missing. It has `concepts` with `qid` "
            "and `label`, and `relations` with `label`, `domain` and `range`."
        ) from error
    return Schema(
        name=str(tree.get("title", path.stem)),
        classes=tuple(SchemaClass(name=name) for name in dict.fromkeys(labels.values())),
        relations=_joined(relations),
    )


def _labels(identifier: Any, labels: Mapping[str, str]) -> tuple[str, ...]:
    return (labels.get(str(identifier), str(identifier)),) if identifier else ()


def _joined(relations: Iterable[SchemaRelation]) -> tuple[SchemaRelation, ...]:
    """One relation a name: several rows of one label are its several domains and ranges."""
    by_name: dict[str, SchemaRelation] = {}
    for relation in relations:
        known = by_name.setdefault(relation.name, relation)
        by_name[relation.name] = known.model_copy(
            update={
                end: tuple(dict.fromkeys((*getattr(known, end), *getattr(relation, end))))
                for end in ("domain", "range")
            }
        )
    return tuple(by_name.values())
