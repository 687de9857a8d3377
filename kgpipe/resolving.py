"""Resolution of a workspace: obeys what people decided, and remembers what it went by."""

from collections.abc import Sequence
from functools import partial

from pydantic import ValidationError

from kgpipe.decisions import settle_decisions
from kgpipe.dedupe.acronyms import find_definitions
from kgpipe.dedupe.aliases import alias_digests
from kgpipe.dedupe.conflicts import conflict_digest
from kgpipe.dedupe.resolve import resolve_triples
from kgpipe.errors import KgpipeError
from kgpipe.ids import content_id
from kgpipe.ports import Embedder, Port
from kgpipe.schema import Schema
from kgpipe.settings import DedupeSettings
from kgpipe.text.relations import relation_data_digests
from kgpipe.types import Document, Record, Resolution, Triple
from kgpipe.vectors import store_vectors
from kgpipe.workspace import Workspace

# Raise it when the code of resolution changes what it returns for the same triples.
VERSION = "5"
_NOTE = "dedupe"


class ResolutionChoices(Record):
    """What the latest run resolved by."""

    settings: DedupeSettings
    schema_: Schema | None = None


def resolve_all(
    workspace: Workspace,
    triples: Sequence[Triple],
    documents: Sequence[Document],
    *,
    choices: ResolutionChoices,
    embedder: Port[Embedder],
) -> Resolution:
    """Find which names are one entity and which triples are one claim, as people decided.

    Raises:
        UsageError: the user's alias table cannot be read.
        KgpipeError: decisions contradict each other.
    """
    settings, schema = choices.settings, choices.schema_
    definitions = sorted({pair for d in documents for pair in find_definitions(d.text)})
    decisions = workspace.decisions()
    workspace.write_note(_NOTE, choices.model_dump(mode="json"))
    return workspace.once(
        "dedupe",
        partial(
            resolve_triples, definitions=definitions, schema=schema, decisions=decisions,
            memo=workspace.memo("pairs", embedder.name, VERSION),
        ),
        triples,
        key=content_id("corpus", [triple.id for triple in triples], definitions),
        returns=Resolution, version=VERSION, settings=settings,
        data=[*alias_digests(settings), *relation_data_digests(), conflict_digest(),
              schema.digest if schema else "", settle_decisions(decisions).digest],
        embedder=store_vectors(embedder, workspace.transaction),
    )  # fmt: skip


def latest_choices(workspace: Workspace) -> ResolutionChoices | None:
    """What the workspace's latest run resolved by; None if none has come so far.

    Raises:
        KgpipeError: another version of kgpipe wrote it.
    """
    note = workspace.read_note(_NOTE)
    if note is None:
        return None
    try:
        return ResolutionChoices.model_validate(note)
    except ValidationError as error:
        raise KgpipeError(
            "The workspace was last resolved by another version of kgpipe: call kgpipe run once."
        ) from error
