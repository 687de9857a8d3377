"""What a workspace knows of its batches: what is under way where, and what became of it.

All of it stands in the workspace, so that any machine that has it can go on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from kgpipe.calls import ChatRequest
from kgpipe.workspace import Workspace

Outcome = Literal["stored", "failed", "refused"]


@dataclass(frozen=True)
class Batch:
    """A batch under our own name; `provider_id` is empty until the provider is known to have it."""

    name: str
    stage: str
    model: str
    base_url: str
    provider_id: str


@dataclass(frozen=True)
class Fate:
    """What became of one line: its reply is stored, or it failed (worth another try), or refused.

    `detail` is what the provider said.
    """

    outcome: Outcome
    detail: str = ""


class BatchLedger:
    """The tables `batches` and `batch_lines` of a workspace; every method is one commit."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def count(self) -> int:
        """How many batches there have been."""
        with self._workspace.transaction() as database:
            [number] = database.execute("SELECT count(*) FROM batches").fetchone()
        return int(number)

    def prepare(self, batch: Batch, requests: Mapping[str, ChatRequest]) -> None:
        """Note a batch before the provider hears of it, so that a kill in between is noticed."""
        lines = [(batch.name, key, r.model_dump_json(), "", "") for key, r in requests.items()]
        with self._workspace.transaction() as database:
            database.execute(
                "INSERT INTO batches VALUES (?, ?, ?, ?, '', 'prepared')",
                (batch.name, batch.stage, batch.model, batch.base_url),
            )
            database.executemany("INSERT INTO batch_lines VALUES (?, ?, ?, ?, ?)", lines)

    def open(self, name: str, provider_id: str) -> None:
        """The provider has the batch."""
        with self._workspace.transaction() as database:
            database.execute(
                "UPDATE batches SET state = 'open', provider_id = ? WHERE name = ?",
                (provider_id, name),
            )

    def drop(self, name: str) -> None:
        """The provider never had the batch: its requests are free again."""
        with self._workspace.transaction() as database:
            database.execute("DELETE FROM batch_lines WHERE batch = ?", (name,))
            database.execute("DELETE FROM batches WHERE name = ?", (name,))

    def unsettled(self) -> list[Batch]:
        """The batches whose replies are not collected yet, the oldest first."""
        with self._workspace.transaction() as database:
            rows = database.execute(
                "SELECT name, stage, model, base_url, provider_id FROM batches "
                "WHERE state != 'collected' ORDER BY rowid"
            ).fetchall()
        return [Batch(*row) for row in rows]

    def requests(self, name: str) -> dict[str, ChatRequest]:
        """The requests of a batch by the key of their reply."""
        with self._workspace.transaction() as database:
            rows = database.execute(
                "SELECT key, request FROM batch_lines WHERE batch = ?", (name,)
            ).fetchall()
        return {key: ChatRequest.model_validate_json(request) for key, request in rows}

    def close(self, name: str, fates: Mapping[str, Fate]) -> None:
        """Note what became of every line; the batch is done with."""
        rows: Sequence[tuple[str, str, str, str]] = [
            (fate.outcome, fate.detail, name, key) for key, fate in fates.items()
        ]
        with self._workspace.transaction() as database:
            database.executemany(
                "UPDATE batch_lines SET outcome = ?, detail = ? WHERE batch = ? AND key = ?", rows
            )
            database.execute("UPDATE batches SET state = 'collected' WHERE name = ?", (name,))

    def refused(self, model: str, base_url: str) -> dict[str, str]:
        """What the provider said to the requests that it refused, by the key of their reply."""
        with self._workspace.transaction() as database:
            rows = database.execute(
                "SELECT key, detail FROM batch_lines JOIN batches ON name = batch "
                "WHERE outcome = 'refused' AND model = ? AND base_url = ? ORDER BY batches.rowid",
                (model, base_url),
            ).fetchall()
        return dict(rows)
