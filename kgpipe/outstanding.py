"""What a run would still have to ask of its models: the basis of forecasts and of batches."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kgpipe.backends.chat import reply_key
from kgpipe.backends.chat_missing import MissingReplies
from kgpipe.calls import ChatRequest
from kgpipe.dedupe.ask import ASKED_TWICE, answer_question, make_request
from kgpipe.errors import ItemError
from kgpipe.pipeline import VERSIONS, Run
from kgpipe.replies import StageReplies
from kgpipe.resolving import list_questions
from kgpipe.settings import Settings
from kgpipe.types import Chunk, Document
from kgpipe.wiring import wire
from kgpipe.wiring_extract import wire_collector
from kgpipe.workspace import Workspace


@dataclass(frozen=True)
class Outstanding:
    """The requests without a stored reply, by the reply's key; empty for the embedded model.

    `pending` of `chunks` chunks have no result yet. `comparisons` are requests to the judge of
    names: not known as long as chunks are pending. With what their replies may lead to, they are
    at most `most_comparisons` calls.
    """

    chunks: int
    pending: int
    requests: dict[str, ChatRequest]
    comparisons: dict[str, ChatRequest] = field(default_factory=dict)
    most_comparisons: int = 0


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
    documents = run.read(inputs, limit=limit)
    chunks = run.chunk(documents)
    pending = run.expect_extraction(chunks)
    requests = _find_extractions(run, pending)
    comparisons: dict[str, ChatRequest] = {}
    most = 0
    if run.ports.name_judge is not None:
        most = ASKED_TWICE * settings.dedupe.max_questions
        if not pending:
            comparisons, most = _find_comparisons(run, documents, chunks)
    return Outstanding(len(chunks), len(pending), requests, comparisons, most)


def _find_extractions(run: Run, pending: Sequence[Chunk]) -> dict[str, ChatRequest]:
    settings, workspace = run.settings, run.workspace
    if not run.ports.extractor.network:
        return {}
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
    return missing.requests


def _find_comparisons(
    run: Run, documents: Sequence[Document], chunks: Sequence[Chunk]
) -> tuple[dict[str, ChatRequest], int]:
    """The requests to the judge of names, and how many calls they are at most."""
    judge = run.ports.name_judge
    assert judge is not None
    triples = run.import_triples(documents) + run.extract_tables(documents) + run.extract(chunks)
    missing = MissingReplies(judge.name, StageReplies(run.workspace, "compare"))
    most = 0
    questions = list_questions(
        run.workspace, triples, documents, settings=run.settings.dedupe, embedder=run.ports.embedder
    )
    for question in questions:
        first = make_request(question, model=judge.name)
        try:
            answer_question(question, chat=missing)
        except ItemError:
            most += ASKED_TWICE if reply_key(first) in missing.requests else 1
    return missing.requests, most
