"""Names become backends: the one place that knows which backend stands behind a name.

Every `Port.make` is a `functools.partial` over a module-level class or function, so that a worker
process can build its own. A backend's libraries are imported when it is built.
"""

from collections.abc import Sequence
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING

from kgpipe.errors import UsageError
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
from kgpipe.settings import CallSettings, ExtractSettings, Settings
from kgpipe.types import Passage
from kgpipe.workspace import Workspace

if TYPE_CHECKING:
    from kgpipe.backends.chat_missing import MissingReplies
    from kgpipe.backends.prices import Price


def wire(settings: Settings, workspace: Workspace, *, budget_usd: float | None = None) -> Ports:
    """The ports that the settings name; replies that were paid for go to the workspace's store.

    Args:
        settings: the whole tree.
        workspace: keeps the replies.
        budget_usd: the most that model calls may cost; None for no limit.

    Raises:
        UsageError: a name that no backend answers to, or a budget for a model without a price.
    """
    embedder = wire_embedder(settings.dedupe.embedder)
    return Ports(
        reader=wire_reader(),
        extractor=wire_extractor(
            settings.extract,
            workspace.reply_store("extract"),
            calls=settings.calls,
            budget_usd=budget_usd,
        ),
        embedder=embedder,
        search=wire_search,
        judge=wire_judge(settings.verify.judge, embedder),
    )


def wire_reader() -> Port[PageReader]:
    """Reads PDF pages."""
    from kgpipe.backends.pdf import PdfiumReader

    return Port(f"pypdfium2:{version('pypdfium2')}", PdfiumReader)


def wire_extractor(
    settings: ExtractSettings,
    replies: ReplyStore,
    *,
    calls: CallSettings | None = None,
    budget_usd: float | None = None,
) -> Port[TripleExtractor]:
    """`embedded`, `embedded:surface`, or a chat model `PROVIDER:NAME` through LangChain."""
    if settings.model in ("embedded", "embedded:surface"):
        from kgpipe.backends.embedded_extractor import EmbeddedExtractor, extractor_name

        surface = settings.model.endswith(":surface")
        return Port(extractor_name(surface=surface), partial(EmbeddedExtractor, surface=surface))
    from kgpipe.backends.llm_extractor import llm_extractor_name

    model = _chat_name(settings)
    calls = calls or CallSettings()
    if budget_usd is not None:
        # Before any work, and not at the first call.
        _price_of(model, calls)
    make = partial(_llm_extractor, settings, replies, calls, budget_usd)
    return Port(llm_extractor_name(model), make, network=True)


def wire_collector(
    settings: ExtractSettings, replies: ReplyStore
) -> tuple[TripleExtractor, "MissingReplies"]:
    """The chat model's extractor without the model, and what keeps the requests it would make."""
    from kgpipe.backends.chat_missing import MissingReplies
    from kgpipe.backends.llm_extractor import LlmExtractor

    missing = MissingReplies(_chat_name(settings), replies)
    return LlmExtractor(missing, settings=settings), missing


def _chat_name(settings: ExtractSettings) -> str:
    from kgpipe.backends.chat import chat_name

    if ":" not in settings.model:
        raise UsageError(
            f"Unknown model {settings.model!r}: use `embedded`, `embedded:surface`, or "
            "PROVIDER:NAME such as openai:gpt-4.1-mini, anthropic:NAME or ollama:NAME."
        )
    return chat_name(settings.model, settings.base_url)


def _llm_extractor(
    settings: ExtractSettings, replies: ReplyStore, calls: CallSettings, budget_usd: float | None
) -> TripleExtractor:
    from kgpipe.backends.budget import BudgetedChat
    from kgpipe.backends.chat import LangChainChat, StoredChat
    from kgpipe.backends.llm_extractor import LlmExtractor
    from kgpipe.backends.pace import Pace
    from kgpipe.backends.prices import read_prices

    chat: ChatModel = LangChainChat(
        settings.model,
        base_url=settings.base_url,
        timeout_seconds=settings.timeout_seconds,
        pace=Pace(
            concurrency=settings.concurrency,
            requests_per_minute=calls.requests_per_minute,
            tokens_per_minute=calls.tokens_per_minute,
        ),
        prices=read_prices(calls.prices),
    )
    if budget_usd is not None:
        chat = BudgetedChat(chat, price=_price_of(chat.name, calls), budget_usd=budget_usd)
    return LlmExtractor(StoredChat(chat, replies), settings=settings)


def _price_of(model: str, calls: CallSettings) -> "Price":
    from kgpipe.backends.prices import read_prices

    price = read_prices(calls.prices).get(model)
    if price is None:
        raise UsageError(
            f"A budget needs the price of {model}: add it to a copy of data/prices.csv, and name "
            "that in the settings (calls.prices). A model of your own may cost 0."
        )
    return price


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
