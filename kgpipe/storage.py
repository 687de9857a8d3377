"""The tables of a workspace, and the statements that are about rows rather than about stages."""

import gc
import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from kgpipe import __version__
from kgpipe.decisions import Decision
from kgpipe.errors import KgpipeError, UsageError
from kgpipe.ids import content_id
from kgpipe.pool import Outcome
from kgpipe.ports import Port
from kgpipe.settings import Section
from kgpipe.tiles import EntityLinks
from kgpipe.types import Chunks, Extraction, Label, Rejection, Resolution

FILE_NAME = "workspace.sqlite"
# Raised when a table changes shape; format 1 is brought up to date, any other is refused.
SCHEMA_VERSION = 2
_LABEL_COLUMNS = """
    key TEXT NOT NULL, annotator TEXT NOT NULL, role TEXT NOT NULL, label TEXT NOT NULL,
    comment TEXT NOT NULL, labelled_at TEXT NOT NULL, evidence TEXT NOT NULL"""
_LABELS = (
    f"CREATE TABLE IF NOT EXISTS labels ({_LABEL_COLUMNS}, PRIMARY KEY (key, annotator, role));"
)
_KEEP = """BEGIN INSERT INTO replaced_labels VALUES (
    old.key, old.annotator, old.role, old.label, old.comment, old.labelled_at, old.evidence); END;
"""
_SCHEMA = f"""
{_LABELS}
CREATE TABLE IF NOT EXISTS replaced_labels ({_LABEL_COLUMNS});
CREATE TRIGGER IF NOT EXISTS keep_replaced BEFORE UPDATE ON labels {_KEEP}
CREATE TRIGGER IF NOT EXISTS keep_removed BEFORE DELETE ON labels {_KEEP}
CREATE TABLE IF NOT EXISTS results (
    stage TEXT NOT NULL, fingerprint TEXT NOT NULL, key TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('kept', 'rejected', 'error')),
    kept INTEGER NOT NULL, reasons TEXT NOT NULL, seconds REAL NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (stage, fingerprint, key));
CREATE TABLE IF NOT EXISTS due (
    stage TEXT NOT NULL, position INTEGER NOT NULL, fingerprint TEXT NOT NULL, key TEXT NOT NULL,
    PRIMARY KEY (stage, position));
CREATE TABLE IF NOT EXISTS stage_runs (
    stage TEXT PRIMARY KEY, reused INTEGER NOT NULL, seconds REAL NOT NULL);
CREATE TABLE IF NOT EXISTS replies (
    key TEXT PRIMARY KEY, stage TEXT NOT NULL, model TEXT NOT NULL, request TEXT NOT NULL,
    reply TEXT NOT NULL, input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL, cost REAL);
CREATE TABLE IF NOT EXISTS searches (
    engine TEXT NOT NULL, query TEXT NOT NULL, wanted INTEGER NOT NULL, searched_at TEXT NOT NULL,
    hits TEXT NOT NULL, PRIMARY KEY (engine, query, wanted));
CREATE TABLE IF NOT EXISTS found_texts (
    id TEXT PRIMARY KEY, sha256 TEXT NOT NULL, url TEXT NOT NULL, read_at TEXT NOT NULL,
    passage TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS memos (name TEXT PRIMARY KEY, content BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS losses (stage TEXT NOT NULL, model TEXT NOT NULL, cost REAL);
CREATE TABLE IF NOT EXISTS decisions (
    key TEXT NOT NULL, annotator TEXT NOT NULL, "left" TEXT NOT NULL, "right" TEXT NOT NULL,
    same INTEGER NOT NULL, note TEXT NOT NULL, PRIMARY KEY (key, annotator));
CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS batches (
    name TEXT PRIMARY KEY, stage TEXT NOT NULL, model TEXT NOT NULL, base_url TEXT NOT NULL,
    provider_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('prepared', 'open', 'collected')));
CREATE TABLE IF NOT EXISTS batch_lines (
    batch TEXT NOT NULL, key TEXT NOT NULL, request TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('', 'stored', 'failed', 'refused')),
    detail TEXT NOT NULL, PRIMARY KEY (batch, key));
CREATE INDEX IF NOT EXISTS batch_lines_by_key ON batch_lines (key);
"""

# Labels of format 1 were reviewers' alone, and nobody knew what evidence they had seen.
_FROM_1 = (
    "ALTER TABLE labels RENAME TO labels_1", _LABELS,
    "INSERT INTO labels "
    "SELECT key, annotator, 'reviewer', label, comment, labelled_at, '' FROM labels_1",
    "DROP TABLE labels_1", f"PRAGMA user_version = {SCHEMA_VERSION}",
)  # fmt: skip

# Tables that tell which items the latest run of each stage was about.
_STATE = ("due", "stage_runs")


