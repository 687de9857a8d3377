"""What a run would still have to ask of its model: the basis of forecasts and of batches."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kgpipe.calls import ChatRequest
from kgpipe.errors import ItemError
from kgpipe.pipeline import VERSIONS, Run
from kgpipe.replies import StageReplies
from kgpipe.settings import Settings
from kgpipe.wiring import wire
from kgpipe.wiring_extract import wire_collector
from kgpipe.workspace import Workspace


@dataclass(frozen=True)
class Outstanding:
    """The requests without a stored reply, by the reply's key; empty for the embedded model.

    `pending` of `chunks` chunks have no result yet.
    """

    chunks: int
    pending: int
    requests: dict[str, ChatRequest]


def find_outstanding(
    inputs: Sequence[Path],
    workspace: Workspace,
    settings: Settings,
    *,
    limit: int | None = None,
) -> Outstanding:
    """Read and cut the inputs as a run would, then extract without asking the model.

    What a call's reply leads to (another try of a garbled one, say) is found when that reply is in
    the store.

    Raises:
        KgpipeError: no file could be used.
    """
    workspace.forget(VERSIONS)
    run = Run(workspace, settings, wire(settings, workspace))
    chunks = run.chunk(run.read(inputs, limit=limit))
    pending = run.expect_extraction(chunks)
    if not run.ports.extractor.network:
        return Outstanding(len(chunks), len(pending), {})
    extractor, missing = wire_collector(
        settings.extract,
        StageReplies(workspace, "extract"),
        schema=run.ports.schema,
        embedder=run.ports.embedder,
    )
    for chunk in pending:
        try:
            extractor.extract(chunk)
        except ItemError:
            # No reply yet, or one that the run will reject.
            continue
    return Outstanding(len(chunks), len(pending), missing.requests)
