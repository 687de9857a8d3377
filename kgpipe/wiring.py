"""Names become backends: the one place that knows which backend stands behind a name.

Every `Port.make` is a `functools.partial` over a module-level class or function, so that a worker
process can build its own. A backend's libraries are imported when it is built.
"""

from collections.abc import Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path

from kgpipe.assets import asset_path
from kgpipe.errors import UsageError
from kgpipe.extract.schema_files import check_schema, read_schema_file
from kgpipe.pipeline import Ports
from kgpipe.ports import (
    Embedder,
    Judge,
    PageReader,
    Port,
    ReplyStore,
    SearchEngine,
    TripleExtractor,
)
from kgpipe.schema import Schema
from kgpipe.settings import ExtractSettings, Settings
from kgpipe.types import Passage
from kgpipe.workspace import Workspace

BUILT_IN_SCHEMAS = ("asgm",)


def wire(settings: Settings, workspace: Workspace) -> Ports:
    """The ports that the settings name; replies that were paid for go to the workspace's store.

    Raises:
        UsageError: a name that no backend answers to.
    """
    embedder = wire_embedder(settings.dedupe.embedder)
    schema = read_schema(settings.extract.schema_file)
    replies = workspace.reply_store("extract")
    return Ports(
        reader=wire_reader(),
        extractor=wire_extractor(settings.extract, replies, schema=schema, embedder=embedder),
        schema=schema,
        embedder=embedder,
        search=wire_search,
        judge=wire_judge(settings.verify.judge, embedder),
    )


def wire_reader() -> Port[PageReader]:
    """Reads PDF pages."""
    from kgpipe.backends.pdf import PdfiumReader

    return Port(f"pypdfium2:{version('pypdfium2')}", PdfiumReader)


def read_schema(name: str) -> Schema | None:
    """The schema in a file, or the one of that name that ships with kgpipe; None for "".

    Raises:
        UsageError: there is no such schema, or it is broken.
    """
    if not name:
        return None
    path = Path(name)
    if not path.suffix:
        if name not in BUILT_IN_SCHEMAS:
            raise UsageError(
                f"There is no schema {name!r}: name a .yaml, .csv, .json or .ttl file, or one of "
                f"{', '.join(BUILT_IN_SCHEMAS)}."
            )
        path = asset_path(f"data/ontology/{name}.ttl")
    if path.suffix.lower() == ".ttl":
        from kgpipe.backends.schema_turtle import read_turtle_schema

        return check_schema(read_turtle_schema(path), path)
    return read_schema_file(path)


def wire_extractor(
    settings: ExtractSettings,
    replies: ReplyStore,
    *,
    schema: Schema | None = None,
    embedder: Port[Embedder] | None = None,
) -> Port[TripleExtractor]:
    """`embedded`, or a chat model `PROVIDER:NAME` through LangChain; aimed at a schema if closed.

    Raises:
        UsageError: no such model, or closed mode without a schema.
    """
    aim = schema if settings.mode == "closed" else None
    if settings.mode == "closed" and aim is None:
        raise UsageError("Mode closed needs a schema: set extract.schema, or give --schema FILE.")
    if settings.model == "embedded" and aim is not None and embedder is not None:
        from kgpipe.backends.schema_extractor import schema_extractor_name

        return Port(
            schema_extractor_name(aim, embedder.name), partial(_schema_extractor, aim, embedder)
        )
    if settings.model == "embedded":
        from kgpipe.backends.embedded_extractor import EmbeddedExtractor, extractor_name

        return Port(extractor_name(), EmbeddedExtractor)
    if ":" not in settings.model:
        raise UsageError(
            f"Unknown model {settings.model!r}: use `embedded`, or PROVIDER:NAME such as "
            "openai:gpt-4.1-mini, anthropic:NAME or ollama:NAME."
        )
    from kgpipe.backends.chat import chat_name
    from kgpipe.backends.llm_extractor import llm_extractor_name

    name = llm_extractor_name(chat_name(settings.model, settings.base_url), schema=aim)
    return Port(name, partial(_llm_extractor, settings, replies, aim), network=True)


def _schema_extractor(schema: Schema, embedder: Port[Embedder]) -> TripleExtractor:
    from kgpipe.backends.schema_extractor import SchemaExtractor

    return SchemaExtractor(schema, embedder.make(), embedder_name=embedder.name)


def _llm_extractor(
    settings: ExtractSettings, replies: ReplyStore, schema: Schema | None
) -> TripleExtractor:
    from kgpipe.backends.chat import LangChainChat, StoredChat
    from kgpipe.backends.llm_extractor import LlmExtractor

    chat = LangChainChat(
        settings.model, base_url=settings.base_url, timeout_seconds=settings.timeout_seconds
    )
    return LlmExtractor(StoredChat(chat, replies), settings=settings, schema=schema)


def wire_embedder(name: str) -> Port[Embedder]:
    """`minilm`: all-MiniLM-L6-v2, int8, through onnxruntime."""
    if name != "minilm":
        raise UsageError(f"Unknown embedder {name!r}: use `minilm`.")
    from kgpipe.backends.embed import MINILM_NAME, MiniLmEmbedder

    return Port(MINILM_NAME, MiniLmEmbedder)


def wire_search(passages: Sequence[Passage]) -> Port[SearchEngine]:
    """A local index over `passages`; its name is a digest of them."""
    from kgpipe.backends.search_local import LocalSearch, index_name

    return Port(index_name(passages), partial(LocalSearch, passages))


def wire_judge(name: str, embedder: Port[Embedder]) -> Port[Judge]:
    """`embedded`: rules on mentions, numbers and negation, and embeddings."""
    if name != "embedded":
        raise UsageError(f"Unknown judge {name!r}: use `embedded`.")
    from kgpipe.verify.judge import judge_name

    return Port(judge_name(embedder.name), partial(_embedded_judge, embedder))


def _embedded_judge(embedder: Port[Embedder]) -> Judge:
    from kgpipe.verify.judge import EmbeddedJudge

    return EmbeddedJudge(embedder.make(), embedder.name)
