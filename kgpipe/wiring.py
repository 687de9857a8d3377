"""Names become backends: the one place that knows which backend stands behind a name.

Every `Port.make` is a `functools.partial` over a module-level class or function, so that a worker
process can build its own. A backend's libraries are imported when it is built.
"""

from collections.abc import Sequence
from functools import partial
from importlib.metadata import version

from kgpipe.errors import UsageError
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
from kgpipe.settings import ExtractSettings, ReadSettings, Settings
from kgpipe.types import Passage
from kgpipe.workspace import Workspace


def wire(settings: Settings, workspace: Workspace) -> Ports:
    """The ports that the settings name; replies that were paid for go to the workspace's store.

    Raises:
        UsageError: a name that no backend answers to.
    """
    embedder = wire_embedder(settings.dedupe.embedder)
    return Ports(
        reader=wire_reader(settings.read),
        extractor=wire_extractor(settings.extract, workspace.reply_store("extract")),
        embedder=embedder,
        search=wire_search,
        judge=wire_judge(settings.verify.judge, embedder),
    )


def wire_reader(settings: ReadSettings) -> Port[PageReader]:
    """Reads PDF pages, scanned ones too where the extra `ocr` is installed."""
    from kgpipe.backends.ocr import OcrReader, is_installed, ocr_name
    from kgpipe.backends.pdf import PdfiumReader

    name = f"pypdfium2:{version('pypdfium2')}"
    if settings.ocr and is_installed():
        reader = partial(OcrReader, min_letters=settings.min_letters_per_page)
        return Port(f"{name}+{ocr_name()}", reader)
    return Port(name, PdfiumReader)


def wire_extractor(settings: ExtractSettings, replies: ReplyStore) -> Port[TripleExtractor]:
    """`embedded`, or a chat model `PROVIDER:NAME` through LangChain."""
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

    name = llm_extractor_name(chat_name(settings.model, settings.base_url))
    return Port(name, partial(_llm_extractor, settings, replies), network=True)


def _llm_extractor(settings: ExtractSettings, replies: ReplyStore) -> TripleExtractor:
    from kgpipe.backends.chat import LangChainChat, StoredChat
    from kgpipe.backends.llm_extractor import LlmExtractor

    chat = LangChainChat(
        settings.model, base_url=settings.base_url, timeout_seconds=settings.timeout_seconds
    )
    return LlmExtractor(StoredChat(chat, replies), settings=settings)


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