@dataclass(frozen=True)
class StageStatus:
    """Counts of one stage. Items are what `Workspace.map` was given; `kept` counts what they made.

    `seconds` is the wall time of the stage's latest run; tokens and cost (USD) are what it ever
    paid, `unpriced` how many of its replies have no known price. `lost` calls may have been paid
    as well, though their replies never came: they cost `lost_cost` (USD) at the most.
    """

    stage: str
    seen: int
    done: int
    kept: int
    rejected: int
    errors: int
    waiting: int
    reused: int
    seconds: float
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float = 0.0
    unpriced: int = 0
    lost: int = 0
    lost_cost: float = 0.0
    reasons: dict[str, int] = field(default_factory=dict)


def read_status(database: sqlite3.Connection, stage: str) -> StageStatus:
    """Counts of a stage's latest run."""
    rows = database.execute(
        "SELECT state, kept, reasons FROM due "
        "LEFT JOIN results USING (stage, fingerprint, key) WHERE stage = ?",
        (stage,),
    ).fetchall()
    states = Counter(state for state, _, _ in rows)
    reasons: Counter[str] = Counter()
    for _, _, counts in rows:
        reasons.update(json.loads(counts) if counts else {})
    reused, seconds = database.execute(
        "SELECT reused, seconds FROM stage_runs WHERE stage = ?", (stage,)
    ).fetchone() or (0, 0.0)
    paid = database.execute(
        "SELECT total(input_tokens), total(output_tokens), total(cost), sum(cost IS NULL) "
        "FROM replies "
        "WHERE stage = ?",
        (stage,),
    ).fetchone()
    lost, lost_cost = database.execute(
        "SELECT count(*), total(cost) FROM losses WHERE stage = ?", (stage,)
    ).fetchone()
    return StageStatus(
        stage=stage,
        seen=len(rows),
        done=states["kept"],
        kept=sum(kept or 0 for _, kept, _ in rows),
        rejected=states["rejected"],
        errors=states["error"],
        waiting=states[None],
        reused=reused,
        seconds=seconds,
        input_tokens=int(paid[0]),
        output_tokens=int(paid[1]),
        cost=paid[2],
        unpriced=paid[3] or 0,
        lost=lost,
        lost_cost=lost_cost,
        reasons=dict(sorted(reasons.items())),
    )


def insert_result(database: sqlite3.Connection, stage: str, mark: str, outcome: Outcome) -> None:
    """Store an outcome under (stage, fingerprint `mark`, its key), replacing an earlier one."""
    result = outcome.result
    if isinstance(result, Rejection):
        state = "error" if result.state == "error" else "rejected"
        kept, reasons = 0, Counter({result.reason: 1})
    else:
        state = "kept"
        kept, reasons = _tally(result)
    database.execute(
        "INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            stage, mark, outcome.key, state, kept, json.dumps(reasons), outcome.seconds,
            result.model_dump_json(),
        ),
    )  # fmt: skip


def _tally(result: BaseModel) -> tuple[int, Counter[str]]:
    """How many things a result holds, and the reasons of those that it rejected inside."""
    match result:
        case Extraction():
            return len(result.triples), Counter(r.reason for r in result.rejections)
        case Chunks():
            return len(result.chunks), Counter()
        case Resolution():
            return len(result.claims), Counter()
        case EntityLinks():
            return len(result.links), Counter()
        case _:
            return 1, Counter()


def fingerprint(
    stage: str,
    *,
    version: str,
    settings: Section | None,
    data: Sequence[str],
    ports: Mapping[str, Port[Any]],
) -> str:
    """Hash everything beside the item that a stage's result depends on.

    Settings that only say how fast or how patiently to work (`Section.operational`) do not count.
    """
    values = (
        {} if settings is None else settings.model_dump(mode="json", exclude=settings.operational)
    )
    names = {name: port.name for name, port in ports.items()}
    return content_id("fp", stage, __version__, version, values, list(data), names)


def open_database(folder: Path | None, *, create: bool) -> sqlite3.Connection:
    """Open the SQLite file of `folder` (None: in memory), making it if `create`.

    Raises:
        UsageError: no workspace there, or it cannot be written.
        KgpipeError: made by another version of kgpipe.
    """
    if folder is not None and not create and not (folder / FILE_NAME).is_file():
        raise UsageError(
            f"{folder} is not a kgpipe workspace. Make one with: kgpipe run INPUT... -w {folder}"
        )
    try:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        path = ":memory:" if folder is None else str(folder / FILE_NAME)
        # Threads of the parent share the connection; `_transaction` makes them take turns.
        database = sqlite3.connect(path, check_same_thread=False, timeout=30)
        database.execute("PRAGMA journal_mode = WAL")
        # Survives a kill of the process; only a power cut may lose the last commits.
        database.execute("PRAGMA synchronous = NORMAL")
        [version] = database.execute("PRAGMA user_version").fetchone()
        if version == 1:
            _update_from_1(database)
        elif version not in (0, SCHEMA_VERSION):
            raise KgpipeError(
                f"The workspace {folder} was made by another version of kgpipe (format {version}, "
                f"this one reads {SCHEMA_VERSION}). Use that version, or start a new workspace."
            )
        database.executescript(_SCHEMA)
        database.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    except (OSError, sqlite3.Error) as error:
        raise UsageError(f"Cannot open the workspace {folder}: {error}.") from error
    return database


