"""The table of model replies: requests by their hash, what was answered, and what it cost."""

import sqlite3
from dataclasses import dataclass

from kgpipe.types import ChatReply, ChatRequest


@dataclass(frozen=True)
class Usage:
    """Tokens that a model's stored replies took, and characters of the requests behind them."""

    replies: int
    request_chars: int
    input_tokens: int
    output_tokens: int


def find_reply(database: sqlite3.Connection, key: str) -> ChatReply | None:
    """The stored reply to a request, or None."""
    row = database.execute("SELECT reply FROM replies WHERE key = ?", (key,)).fetchone()
    return ChatReply.model_validate_json(row[0]) if row else None


def find_batch(database: sqlite3.Connection, key: str) -> str | None:
    """The batch under way that a request is part of, or None."""
    row = database.execute(
        "SELECT name FROM batch_lines JOIN batches ON name = batch "
        "WHERE key = ? AND state != 'collected'",
        (key,),
    ).fetchone()
    return row[0] if row else None


def insert_reply(
    database: sqlite3.Connection, stage: str, key: str, request: ChatRequest, reply: ChatReply
) -> bool:
    """Store a reply; the first one for a request stays. Return whether it was the first."""
    inserted = database.execute(
        "INSERT OR IGNORE INTO replies VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            key, stage, request.model, request.model_dump_json(), reply.model_dump_json(),
            reply.input_tokens, reply.output_tokens, reply.cost,
        ),
    )  # fmt: skip
    return inserted.rowcount == 1


def sum_usage(database: sqlite3.Connection, stage: str, model: str) -> Usage:
    """What a stage's replies of a model took; replies without a count of tokens are left out."""
    sums = database.execute(
        "SELECT count(*), total(length(request)), total(input_tokens), total(output_tokens) "
        "FROM replies WHERE stage = ? AND model = ? AND input_tokens > 0",
        (stage, model),
    ).fetchone()
    return Usage(*map(int, sums))
