"""What training and embedding show on stderr: a bar on a terminal, a few lines elsewhere."""

import time
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from kgpipe.cli.console import console, print_rejections, say
from kgpipe.types import Rejection

if TYPE_CHECKING:
    from kgpipe.geo.training.train import Step

# In a log file a line now and then is enough.
_SECONDS_BETWEEN_LINES = 30.0


def print_left_out(rejections: Sequence[Rejection]) -> None:
    """Tiles that cannot be used, by reason."""
    if rejections:
        print_rejections(rejections)


class _Bar:
    """A bar on a terminal; `_tell` prints a line elsewhere, at most every half minute."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._told = time.monotonic()

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def _tell(self, line: str, *, last: bool) -> None:
        now = time.monotonic()
        if not console.is_terminal and (last or now - self._told > _SECONDS_BETWEEN_LINES):
            self._told = now
            say(line)


class StepBar(_Bar):
    """Steps of a training."""

    def __init__(self) -> None:
        super().__init__()
        self._task = self._progress.add_task("train", total=None, note="")

    def advance(self, step: "Step") -> None:
        """One step more."""
        done, total = (step.epoch - 1) * step.steps + step.step, step.epochs * step.steps
        note = f"loss {step.loss:.3f}, {step.rate:,.0f} tiles/s"
        self._progress.update(
            self._task, completed=done, total=total, note=f"epoch {step.epoch}, {note}"
        )
        line = f"epoch {step.epoch} of {step.epochs}, step {step.step} of {step.steps}: {note}"
        self._tell(line, last=done == total)


class TileBar(_Bar):
    """Tiles that are embedded."""

    def __init__(self, total: int) -> None:
        super().__init__()
        self._total, self._done, self._started = total, 0, time.monotonic()
        self._task = self._progress.add_task("embed", total=total, note="")

    def advance(self, tiles: int) -> None:
        """Some tiles more."""
        self._done += tiles
        rate = self._done / max(time.monotonic() - self._started, 1e-9)
        note = f"{rate:,.0f} tiles/s"
        self._progress.update(self._task, completed=self._done, note=note)
        line = f"{self._done:,} of {self._total:,} tiles, {note}"
        self._tell(line, last=self._done == self._total)


class LossBar(_Bar):
    """Steps that are counted from outside, with their loss."""

    def __init__(self, total: int) -> None:
        super().__init__()
        self._total = total
        self._task = self._progress.add_task("train", total=total, note="")

    def advance(self, step: int, loss: float) -> None:
        """The step of this number, from 0, is done."""
        done, note = step + 1, f"loss {loss:.3f}"
        self._progress.update(self._task, completed=done, note=note)
        self._tell(f"step {done:,} of {self._total:,}: {note}", last=done == self._total)
