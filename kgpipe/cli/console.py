"""What the command line shows: bars and tables on stderr, machine-readable JSON on stdout."""

import atexit
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from kgpipe.calls import ChatReply
from kgpipe.pool import Outcome
from kgpipe.storage import StageStatus
from kgpipe.types import Rejection

# A log file has no width of its own; this is wide enough for every table.
LOG_WIDTH = 120
# More would scroll by; the tables are eight.
_FILES_NAMED = 12
console = Console(
    stderr=True, highlight=False, emoji=False, width=None if sys.stderr.isatty() else LOG_WIDTH
)
# What a stage makes of its items.
MADE = {
    "read": "documents", "chunk": "chunks", "import": "triples", "tables": "triples",
    "extract": "triples",
    "compare": "answers", "dedupe": "claims", "evidence": "documents", "retrieve": "claims",
    "gather": "claims",
    "verify": "verdicts", "link": "links",
}  # fmt: skip
ALWAYS = ("stage", "items", "made", "seconds")
# Bars appear only for work that lasts longer than this.
SHOW_AFTER_SECONDS = 1.0
# How many examples of a rejection reason a summary shows.
EXAMPLES = 3


class Bars:
    """`workspace.Progress` as one bar a stage on a terminal, and one line a stage elsewhere."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description:>9}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        # A run that fails within a stage must not leave a bar, nor a terminal without its cursor.
        atexit.register(self._progress.stop)
        self._tasks: dict[str, TaskID] = {}
        self._rejected: dict[str, int] = {}
        self._tokens: dict[str, int] = {}
        self._usd: dict[str, float] = {}
        self._started: dict[str, float] = {}

    def start(self, stage: str, *, total: int, reused: int) -> None:
        """A new bar, with what has been done before filled in."""
        self._started[stage] = time.monotonic()
        self._rejected[stage] = self._tokens[stage] = 0
        self._usd[stage] = 0.0
        if total > reused:
            note = f"{reused} reused" if reused else ""
            self._tasks[stage] = self._progress.add_task(
                stage, total=total, completed=reused, note=note
            )

    def advance(self, stage: str, outcome: Outcome) -> None:
        """One item more."""
        if time.monotonic() - self._started[stage] > SHOW_AFTER_SECONDS:
            self._progress.start()
        self._rejected[stage] += isinstance(outcome.result, Rejection)
        self._progress.update(self._tasks[stage], advance=1, note=self.note(stage))

    def pay(self, stage: str, reply: ChatReply) -> None:
        """Tokens and money so far, also while the items that they are for are not finished."""
        self._tokens[stage] = self._tokens.get(stage, 0) + reply.input_tokens + reply.output_tokens
        self._usd[stage] = self._usd.get(stage, 0.0) + (reply.cost or 0.0)
        if stage in self._tasks:
            self._progress.update(self._tasks[stage], note=self.note(stage))

    def finish(self, stage: str) -> None:
        """Take the bar away and leave a line for stages that took a while."""
        task = self._tasks.pop(stage, None)
        if task is None:
            return
        self._progress.remove_task(task)
        self._progress.stop()
        seconds = time.monotonic() - self._started[stage]
        if seconds > SHOW_AFTER_SECONDS:
            note = self.note(stage)
            console.print(f"{stage:>9}  done in {seconds:.1f} s{f', {note}' if note else ''}")

    def note(self, stage: str) -> str:
        """What stands behind a bar: rejections, tokens and money so far."""
        rejected, tokens, usd = self._rejected[stage], self._tokens[stage], self._usd[stage]
        return ", ".join(
            [f"{rejected} rejected"] * bool(rejected)
            + [f"{tokens:,} tokens"] * bool(tokens)
            + [f"{usd:.4f} USD"] * bool(usd)
        )


def print_status(stages: Sequence[StageStatus]) -> None:
    """One row a stage; columns that would hold only zeros are left out."""
    columns: dict[str, list[str]] = {
        "stage": [s.stage for s in stages],
        "items": [str(s.seen) for s in stages],
        "made": [f"{s.kept} {MADE.get(s.stage, '')}".rstrip() for s in stages],
        "rejected": [str(s.rejected) for s in stages],
        "in error": [str(s.errors) for s in stages],
        "waiting": [str(s.waiting) for s in stages],
        "reused": [str(s.reused) for s in stages],
        "seconds": [f"{s.seconds:.1f}" for s in stages],
        "tokens in": [str(s.input_tokens) for s in stages],
        "tokens out": [str(s.output_tokens) for s in stages],
        "USD": [_money(s) for s in stages],
    }
    table = Table(show_edge=False, pad_edge=False)
    shown = [name for name, cells in columns.items() if name in ALWAYS or set(cells) - {"0", "-"}]
    for name in shown:
        table.add_column(name, justify="left" if name in ("stage", "made") else "right")
    for row in zip(*(columns[name] for name in shown), strict=True):
        table.add_row(*row)
    console.print(table)


def _money(status: StageStatus) -> str:
    """What was paid, and what is not known of it."""
    if not (status.input_tokens or status.unpriced or status.lost):
        return "-"
    return (
        f"{status.cost:.4f}"
        + f" + {status.unpriced} unpriced" * bool(status.unpriced)
        + f" + {_most(status)}{status.lost} lost" * bool(status.lost)
    )


def _most(status: StageStatus) -> str:
    return f"at most {status.lost_cost:.4f} for " if status.lost_cost else ""


def print_rejections(rejections: Sequence[Rejection]) -> None:
    """Reasons with their counts, and a few examples each."""
    by_reason: dict[tuple[str, str], list[Rejection]] = {}
    for rejection in rejections:
        by_reason.setdefault((rejection.stage, rejection.reason), []).append(rejection)
    for (stage, reason), group in sorted(by_reason.items()):
        say(f"{stage}: {len(group)} x {reason}")
        by_detail: dict[str, list[str]] = {}
        for rejection in group:
            by_detail.setdefault(rejection.detail, []).append(rejection.item)
        for detail, items in list(by_detail.items())[:EXAMPLES]:
            more = f" and {len(items) - 1} more" if len(items) > 1 else ""
            say(f"  {items[0]}{more}: {detail}")
        if len(by_detail) > EXAMPLES:
            say(f"  ... and {len(by_detail) - EXAMPLES} more; see rejections.csv of publish csv")


def print_figures(report: Mapping[str, Any], *, within: str = "") -> None:
    """The figures of a report, one a line; its lists stay in the file."""
    for name, value in report.items():
        path = f"{within}{name}"
        if isinstance(value, Mapping) and value.keys() >= {"value", "low", "high"}:
            say(f"{path}: {_interval(value)}")
        elif isinstance(value, Mapping):
            print_figures(value, within=f"{path}.")
        elif isinstance(value, float):
            say(f"{path}: {value:.3f}")
        elif not isinstance(value, list):
            say(f"{path}: {value}")


def _interval(estimate: Mapping[str, Any]) -> str:
    """An estimate with its interval; what is undefined is a dash."""
    value, low, high = (
        "-" if estimate[part] is None else f"{estimate[part]:.3f}"
        for part in ("value", "low", "high")
    )
    return f"{value} ({low} to {high})"


def say(message: str) -> None:
    """A line for people, on stderr."""
    console.print(message, markup=False, soft_wrap=True)


def say_written(paths: Sequence[Path]) -> None:
    """Name the files that were written, or of many in one folder their number."""
    if not paths:
        say("Nothing to write: no fact is approved. Verify against more evidence, or review facts.")
    folders = Counter(path.parent for path in paths)
    for folder, count in folders.items():
        if count > _FILES_NAMED:
            say(f"Wrote {count:,} files into {folder}")
        else:
            for path in paths:
                if path.parent == folder:
                    say(f"Wrote {path}")


def print_json(summary: Mapping[str, Any]) -> None:
    """The machine-readable summary: one JSON object on stdout."""
    write_result(json.dumps(summary, ensure_ascii=False, sort_keys=True, default=str) + "\n")


def write_result(text: str) -> None:
    """Results on stdout; a reader that has gone (`kgpipe sparql ... | head`) is no fault."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        # Python flushes once more when it ends, and would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            raise
