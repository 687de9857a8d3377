"""Publishing a workspace: its graph, tied to the schema and the alias tables of its latest run."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict

from kgpipe.dedupe.identifiers import identify_entities
from kgpipe.linking import read_links
from kgpipe.making import collect_making
from kgpipe.pipeline import load_graph
from kgpipe.publish.alignment import UNALIGNED, Alignment
from kgpipe.publish.formats import Format, publish_graph
from kgpipe.resolving import latest_choices
from kgpipe.settings import PublishSettings
from kgpipe.storage import without_collection
from kgpipe.text.locate import locate_spans
from kgpipe.types import Document, Graph, Record
from kgpipe.workspace import Workspace

# Those that tell how verdicts were reached.
_TRACED = ("csv", "parquet", "cypher", "all")


def publish_workspace(
    workspace: Workspace,
    *,
    form: Format | Literal["all"],
    folder: Path,
    settings: PublishSettings,
    validate: bool = True,
    tell: Callable[[str], None] = lambda _: None,
) -> list[Path]:
    """Write the workspace's graph into `folder` (made if absent) and return the files.

    RDF is held against its SHACL shapes first, unless `validate` is false; `tell` is called with
    what they found.

    Raises:
        KgpipeError: a quote, a reference or a shape does not hold; nothing is written then.
        UsageError: the settings or the user's alias table are unusable.
    """
    graph = load_graph(workspace, traces=form in _TRACED, words=False)
    return publish_graph(
        graph, form=form, folder=folder, settings=settings,
        alignment=read_alignment(workspace, graph) if form in ("rdf", "all") else UNALIGNED,
        making=collect_making(workspace, graph) if form in ("card", "all") else None,
        links=read_links(workspace, graph.entities),
        validate=validate, tell=tell,
    )  # fmt: skip


@without_collection()
def read_alignment(workspace: Workspace, graph: Graph) -> Alignment:
    """Schema and identifiers that the latest run resolved by; languages and places of quotes.

    Raises:
        UsageError: the user's alias table cannot be read.
        KgpipeError: another version of kgpipe made the workspace.
    """
    languages = {
        chunks.document_id: sorted((chunk.start, chunk.language) for chunk in chunks.chunks)
        for chunks in workspace.stream("chunk", _ChunkLanguages)
    }
    quotes = (one.evidence.span for one in graph.triples if one.evidence)
    boxes = locate_spans(workspace.stream("read", Document), quotes)
    choices = latest_choices(workspace)
    if choices is None:
        return Alignment(languages=languages, boxes=boxes)
    identifiers = identify_entities(graph.entities, settings=choices.settings)
    return Alignment(choices.schema_, identifiers, languages, boxes)


class _ChunkLanguage(Record):
    """The part of a chunk that is needed here."""

    model_config = ConfigDict(extra="ignore")
    start: int
    language: str


class _ChunkLanguages(Record):
    document_id: str
    chunks: tuple[_ChunkLanguage, ...]
