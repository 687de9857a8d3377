"""The two kinds of failure: a run's fault is an exception, an item's fault becomes a `Rejection`.

`KgpipeError` ends a command with exit code 1 and one plain message. `ItemError` is raised by a
stage or a backend for one item; `Workspace.map` turns it into a `Rejection` and goes on.
`ServiceError` is an operational fault (network, server, rate limit): the item is left in state
`error` and tried again by the next run, because a failed call says nothing about the item.
`PendingReplyError` is the one among them after which it makes sense to go on asking.
"""

from collections.abc import Iterator
from contextlib import contextmanager


class KgpipeError(Exception):
    """The run cannot go on. The message says what happened, where, and what to do."""


class UsageError(KgpipeError):
    """The command or its settings are wrong (exit code 2)."""


class BudgetReachedError(KgpipeError):
    """The run stopped by its budget with work pending (exit code 3)."""


class ItemError(Exception):
    """One item cannot be processed; the rest can.

    Args:
        reason: snake_case code, counted and exported.
        detail: what was seen and what the user can do about it.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}"


class ServiceError(ItemError):
    """A search, model or server call failed: nothing is known about the item, it stays pending."""


class PendingReplyError(ServiceError):
    """A reply is not there yet though its service is well: calls beside it can be made now."""


@contextmanager
def needs_extra(extra: str, purpose: str = "") -> Iterator[None]:
    """Say how to install what an import within does not find.

    Args:
        extra: of kgpipe, as pip names it.
        purpose: what it is for, the subject of the sentence: "Training".

    Raises:
        UsageError: a module is missing.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        lacking = f"{purpose} needs {error.name}" if purpose else f"{error.name} is missing"
        raise UsageError(f"{lacking}: pip install 'kgpipe[{extra}]'.") from error
