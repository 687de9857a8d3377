"""One folder of the user's with one SQLite file: the only place where stages meet a disk.

Two layers, each with one job. `results` holds what stages made: cheap to redo, keyed by (stage,
fingerprint, item key). `replies` (see `kgpipe.replies`) holds what a model answered: that is money,
keyed by the request alone and never redone. Each finished item is one commit, so a kill at any
moment costs at most the items in flight, and the next run goes on where this one stopped.

`due` lists the items of the latest run of each stage, in order; joined with `results` it is the
state of the workspace (what is done, rejected, in error, still waiting).
"""

import json
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

from kgpipe.calls import ChatReply
from kgpipe.decisions import Decision
from kgpipe.errors import KgpipeError
from kgpipe.ids import content_id
from kgpipe.memos import StoredMemo
from kgpipe.pool import Outcome, Pool, run_pool
from kgpipe.ports import Port
from kgpipe.settings import Section
from kgpipe.storage import (
    StageStatus,
    fingerprint,
    insert_decisions,
    insert_labels,
    insert_result,
    open_database,
    read_decisions,
    read_state,
    read_status,
    read_stored_labels,
    write_state,
)
from kgpipe.types import Label, Record, Rejection

T = TypeVar("T")
R = TypeVar("R", bound=Record)


class Progress(Protocol):
    """Watches a run; the command line shows bars with it."""

    def start(self, stage: str, *, total: int, reused: int) -> None:
        """`total` items are due, of which `reused` have a result already."""
        ...

    def advance(self, stage: str, outcome: Outcome) -> None:
        """One more item is finished and stored."""
        ...

    def pay(self, stage: str, reply: ChatReply) -> None:
        """A reply came and is stored; called from the thread that asked."""
        ...

    def finish(self, stage: str) -> None:
        """All items of the stage are finished."""
        ...


