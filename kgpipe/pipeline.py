"""The whole flow on one screen: from files to a graph with verdicts.

`Workspace.map` could be replaced by the builtin `map` and this would still be right: all it adds
is that nothing is computed twice and nothing finished is lost.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from kgpipe.checking import CORES, check_as_das, judge_all, place_of, retrieve_all
from kgpipe.corpus.chunk import chunk_document
from kgpipe.corpus.files import MEDIA_TYPES, list_files
from kgpipe.corpus.imported import import_triples
from kgpipe.corpus.read import read_file
from kgpipe.dedupe.acronyms import find_definitions
from kgpipe.dedupe.aliases import group_names, other_names, read_tables
from kgpipe.errors import KgpipeError, UsageError
from kgpipe.extract.stage import extract_chunk
from kgpipe.extract.tables import extract_tables
from kgpipe.ids import content_id
from kgpipe.ports import (
    ChatModel,
    Embedder,
    Judge,
    PageReader,
    Port,
    SearchEngine,
    TripleExtractor,
)
from kgpipe.resolving import STAGES, ResolutionChoices, resolve_all
from kgpipe.schema import Schema
from kgpipe.searches import SearchArchive
from kgpipe.settings import Settings
from kgpipe.storage import without_collection
from kgpipe.text.locate import without_words
from kgpipe.types import (
    Chunk,
    Chunks,
    Claim,
    Document,
    Entity,
    Extraction,
    Graph,
    Passage,
    Record,
    Rejection,
    Resolution,
    Retrieved,
    SourceFile,
    Triple,
    Verdict,
)
from kgpipe.verify.evidence import prepare_claims, read_evidence_lines
from kgpipe.verify.passages import passages_of_document
from kgpipe.workspace import Workspace

if TYPE_CHECKING:
    from kgpipe.verify.fitted_ports import FittedPorts

Until = Literal["corpus", "extract", "dedupe", "verify", "review"]
R = TypeVar("R", bound=Record)

# Raise a stage's number when its code changes what it returns for the same item.
VERSIONS = {
    "read": "3",
    "evidence": "3",
    "chunk": "2",
    "import": "1",
    "tables": "1",
    "extract": "2",
    **STAGES,
    "verbalise": "1",
    "retrieve": "3",
    "gather": "1",
    "verify": "4",
}
CSV = "text/csv"


@dataclass(frozen=True)
class Ports:
    """The backends of a run, and the schema of its graph.

    `search` is made from the passages that it shall find; `web`, if any, is searched beside it.
    `archive` keeps what was found, and no page of an `excluded` domain is a witness. `fusion` is
    the fitted model that joins the votes; None to add them up. `das` is the model of the
    framework to compare with, if that is to verify; `verbaliser` one that puts claims into words;
    `name_judge` one that tells whether two names are one thing.
    """

    reader: Port[PageReader]
    extractor: Port[TripleExtractor]
    embedder: Port[Embedder]
    search: Callable[[Sequence[Passage]], Port[SearchEngine]]
    judge: Port[Judge]
    schema: Schema | None = None
    web: Port[SearchEngine] | None = None
    fusion: "FittedPorts | None" = None
    das: Port[ChatModel] | None = None
    verbaliser: Port[ChatModel] | None = None
    name_judge: Port[ChatModel] | None = None
    archive: SearchArchive | None = None
    excluded: frozenset[str] = frozenset()


def build(
    inputs: Sequence[Path],
    workspace: Workspace,
    settings: Settings,
    ports: Ports,
    *,
    until: Until = "review",
    limit: int | None = None,
) -> Graph:
    """Turn the files at `inputs` into a graph with verdicts, redoing only what changed.

    Args:
        inputs: files or folders of .pdf, .md, .txt, or CSVs of triples.
        workspace: where results are kept.
        settings: one section a stage.
        ports: the backends.
        until: last stage to run.
        limit: read at most so many files.

    Raises:
        KgpipeError: no file could be used, or the run cannot go on.
    """
    workspace.forget(VERSIONS)
    run = Run(workspace, settings, ports)
    documents = run.read(inputs, limit=limit)
    chunks = run.chunk(documents)
    if until == "corpus":
        return load_graph(workspace)
    triples = run.import_triples(documents) + run.extract_tables(documents) + run.extract(chunks)
    if until == "extract":
        return load_graph(workspace)
    resolution = run.resolve(triples, documents)
    if until == "dedupe":
        return load_graph(workspace)
    shared = [passage for document in documents for passage in passages_of_document(document)]
    shared += run.read_evidence()
    run.verify(run.prepare(resolution.claims, shared, entities=resolution.entities), shared)
    return load_graph(workspace)


@dataclass(frozen=True)
class Run:
    """The stages, each bound to its settings, ports, keys and place to run."""

    workspace: Workspace
    settings: Settings
    ports: Ports

    def read(self, inputs: Sequence[Path], *, limit: int | None = None) -> list[Document]:
        """Read files; a rejection for each that cannot be used.

        Raises:
            UsageError: an input is the workspace itself.
            KgpipeError: none can be used.
        """
        # Or its own review file would come back as triples from elsewhere.
        folder = self.workspace.folder
        if folder and any(path.resolve() == folder.resolve() for path in inputs):
            raise UsageError(f"{folder} is an input; choose a workspace folder of its own with -w.")
        files, unusable = list_files(inputs, leave_out=folder)
        documents = self._read("read", files[:limit], rejected=unusable)
        if not documents:
            where, faults = ", ".join(map(str, inputs)), self.workspace.rejections()
            why = (
                f"{len(faults)} rejected, the first, {faults[0].item}: {faults[0].detail}"
                if faults
                else f"no file ends in {', '.join(MEDIA_TYPES)}."
            )
            raise KgpipeError(f"Nothing usable in {where}: {why}")
        return documents

    def read_evidence(self) -> list[Passage]:
        """The passages of the evidence that the settings name: documents, and lines of JSON.

        They are kept with the search replies; a replay takes those of the latest run.
        """
        archive = self.ports.archive
        if self.settings.verify.search == "replay" and archive is not None:
            return archive.evidence()
        passages = self._read_evidence()
        if archive is not None and self.workspace.folder is not None:
            archive.save_evidence(passages)
        return passages

    def _read_evidence(self) -> list[Passage]:
        paths = [Path(path) for path in self.settings.verify.evidence]
        if not paths:
            return []
        passages, rejected = [], []
        for path in (path for path in paths if path.suffix == ".jsonl"):
            found, broken = read_evidence_lines(path)
            passages += found
            rejected += [fault.model_copy(update={"stage": "evidence"}) for fault in broken]
        files, unusable = list_files(
            [path for path in paths if path.suffix != ".jsonl"], stage="evidence"
        )
        documents = self._read("evidence", files, rejected=rejected + unusable)
        return [p for document in documents for p in passages_of_document(document)] + passages

    def _read(
        self, stage: str, files: Sequence[SourceFile], *, rejected: Sequence[Rejection]
    ) -> list[Document]:
        return self._map(
            stage, read_file, files, returns=Document, key=_file_key, name=_source,
            rejected=rejected, settings=self.settings.read, reader=self.ports.reader,
            pool="isolated",
        )  # fmt: skip

    def chunk(self, documents: Sequence[Document]) -> list[Chunk]:
        """Cut texts into chunks; tables have none."""
        texts = [document for document in documents if document.media_type != CSV]
        chunked = self._map(
            "chunk", partial(chunk_document, languages=self.settings.read.languages), texts,
            returns=Chunks, key=_text_key, name=_source, pool="processes",
            settings=self.settings.chunking, data=self.settings.read.languages,
        )  # fmt: skip
        return [chunk for chunks in chunked for chunk in chunks.chunks]

    def import_triples(self, documents: Sequence[Document]) -> list[Triple]:
        """Take triples from CSV files as they are."""
        tables = [document for document in documents if document.media_type == CSV]
        imported = self._map(
            "import", import_triples, tables, returns=Extraction, key=_id, name=_source
        )
        return [triple for extraction in imported for triple in extraction.triples]

    def extract_tables(self, documents: Sequence[Document]) -> list[Triple]:
        """Read the tables inside documents, cell by cell; no model is needed."""
        if self.settings.extract.protocol == "asgmkg":
            # The paper's protocol reads a table as running text.
            documents = ()
        extracted = self._map(
            "tables", partial(extract_tables, schema=self._aim()),
            [document for document in documents if document.tables],
            returns=Extraction, key=_text_key, name=_source,
            settings=self.settings.extract, data=self._aim_digest(),
        )  # fmt: skip
        return [triple for extraction in extracted for triple in extraction.triples]

    def extract(self, chunks: Sequence[Chunk]) -> list[Triple]:
        """Extract grounded triples from chunks; in closed mode only such as fit the schema."""
        extracted = self._map(
            "extract", partial(extract_chunk, schema=self._aim()), chunks,
            returns=Extraction, key=_id, name=_chunk_place,
            settings=self.settings.extract, extractor=self.ports.extractor,
            data=self._aim_digest(),
            **place_of(self.ports.extractor, self.settings.extract.concurrency),
        )  # fmt: skip
        self.workspace.refuse_failure("extract", self.settings.extract.max_reject_rate)
        return [triple for extraction in extracted for triple in extraction.triples]

    def expect_extraction(self, chunks: Sequence[Chunk]) -> list[Chunk]:
        """Book the chunks as due, and return those that `extract` would have to work on."""
        return self.workspace.expect(
            "extract", chunks, key=_id, version=VERSIONS["extract"],
            settings=self.settings.extract, extractor=self.ports.extractor, data=self._aim_digest(),
        )  # fmt: skip

    def _aim(self) -> Schema | None:
        """The schema that extraction keeps to."""
        return self.ports.schema if self.settings.extract.mode == "closed" else None

    def _aim_digest(self) -> list[str]:
        return [aim.digest] if (aim := self._aim()) else []

    def resolve(self, triples: Sequence[Triple], documents: Sequence[Document]) -> Resolution:
        """Find which names are one entity and which triples are one claim."""
        judge = self.ports.name_judge
        return resolve_all(
            self.workspace, triples, documents, embedder=self.ports.embedder, judge=judge,
            choices=ResolutionChoices(
                settings=self.settings.dedupe, schema_=self.ports.schema,
                judge=judge.name if judge else "",
            ),
        )  # fmt: skip

    def prepare(
        self,
        claims: Sequence[Claim],
        passages: Sequence[Passage],
        *,
        entities: Sequence[Entity] = (),
    ) -> list[Retrieved]:
        """Give each claim the names that tables, documents and evidence know for its ends.

        Raises:
            UsageError: the user's alias table cannot be read.
        """
        rows = [row for table in read_tables(self.settings.dedupe) for row in table]
        definitions = sorted({pair for p in passages for pair in find_definitions(p.text)})
        groups = group_names(rows, definitions)
        return prepare_claims(
            claims, entities=entities, passages=passages,
            other_names=partial(other_names, groups=groups),
        )  # fmt: skip

    def verify(self, questions: Sequence[Retrieved], passages: Sequence[Passage]) -> list[Verdict]:
        """Search for evidence on every claim, in the passages and where the ports say; judge it."""
        settings, ports = self.settings.verify, self.ports
        if ports.das is not None:
            return check_as_das(
                self._map, questions, settings=settings, search=self._search(passages),
                web=ports.web, chat=ports.das,
            )  # fmt: skip
        return judge_all(
            self._map, self.retrieve(questions, passages), settings=settings, judge=ports.judge,
            fusion=ports.fusion, web=ports.web, excluded=ports.excluded,
        )  # fmt: skip

    def retrieve(
        self, questions: Sequence[Retrieved], passages: Sequence[Passage]
    ) -> list[Retrieved]:
        """Search for evidence on every claim in the passages."""
        return retrieve_all(
            self._map, questions, settings=self.settings.verify, search=self._search(passages),
            excluded=self.ports.excluded, verbaliser=self.ports.verbaliser,
        )  # fmt: skip

    def _search(self, passages: Sequence[Passage]) -> Port[SearchEngine]:
        """What finds passages that were not given for one claim alone."""
        return self.ports.search([passage for passage in passages if passage.claim_id is None])

    def _map(self, stage: str, function: Callable[..., R], items: Sequence[Any], *,
             returns: type[R], **rest: Any) -> list[R]:  # fmt: skip
        """`Workspace.map` with the stage's version; what was rejected stays in the workspace."""
        rest.setdefault("workers", CORES)
        results = self.workspace.map(
            stage, function, items, returns=returns, version=VERSIONS[stage], **rest
        )
        return [result for result in results if not isinstance(result, Rejection)]