def _update_from_1(database: sqlite3.Connection) -> None:
    with database:
        database.execute("BEGIN IMMEDIATE")
        [version] = database.execute("PRAGMA user_version").fetchone()
        # Another process may have been quicker.
        for statement in _FROM_1 if version == 1 else ():
            database.execute(statement)


def insert_labels(database: sqlite3.Connection, labels: Iterable[Label]) -> int:
    """Store labels; an annotator's later one on a key replaces the earlier. Tell how many changed.

    What is replaced or removed goes to `replaced_labels`, by triggers: no label is ever lost.
    """
    # Rows that the triggers write do not count here.
    return database.executemany(
        "INSERT INTO labels VALUES "
        "(:key, :annotator, :role, :label, :comment, :labelled_at, :evidence) "
        "ON CONFLICT (key, annotator, role) DO UPDATE SET label = excluded.label, "
        "comment = excluded.comment, labelled_at = excluded.labelled_at, "
        "evidence = excluded.evidence "
        "WHERE label != excluded.label OR comment != excluded.comment "
        "OR (evidence != excluded.evidence AND excluded.evidence != '')",
        [label.model_dump() for label in labels],
    ).rowcount


def read_stored_labels(database: sqlite3.Connection, *, replaced: bool = False) -> list[Label]:
    """All labels that stand, sorted by key, annotator and role; or those that were replaced."""
    rows = database.execute(
        "SELECT * FROM replaced_labels ORDER BY rowid"
        if replaced
        else "SELECT * FROM labels ORDER BY key, annotator, role"
    )
    names = [column[0] for column in rows.description]
    return [Label(**dict(zip(names, row, strict=True))) for row in rows]


def insert_decisions(database: sqlite3.Connection, decisions: Iterable[Decision]) -> int:
    """Store decisions; an annotator's later one on a pair replaces the earlier. Tell how many."""
    before = database.total_changes
    database.executemany(
        "INSERT INTO decisions VALUES (:key, :annotator, :left, :right, :same, :note) "
        "ON CONFLICT (key, annotator) DO UPDATE SET same = excluded.same, note = excluded.note, "
        '"left" = excluded."left", "right" = excluded."right" '
        "WHERE same != excluded.same OR note != excluded.note",
        [{"key": one.key, **one.model_dump()} for one in decisions],
    )
    return database.total_changes - before


def read_decisions(database: sqlite3.Connection) -> list[Decision]:
    """All decisions, sorted by pair and annotator."""
    rows = database.execute(
        'SELECT "left", "right", same, annotator, note FROM decisions ORDER BY key, annotator'
    )
    return [
        Decision(left=left, right=right, same=bool(same), annotator=annotator, note=note)
        for left, right, same, annotator, note in rows
    ]


def delete_label(database: sqlite3.Connection, key: str, annotator: str) -> None:
    """Take back what an annotator said about a statement as a reviewer."""
    database.execute(
        "DELETE FROM labels WHERE key = ? AND annotator = ? AND role = 'reviewer'", (key, annotator)
    )


def read_commits(database: sqlite3.Connection) -> int:
    """A number that differs once another connection, such as another process, has committed."""
    [number] = database.execute("PRAGMA data_version").fetchone()
    return int(number)


def read_run_mark(database: sqlite3.Connection) -> str:
    """Differs once a stage has run again, or entities were resolved in another way."""
    runs = database.execute("SELECT * FROM stage_runs ORDER BY stage").fetchall()
    resolved = database.execute("SELECT * FROM due WHERE stage = 'dedupe'").fetchall()
    return content_id("runs", runs, resolved)


@contextmanager
def without_collection(*, stays: bool = False) -> Iterator[None]:
    """Read many records without the search for cycles, in vain here, that takes most of the time.

    Args:
        stays: what is read is held to the end of the command, so that later searches may pass it.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if stays:
            gc.freeze()
        if enabled:
            gc.enable()


def read_state(database: sqlite3.Connection) -> dict[str, list[tuple[object, ...]]]:
    """The rows that say what the latest runs were about, by table."""
    return {table: database.execute(f"SELECT * FROM {table}").fetchall() for table in _STATE}


def write_state(
    database: sqlite3.Connection, state: Mapping[str, Sequence[tuple[object, ...]]]
) -> None:
    """Put back what `read_state` returned."""
    for table, rows in state.items():
        database.execute(f"DELETE FROM {table}")
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            database.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
