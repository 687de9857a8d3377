"""Names become backends: the one place that knows which backend stands behind a name.

Every `Port.make` is a `functools.partial` over a module-level class or function, so that a worker
process can build its own. A backend's libraries are imported when it is built.
"""

import os
from collections.abc import Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from kgpipe.assets import asset_path
from kgpipe.errors import UsageError
from kgpipe.extract.schema_files import check_schema, read_schema_file
from kgpipe.pipeline import Ports
from kgpipe.ports import (
    ChatModel,
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

if TYPE_CHECKING:
    from kgpipe.backends.examples import Example

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
    """`embedded`, `PROVIDER:NAME` of a chat model, or `gguf:PATH`; aimed at a schema if closed.

    Raises:
        UsageError: no such model, closed mode without a schema, or a protocol without a model.
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
        if settings.protocol != "default":
            raise UsageError(f"The protocol {settings.protocol} needs a chat model: name one.")
        from kgpipe.backends.embedded_extractor import EmbeddedExtractor, extractor_name

        return Port(extractor_name(), EmbeddedExtractor)
    if ":" not in settings.model:
        raise UsageError(
            f"Unknown model {settings.model!r}: use `embedded`, or PROVIDER:NAME such as "
            "openai:gpt-4.1-mini, anthropic:NAME or ollama:NAME, or gguf:PATH for a local file."
        )
    from kgpipe.backends.asgmkg_extractor import asgmkg_name
    from kgpipe.backends.llm_extractor import llm_extractor_name

    chat = wire_chat(settings)
    examples = _examples(settings)
    if settings.protocol == "asgmkg":
        name = asgmkg_name(chat.name)
    else:
        name = llm_extractor_name(chat.name, settings, schema=aim, examples=examples)
    make = partial(_llm_extractor, settings, chat, replies, aim, embedder)
    return Port(name, make, network=True)


def _schema_extractor(schema: Schema, embedder: Port[Embedder]) -> TripleExtractor:
    from kgpipe.backends.schema_extractor import SchemaExtractor

    return SchemaExtractor(schema, embedder.make(), embedder_name=embedder.name)


def wire_chat(settings: ExtractSettings) -> Port[ChatModel]:
    """A chat model: `gguf:PATH` in a child process, all others through LangChain.

    Raises:
        UsageError: the GGUF file is missing, or is none.
        KgpipeError: what runs such files is not installed.
    """
    if settings.model.startswith("gguf:"):
        from kgpipe.backends.gguf import GgufChat, gguf_name

        # One core is left to the rest of the run and to whoever else uses the machine.
        threads = settings.threads or max(1, (os.cpu_count() or 1) - 1)
        make = partial(
            GgufChat, settings.model, context_tokens=settings.context_tokens,
            slots=settings.slots, threads=threads,
        )  # fmt: skip
        return Port(gguf_name(settings.model), make, network=True)
    from kgpipe.backends.chat import LangChainChat, chat_name

    return Port(
        chat_name(settings.model, settings.base_url),
        partial(
            LangChainChat, settings.model, base_url=settings.base_url,
            timeout_seconds=settings.timeout_seconds,
        ),
        network=True,
    )  # fmt: skip


def _llm_extractor(
    settings: ExtractSettings,
    chat: Port[ChatModel],
    replies: ReplyStore,
    schema: Schema | None,
    embedder: Port[Embedder] | None,
) -> TripleExtractor:
    from kgpipe.backends.asgmkg_extractor import AsgmkgExtractor
    from kgpipe.backends.chat import StoredChat
    from kgpipe.backends.llm_extractor import LlmExtractor

    stored = StoredChat(chat.make(), replies)
    if settings.protocol == "asgmkg":
        return AsgmkgExtractor(stored, settings=settings)
    # Only a schema is searched for the relations nearest to a text.
    nearest = embedder.make() if schema and embedder else None
    return LlmExtractor(
        stored, settings=settings, schema=schema, examples=_examples(settings), embedder=nearest
    )


def _examples(settings: ExtractSettings) -> "tuple[Example, ...]":
    from kgpipe.backends.examples import read_examples

    return read_examples(Path(settings.examples)) if settings.examples else ()


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