@without_collection()
def load_graph(workspace: Workspace, *, traces: bool = True, words: bool = True) -> Graph:
    """The state of the workspace as one record, as far as its latest run has come.

    Most of its memory are the votes and steps (`traces`) that led to verdicts, and pages' `words`.
    """
    extractions = list(_extractions(workspace))
    resolutions = workspace.current("dedupe", Resolution)
    resolution = resolutions[0] if resolutions else Resolution(entities=(), claims=(), merges=())
    # A person's decision may have changed the claims since the run that judged them.
    claims = {claim.id for claim in resolution.claims}
    stored, read = workspace.stream("verify", Verdict), workspace.stream("read", Document)
    verdicts = list(stored if traces else map(_without_trace, stored))
    return Graph(
        documents=tuple(read if words else map(without_words, read)),
        triples=tuple(triple for extraction in extractions for triple in extraction.triples),
        entities=resolution.entities,
        claims=resolution.claims,
        merges=resolution.merges,
        conflicts=resolution.conflicts,
        verdicts=tuple(one for one in verdicts if one.claim_id in claims or not resolutions),
        labels=tuple(workspace.labels()),
        rejections=(*workspace.rejections(), *(r for one in extractions for r in one.rejections)),
    )


def _without_trace(verdict: Verdict) -> Verdict:
    return verdict.model_copy(update={"votes": (), "members": (), "priors": (), "trace": ()})


def load_rejections(workspace: Workspace) -> list[Rejection]:
    """Everything that was turned down: items of a stage, and candidates inside an extraction."""
    return workspace.rejections() + [r for one in _extractions(workspace) for r in one.rejections]


def _extractions(workspace: Workspace) -> Iterator[Extraction]:
    stages = ("import", "tables", "extract")
    return (found for stage in stages for found in workspace.stream(stage, Extraction))


def _text_key(document: Document) -> str:
    """Its text is the work of reader and settings: a document's id names its file alone."""
    tables = [table.rows for table in document.tables]
    return content_id("text", document.id, document.language, document.text, tables)


def _id(record: Any) -> str:
    return str(record.id)


def _chunk_place(chunk: Chunk) -> str:
    return chunk.place


def _source(record: Any) -> str:
    return str(record.source)


def _file_key(file: SourceFile) -> str:
    return content_id("file", file.source, file.sha256)