class Workspace:
    """Stage results, model replies and labels of one project.

    Args:
        folder: created if absent; None keeps everything in memory.
        progress: told about every finished item.
        create: False refuses a folder that is not a workspace yet.

    Raises:
        UsageError: `folder` is no workspace (with `create=False`) or cannot be written.
        KgpipeError: made by another version of kgpipe.
    """

    def __init__(
        self, folder: Path | None, *, progress: Progress | None = None, create: bool = True
    ) -> None:
        self.folder = folder
        self.progress = progress
        self._lock = threading.RLock()
        self._database = open_database(folder, create=create)

    def close(self) -> None:
        """Close the database; everything is committed already."""
        self._database.close()

    # ------------------------------------------------------------ stages

    def map(
        self,
        stage: str,
        function: Callable[..., R],
        items: Sequence[T],
        *,
        key: Callable[[T], str],
        returns: type[R],
        version: str,
        settings: Section | None = None,
        data: Sequence[str] = (),
        pool: Pool = "inline",
        workers: int = 1,
        rejected: Sequence[Rejection] = (),
        name: Callable[[T], str] | None = None,
        **ports: Port[Any],
    ) -> list[R | Rejection]:
        """Apply a stage function to every item that has no result yet; return all, in item order.

        `function(item, settings=..., **ports)` must be pure, so that this could be the builtin
        `map`. Results are keyed by (stage, fingerprint, key(item)); see `fingerprint`.

        Args:
            stage: name under which results and counts are kept.
            function: a module-level stage function; `settings` is passed only if given.
            items: may repeat; equal keys are computed once.
            key: content-based key of an item.
            returns: record type of a result, to read it back.
            version: of the stage's own code; raise it when its results change.
            settings: the stage's section.
            data: digests of everything else that the function reads.
            pool: where to run: see `kgpipe.pool`.
            workers: how many at once.
            rejected: rejections known beforehand, counted as part of this stage.
            name: what a person calls an item, for rejections; a module-level function.
            **ports: backends by parameter name, built only if an item is pending.

        Raises:
            KgpipeError: the run cannot go on; everything finished so far is kept.
        """
        mark = fingerprint(stage, version=version, settings=settings, data=data, ports=ports)
        keys = [key(item) for item in items]
        self._store_due(stage, mark, keys, rejected)
        pending = self._pending(stage, mark, keys, items)
        reused = len(set(keys)) - len(pending)
        started = time.monotonic()
        if self.progress:
            self.progress.start(stage, total=len(keys), reused=reused)
        keywords = {} if settings is None else {"settings": settings}
        try:
            for outcome in run_pool(
                function,
                pending,
                stage=stage,
                pool=pool,
                workers=workers,
                ports=ports,
                name=name,
                **keywords,
            ):
                self._store_result(stage, mark, outcome)
                if self.progress:
                    self.progress.advance(stage, outcome)
        finally:
            with self.transaction() as database:
                database.execute(
                    "INSERT OR REPLACE INTO stage_runs VALUES (?, ?, ?)",
                    (stage, reused, time.monotonic() - started),
                )
            if self.progress:
                self.progress.finish(stage)
        return list(self._read_results(stage, returns, len(rejected)))

    def expect(
        self,
        stage: str,
        items: Sequence[T],
        *,
        key: Callable[[T], str],
        version: str,
        settings: Section | None = None,
        data: Sequence[str] = (),
        **ports: Port[Any],
    ) -> list[T]:
        """Book the items that `map` would work on as due, and return those without a result."""
        mark = fingerprint(stage, version=version, settings=settings, data=data, ports=ports)
        keys = [key(item) for item in items]
        self._store_due(stage, mark, keys, ())
        return list(self._pending(stage, mark, keys, items).values())

    def once(self, stage: str, function: Callable[..., R], item: T, *, key: str, **rest: Any) -> R:
        """Apply a stage function to one item that stands for the whole corpus.

        Raises:
            KgpipeError: the function rejected it.
        """
        results: list[R | Rejection] = self.map(stage, function, [item], key=lambda _: key, **rest)
        result = results[0]
        if isinstance(result, Rejection):
            raise KgpipeError(f"Stage {stage} failed: {result.reason}. {result.detail}")
        return result

    def forget(self, stages: Iterable[str]) -> None:
        """Take stages out of the current state (their results stay for reuse)."""
        with self.transaction() as database:
            for stage in stages:
                database.execute("DELETE FROM due WHERE stage = ?", (stage,))
                database.execute("DELETE FROM stage_runs WHERE stage = ?", (stage,))

    @contextmanager
    def unchanged_state(self) -> Iterator[None]:
        """Let stages run for a look ahead, then restore what the latest runs were about.

        Their results stay for reuse.
        """
        state = read_state(self._database)
        try:
            yield
        finally:
            with self.transaction() as database:
                write_state(database, state)

    def current(self, stage: str, returns: type[R]) -> list[R]:
        """What the latest run of a stage kept, in item order; finished items only."""
        return list(self.stream(stage, returns))

    def stream(self, stage: str, returns: type[R]) -> Iterator[R]:
        """As `current`, one at a time; `returns` may hold a part of the stored fields."""
        return (r for r in self._read_results(stage, returns, 0) if not isinstance(r, Rejection))

    def rejections(self) -> list[Rejection]:
        """Every rejected or failed item of the latest run of each stage."""
        rows = self._database.execute(
            "SELECT value FROM due JOIN results USING (stage, fingerprint, key) "
            "WHERE state != 'kept' ORDER BY due.rowid"
        )
        return [Rejection.model_validate_json(value) for (value,) in rows]

    def state_digest(self) -> str:
        """Changes whenever the items or results of the latest run, or the labels, change."""
        rows = self._database.execute(
            "SELECT stage, fingerprint, key, state FROM due "
            "LEFT JOIN results USING (stage, fingerprint, key) ORDER BY stage, position"
        )
        return content_id("state", list(rows), [label.model_dump() for label in self.labels()])

    def status(self) -> list[StageStatus]:
        """Counts per stage, in the order in which the stages last ran."""
        stages = [row[0] for row in self._database.execute(
            "SELECT stage FROM due GROUP BY stage ORDER BY min(rowid)"
        )]  # fmt: skip
        return [read_status(self._database, stage) for stage in stages]

    def refuse_failure(self, stage: str, max_reject_rate: float) -> None:
        """Stop where a service failed on everything, or more was rejected than the user allows.

        Raises:
            KgpipeError: so it is; the commonest reason is told with an example.
        """
        status = next((s for s in self.status() if s.stage == stage), None)
        if status is None:
            return
        failed = status.errors + status.rejected
        all_in_error = status.errors > 0 and status.done == 0
        if not all_in_error and failed <= max_reject_rate * status.seen:
            return
        faults = [fault for fault in self.rejections() if fault.stage == stage]
        [(reason, _)] = Counter(fault.reason for fault in faults).most_common(1)
        example = next(fault for fault in faults if fault.reason == reason)
        raise KgpipeError(
            f"Stage {stage}: {failed} of {status.seen} items failed, most with {reason}: "
            f"{example.detail} Finished items are kept; run the same command again to go on."
        )

    # ------------------------------------------------------------ labels

    def save_labels(self, labels: Iterable[Label]) -> int:
        """Store labels (an annotator's later one replaces the earlier); return how many changed."""
        with self.transaction() as database:
            return insert_labels(database, labels)

    def labels(self) -> list[Label]:
        """All labels that stand, sorted by key, annotator and role."""
        return read_stored_labels(self._database)

    def replaced_labels(self) -> list[Label]:
        """What annotators said before they said something else, oldest first."""
        return read_stored_labels(self._database, replaced=True)

    def save_decisions(
        self, decisions: Sequence[Decision], *, instead_of: Iterable[str] = ()
    ) -> int:
        """Store decisions about pairs of names; return how many are new or changed.

        Args:
            decisions: an annotator's later one on a pair replaces the earlier.
            instead_of: keys of pairs on which all earlier decisions are dropped.
        """
        with self.transaction() as database:
            dropped = [(key,) for key in instead_of]
            database.executemany("DELETE FROM decisions WHERE key = ?", dropped)
            return insert_decisions(database, decisions)

    def decisions(self) -> list[Decision]:
        """All decisions about pairs of names, sorted by pair and annotator."""
        return read_decisions(self._database)

    # ------------------------------------------------------------ notes

    def write_note(self, name: str, value: Any) -> None:
        """Remember a JSON value, such as the inputs of the latest run."""
        with self.transaction() as database:
            database.execute(
                "INSERT OR REPLACE INTO notes VALUES (?, ?)", (name, json.dumps(value))
            )

    def read_note(self, name: str) -> Any:
        """A value written by `write_note`, or None."""
        row = self._database.execute("SELECT value FROM notes WHERE name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else None

    def memo(self, *parts: str) -> StoredMemo:
        """What a stage remembers under the name that the parts make up."""
        return StoredMemo(self.transaction, name=content_id("memo", parts))

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold the workspace for one run at a time; the hold ends with the process.

        Raises:
            KgpipeError: another process holds it.
        """
        if self.folder is None:
            yield
            return
        holder = sqlite3.connect(self.folder / "run.lock", timeout=0)
        try:
            try:
                holder.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as error:
                raise KgpipeError(
                    f"Another kgpipe run is using the workspace {self.folder}. "
                    "Wait for it to end, or choose another one with -w."
                ) from error
            yield
        finally:
            holder.close()

    # ------------------------------------------------------------ inside

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """One commit; threads take turns.

        Raises:
            KgpipeError: the workspace cannot be written.
        """
        with self._lock:
            try:
                with self._database:
                    yield self._database
            except sqlite3.OperationalError as error:
                raise KgpipeError(
                    f"Cannot write to the workspace {self.folder}: {error}. "
                    "What was finished is kept; free space or permissions, then run again."
                ) from error

    def _store_due(
        self, stage: str, mark: str, keys: Sequence[str], rejected: Sequence[Rejection]
    ) -> None:
        with self.transaction() as database:
            database.execute("DELETE FROM due WHERE stage = ?", (stage,))
            for rejection in rejected:
                insert_result(database, stage, "input", Outcome(rejection.item, rejection, 0.0))
            rows = [("input", r.item) for r in rejected] + [(mark, k) for k in keys]
            database.executemany(
                "INSERT INTO due VALUES (?, ?, ?, ?)",
                [(stage, position, *row) for position, row in enumerate(rows)],
            )

    def _pending(
        self, stage: str, mark: str, keys: Sequence[str], items: Sequence[T]
    ) -> dict[str, T]:
        """The items that have no result yet, or one in error, by key."""
        rows = self._database.execute(
            "SELECT key FROM results WHERE stage = ? AND fingerprint = ? AND state != 'error'",
            (stage, mark),
        )
        done = {key for (key,) in rows}
        return {key: item for key, item in zip(keys, items, strict=True) if key not in done}

    def _store_result(self, stage: str, mark: str, outcome: Outcome) -> None:
        with self.transaction() as database:
            insert_result(database, stage, mark, outcome)

    def _read_results(self, stage: str, returns: type[R], skip: int) -> Iterator[R | Rejection]:
        rows = self._database.execute(
            "SELECT state, value FROM due JOIN results USING (stage, fingerprint, key) "
            "WHERE stage = ? AND position >= ? ORDER BY position",
            (stage, skip),
        )
        for state, value in rows:
            yield (returns if state == "kept" else Rejection).model_validate_json(value)
