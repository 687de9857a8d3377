"""From the names in the settings to backends.

A `Port` is a name and a way to make the backend, so that nothing heavy is loaded for stages that
find their results stored, and so that a worker process can build its own. A backend's `name`
changes whenever its answers could.
"""

from functools import partial
from importlib.metadata import version

from kgpipe.errors import UsageError
from kgpipe.pipeline import Ports
from kgpipe.ports import ChatModel, Embedder, PageReader, Port
from kgpipe.replies import StageReplies
from kgpipe.searches import SearchArchive
from kgpipe.settings import DedupeSettings, ReadSettings, Settings
from kgpipe.verify.mirrors import excluded_domains
from kgpipe.wiring_extract import UNKEPT, Paid, read_schema, wire_extractor, wire_stored_chat
from kgpipe.wiring_verify import (
    wire_das,
    wire_fusion,
    wire_judge,
    wire_search,
    wire_verbaliser,
    wire_web,
)
from kgpipe.workspace import Workspace


def wire(settings: Settings, workspace: Workspace, *, budget_usd: float | None = None) -> Ports:
    """The ports that the settings name; replies that were paid for go to the workspace's store.

    Args:
        settings: the whole tree.
        workspace: keeps the replies.
        budget_usd: the most that model calls may cost; None for no limit.

    Raises:
        UsageError: a name that no backend answers to, a budget for a model without a price, or a
            list of domains that cannot be read.
        KgpipeError: an extra that the settings need is missing.
    """
    # What judges and checks relations was fitted on this one, whatever resolves names.
    embedder = wire_embedder("minilm")
    dedupe, verify = settings.dedupe, settings.verify
    ranking = wire_embedder(verify.embedder, base_url=verify.base_url) if verify.embedder else None
    archive = SearchArchive(workspace.transaction)
    excluded = excluded_domains(blocklist=verify.blocklist, base_iri=settings.publish.base_iri)

    def paid(stage: str) -> Paid:
        return Paid(settings.extract, settings.calls, StageReplies(workspace, stage), budget_usd)

    schema = read_schema(settings.extract.schema_file)
    return Ports(
        reader=wire_reader(settings.read),
        extractor=wire_extractor(
            settings.extract,
            StageReplies(workspace, "extract"),
            schema=schema,
            embedder=embedder,
            calls=settings.calls,
            budget_usd=budget_usd,
        ),
        schema=schema,
        embedder=wire_embedder(dedupe.embedder, base_url=dedupe.base_url),
        search=partial(wire_search, embedder=ranking),
        judge=wire_judge(settings.verify, embedder, paid("verify")),
        fusion=wire_fusion(settings.verify, embedder),
        das=wire_das(settings.verify, paid("verify")),
        verbaliser=wire_verbaliser(settings.verify, paid("verbalise")),
        name_judge=wire_name_judge(dedupe, paid("compare")),
        web=wire_web(settings.verify, archive, excluded=excluded),
        archive=archive,
        excluded=excluded,
    )


def wire_name_judge(settings: DedupeSettings, paid: Paid = UNKEPT) -> Port[ChatModel] | None:
    """The model that tells whether two names are one thing, None if none is named.

    Raises:
        UsageError: no such model, or a budget for one without a price.
        KgpipeError: what runs GGUF files is not installed.
    """
    if not settings.judge:
        return None
    if ":" not in settings.judge:
        raise UsageError(
            f"Unknown model {settings.judge!r} to judge names (dedupe.judge): use PROVIDER:NAME of "
            "a chat model, gguf:PATH, or nothing."
        )
    return wire_stored_chat(
        settings.judge, paid, base_url=settings.base_url, concurrency=settings.concurrency
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


def wire_embedder(name: str, *, base_url: str = "") -> Port[Embedder]:
    """A sentence embedder by its name.

    Args:
        name: `minilm` (all-MiniLM-L6-v2, int8, through onnxruntime); `st:NAME` or `st:FOLDER`, a
            sentence-transformers model; or PROVIDER:NAME, such as `openai:text-embedding-3-small`.
        base_url: of a server with OpenAI's protocol, "" for the provider's own.

    Raises:
        UsageError: no backend answers to that name.
    """
    if name == "minilm":
        from kgpipe.backends.embed import MINILM_NAME, MiniLmEmbedder

        return Port(MINILM_NAME, MiniLmEmbedder)
    provider, colon, model = name.partition(":")
    if not colon or not model:
        raise UsageError(f"Unknown embedder {name!r}: use `minilm`, `st:NAME` or PROVIDER:NAME.")
    if provider == "st":
        from kgpipe.backends.embed_st import SentenceTransformersEmbedder, st_name

        return Port(st_name(model), partial(SentenceTransformersEmbedder, model))
    from kgpipe.backends.embed_langchain import LangChainEmbedder

    label = f"{name}@{base_url}" if base_url else name
    return Port(label, partial(LangChainEmbedder, name, base_url=base_url), network=True)
