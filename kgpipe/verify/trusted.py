"""Triples that the user trusts, by which graph scores of claims are taken."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from kgpipe.errors import UsageError
from kgpipe.ids import content_digest, content_id
from kgpipe.text.tokens import fold
from kgpipe.types import Retrieved
from kgpipe.verify.known_graph import Triple
from kgpipe.verify.lines import read_bytes

_COLUMNS = ("subject", "predicate", "object")


def read_trusted(paths: Iterable[Path]) -> list[Triple]:
    """The names in CSV files with the columns subject, predicate and object.

    Raises:
        UsageError: a file cannot be read, lacks a column, or has a row with an empty cell.
    """
    return [triple for path in paths for triple in _read(path)]


def trusted_digest(paths: Iterable[Path]) -> str:
    """Names what the files say; "" without files."""
    digests = sorted(content_digest(read_bytes(path)) for path in paths)
    return content_id("trusted", digests) if digests else ""


def with_ids(triples: Sequence[Triple], questions: Sequence[Retrieved]) -> list[Triple]:
    """The triples by the ids of the claims' entities, where one of their names is met.

    A name that no claim knows stands for itself; one that two entities share, for the first by id.
    """
    ids: dict[str, str] = {}
    for question in questions:
        claim = question.claim
        for entity, name in ((claim.subject_id, claim.subject), (claim.object_id, claim.object)):
            for known in (name, *question.aliases.get(entity, ())):
                ids[fold(known)] = min(entity, ids.get(fold(known), entity))
    relations = {fold(q.claim.predicate): q.claim.predicate for q in questions}
    return [
        (ids.get(fold(head), head), relations.get(fold(name), name), ids.get(fold(tail), tail))
        for head, name, tail in triples
    ]


def _read(path: Path) -> list[Triple]:
    try:
        text = read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"Cannot read {path}: it is not UTF-8 ({error.reason}).") from error
    reader = csv.DictReader(io.StringIO(text, newline=""))
    if missing := set(_COLUMNS) - set(reader.fieldnames or ()):
        raise UsageError(f"{path} lacks the column(s) {', '.join(sorted(missing))}.")
    triples = []
    try:
        for row in reader:
            cells = [(row[name] or "").strip() for name in _COLUMNS]
            if not all(cells):
                raise UsageError(f"{path}, line {reader.line_num}: a cell of the triple is empty.")
            triples.append((cells[0], cells[1], cells[2]))
    except csv.Error as error:
        raise UsageError(f"{path}, line {reader.line_num}: {error}.") from error
    return triples
