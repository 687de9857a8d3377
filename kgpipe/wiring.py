"""From the names in the settings to backends.

A `Port` is a name and a way to make the backend, so that nothing heavy is loaded for stages that
find their results stored, and so that a worker process can build its own. A backend's `name`
changes whenever its answers could.
"""

from collections.abc import Sequence
from functools import partial
from importlib.metadata import version

from kgpipe.errors import UsageError
from kgpipe.pipeline import Ports
from kgpipe.ports import Embedder, Judge, PageReader, Port, SearchEngine
from kgpipe.replies import StageReplies
from kgpipe.settings import ReadSettings, Settings
from kgpipe.types import Passage
from kgpipe.wiring_extract import read_schema, wire_extractor
from kgpipe.workspace import Workspace


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
