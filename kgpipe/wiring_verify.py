"""From the settings to what finds evidence and judges it."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from kgpipe.assets import asset_path
from kgpipe.errors import UsageError
from kgpipe.ports import ChatModel, Embedder, Judge, Port, SearchEngine
from kgpipe.searches import SearchArchive
from kgpipe.settings import VerifySettings
from kgpipe.types import Passage
from kgpipe.wiring_extract import UNKEPT, Paid, wire_stored_chat

if TYPE_CHECKING:
    # It loads scipy, which those who add votes up do without.
    from kgpipe.verify.fitted_ports import FittedPorts

DAS = "das:"
ADD_UP, SHIPPED = "votes", "factbench"
TEMPLATE = "template"


def wire_search(
    passages: Sequence[Passage], *, embedder: Port[Embedder] | None = None
) -> Port[SearchEngine]:
    """A local index over `passages`, ranked by an embedder as well if one is named."""
    from kgpipe.backends.search_local import LocalSearch, index_name

    if embedder is None:
        return Port(index_name(passages), partial(LocalSearch, passages))
    name = index_name(passages, embedder.name)
    return Port(name, partial(_dense_search, passages, embedder), network=embedder.network)


def wire_web(
    settings: VerifySettings, archive: SearchArchive, *, excluded: frozenset[str]
) -> Port[SearchEngine] | None:
    """What is searched beside the local evidence; None if nothing is.

    Raises:
        KgpipeError: the extra `web` is missing.
    """
    from kgpipe.backends.page_text import check_installed
    from kgpipe.backends.search_web import WebSearch, web_name

    match settings.search:
        case "duckduckgo":
            check_installed()
            make = partial(WebSearch, archive, excluded=excluded)
            return Port(web_name(excluded), make, network=True)
        case "replay" if archive.has_replies():
            return wire_replay(archive)
        case _:
            return None


def wire_replay(archive: SearchArchive) -> Port[SearchEngine]:
    """Answers queries as they were answered before."""
    from kgpipe.backends.search_web import ReplaySearch

    return Port(f"replay:{archive.digest()}", partial(ReplaySearch, archive), network=True)


def wire_judge(
    settings: VerifySettings, embedder: Port[Embedder], paid: Paid = UNKEPT
) -> Port[Judge]:
    """The judge that `settings.judge` names; several are a panel.

    Raises:
        UsageError: an unknown judge, one named twice, or `das:` among others.
    """
    names = settings.judge
    if len(set(names)) < len(names):
        raise UsageError(f"A judge is named twice: {', '.join(names)}.")
    if len(names) > 1 and any(name.startswith(DAS) for name in names):
        raise UsageError("`das:` is a framework of its own and cannot sit on a panel.")
    wire_chat_of = partial(_wire_judges_chat, settings=settings, paid=paid)
    judges = [
        _wire_embedded(embedder) if name == "embedded" else _wire_llm(wire_chat_of(name))
        for name in names
        if not name.startswith(DAS)
    ]
    if not judges:
        # The framework asks its model itself.
        return _wire_embedded(embedder)
    if len(judges) == 1:
        return judges[0]
    from kgpipe.verify.panel import panel_name

    label = panel_name([judge.name for judge in judges])
    return Port(label, partial(_panel, judges), network=any(judge.network for judge in judges))


def wire_fusion(settings: VerifySettings, embedder: Port[Embedder]) -> "FittedPorts | None":
    """The fitted model that joins the votes; None to add them up.

    Raises:
        KgpipeError: the fitted model cannot be read.
        UsageError: there is none, or it was fitted with another embedder or on other judges' votes.
    """
    if settings.fusion == ADD_UP:
        return None
    from kgpipe.verify.fitted_ports import FittedPorts
    from kgpipe.verify.model_file import DEFAULT, read_model
    from kgpipe.verify.refit import TRUSTED
    from kgpipe.verify.trusted import read_trusted, trusted_digest

    if settings.judge[0].startswith(DAS):
        raise UsageError("`das:` decides in its own way; leave out --fusion.")
    path = asset_path(DEFAULT) if settings.fusion == SHIPPED else Path(settings.fusion)
    if not path.is_file():
        raise UsageError(
            f"There is no fitted model {settings.fusion!r}: use {ADD_UP}, {SHIPPED}, or a file "
            "that `kgpipe fit` wrote."
        )
    model = read_model(path)
    if model.embedder != embedder.name:
        raise UsageError(
            f"{path} was fitted with the embedder {model.embedder}, not {embedder.name}; fit it "
            "again with `kgpipe fit`."
        )
    weighed = model.judges or ("embedded",)
    if settings.judge != weighed:
        raise UsageError(
            f"The fitted model {settings.fusion} goes with --judge {' --judge '.join(weighed)}, "
            f"not {', '.join(settings.judge)}; fit one for these judges with `kgpipe fit`."
        )
    trusted = tuple(Path(name) for name in settings.graph)
    # A file that cannot be read is better told now than when all is judged and paid for.
    read_trusted(trusted)
    if model.graph and trusted_digest(trusted) != model.record.get(TRUSTED, ""):
        raise UsageError(
            f"{path} was fitted with other trusted triples: name those in verify.graph, or fit it "
            "again with `kgpipe fit`."
        )
    return FittedPorts(path, embedder, trusted)


def wire_das(settings: VerifySettings, paid: Paid = UNKEPT) -> Port[ChatModel] | None:
    """The model of the ASGM-KG framework, None if another judge is named."""
    [first, *_] = settings.judge
    if not first.startswith(DAS):
        return None
    from kgpipe.verify.das import das_name

    chat = _wire_judges_chat(first.removeprefix(DAS), settings=settings, paid=paid)
    return Port(das_name(chat.name), chat.make, network=True)


def wire_verbaliser(settings: VerifySettings, paid: Paid = UNKEPT) -> Port[ChatModel] | None:
    """The model that puts claims into words, None where templates do.

    Raises:
        UsageError: no such model, or `das:` is to verify.
    """
    if settings.verbalise == TEMPLATE:
        return None
    if settings.judge[0].startswith(DAS):
        raise UsageError("`das:` searches in words of its own; leave out --verbalise.")
    if ":" not in settings.verbalise:
        raise UsageError(
            f"Unknown model {settings.verbalise!r} to put claims into words: use `{TEMPLATE}`, "
            "PROVIDER:NAME of a chat model, or gguf:PATH."
        )
    from kgpipe.verify.verbalise import verbaliser_name

    chat = _wire_judges_chat(settings.verbalise, settings=settings, paid=paid)
    return Port(verbaliser_name(chat.name), chat.make, network=True)


def _wire_judges_chat(name: str, *, settings: VerifySettings, paid: Paid) -> Port[ChatModel]:
    if ":" not in name:
        raise UsageError(
            f"Unknown judge {name!r}: use `embedded`, PROVIDER:NAME of a chat model, gguf:PATH, or "
            "das:PROVIDER:NAME."
        )
    return wire_stored_chat(
        name, paid, base_url=settings.base_url, concurrency=settings.concurrency
    )


def _wire_embedded(embedder: Port[Embedder]) -> Port[Judge]:
    from kgpipe.verify.judge import judge_name

    return Port(judge_name(embedder.name), partial(_embedded_judge, embedder))


def _wire_llm(chat: Port[ChatModel]) -> Port[Judge]:
    from kgpipe.verify.llm_judge import llm_judge_name

    return Port(llm_judge_name(chat.name), partial(_llm_judge, chat), network=True)


def _embedded_judge(embedder: Port[Embedder]) -> Judge:
    from kgpipe.verify.judge import EmbeddedJudge

    return EmbeddedJudge(embedder.make(), embedder.name)


def _llm_judge(chat: Port[ChatModel]) -> Judge:
    from kgpipe.verify.llm_judge import LlmJudge

    return LlmJudge(chat.make())


def _panel(judges: Sequence[Port[Judge]]) -> Judge:
    from kgpipe.verify.panel import PanelJudge

    return PanelJudge([judge.make() for judge in judges])


def _dense_search(passages: Sequence[Passage], embedder: Port[Embedder]) -> SearchEngine:
    from kgpipe.backends.search_local import LocalSearch

    return LocalSearch(passages, embedder.make(), rank_all=True)
