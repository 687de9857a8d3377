"""CESI's data (Vashishth et al. 2018): what a system may read, and the gold entities apart from it.

Of a row only `triple` and `src_sentences` are read as input; `true_link` is gold, and the other
fields were made with an entity linker, so that they hold answers.
"""

import json
import zipfile
from pathlib import Path
from typing import NamedTuple

from kgpipe.errors import KgpipeError
from kgpipe.ids import content_digest

# Part -> (archive, member).
PARTS = {
    "base_valid": ("base.zip", "base/base_valid"),
    "base_test": ("base.zip", "base/base_test"),
    "ambiguous_valid": ("ambiguous_valid.zip", "ambiguous/ambiguous_valid"),
}


class Statement(NamedTuple):
    """A triple as Open IE wrote it, with the sentences that it was found in."""

    subject: str
    predicate: str
    object: str
    sentences: tuple[str, ...]


class Part(NamedTuple):
    """Statements, and the gold entity of each one's subject."""

    statements: tuple[Statement, ...]
    gold: tuple[str, ...]


def read_part(data: Path, name: str) -> Part:
    """Read one of `PARTS` from the folder `cesi`, or from the folder that holds it.

    Raises:
        KgpipeError: the archive or its member is missing, or a line is no such row.
    """
    archive, member = PARTS[name]
    path = next((p for p in (data / archive, data / "cesi" / archive) if p.is_file()), None)
    if path is None:
        raise KgpipeError(f"There is no {archive} in {data} or its folder cesi.")
    try:
        with zipfile.ZipFile(path) as file:
            rows = [json.loads(line) for line in file.read(member).decode("utf-8").splitlines()]
        statements = []
        for row in rows:
            subject, predicate, obj = row["triple"]
            statements.append(Statement(subject, predicate, obj, tuple(row["src_sentences"])))
        return Part(tuple(statements), tuple(row["true_link"]["subject"] for row in rows))
    except (KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise KgpipeError(f"{path}, {member}: no rows of CESI's form ({error}).") from error


def is_development(gold: str) -> bool:
    """Whether errors on an entity may be looked at: one half, by the hash of its name."""
    return int(content_digest(gold.encode())[:2], 16) % 2 == 0
