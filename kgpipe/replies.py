"""The reply store of a workspace: what models answered, what that cost, and what got lost.

A reply is money: it is keyed by its request alone, shared by all stages, and never redone.
"""

from dataclasses import dataclass

from kgpipe.calls import ChatReply, ChatRequest
from kgpipe.errors import PendingReplyError
from kgpipe.workspace import Workspace


@dataclass(frozen=True)
class Usage:
    """Tokens that a model's stored replies took, and characters of the requests behind them."""

    replies: int
    request_chars: int
    input_tokens: int
    output_tokens: int


class StageReplies:
    """A `ReplyStore` in a workspace; what is paid is booked to `stage`."""

    def __init__(self, workspace: Workspace, stage: str) -> None:
        self._workspace = workspace
        self._stage = stage

    def find(self, key: str) -> ChatReply | None:
        """The stored reply to a request, or None.

        Raises:
            PendingReplyError: asking now would pay twice, since it is in a batch.
        """
        with self._workspace.transaction() as database:
            row = database.execute("SELECT reply FROM replies WHERE key = ?", (key,)).fetchone()
            if row:
                return ChatReply.model_validate_json(row[0])
            batch = database.execute(
                "SELECT name FROM batch_lines JOIN batches ON name = batch "
                "WHERE key = ? AND state != 'collected'",
                (key,),
            ).fetchone()
        if batch:
            raise PendingReplyError(
                "in_batch", f"it is part of {batch[0]}; see kgpipe batch status, batch collect."
            )
        return None

    def save(self, key: str, request: ChatRequest, reply: ChatReply) -> None:
        """Commit a reply before it is used; the first one for a request stays."""
        with self._workspace.transaction() as database:
            inserted = database.execute(
                "INSERT OR IGNORE INTO replies VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    key, self._stage, request.model, request.model_dump_json(),
                    reply.model_dump_json(), reply.input_tokens, reply.output_tokens, reply.cost,
                ),
            )  # fmt: skip
            if inserted.rowcount == 1 and self._workspace.progress:
                self._workspace.progress.pay(self._stage, reply)

    def book_loss(self, request: ChatRequest, most: float | None) -> None:
        """Note a call whose reply was lost, though it may have cost up to `most` USD."""
        with self._workspace.transaction() as database:
            database.execute(
                "INSERT INTO losses VALUES (?, ?, ?)", (self._stage, request.model, most)
            )

    def usage(self, model: str) -> Usage:
        """What a model's replies took; replies without a count of tokens are left out."""
        with self._workspace.transaction() as database:
            sums = database.execute(
                "SELECT count(*), total(length(request)), total(input_tokens), "
                "total(output_tokens) FROM replies "
                "WHERE stage = ? AND model = ? AND input_tokens > 0",
                (self._stage, model),
            ).fetchone()
        return Usage(*map(int, sums))
