"""The two stages of verification in the ways in which they can run: `retrieve`, then `verify`.

Where search and judge are free, everything is searched, then everything judged. Where one of them
is waited or paid for, the judge goes from source to source and the web is searched between (see
`verify.loop`). The framework to compare with searches and judges in its own way.
"""

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from kgpipe.ids import content_id
from kgpipe.ports import ChatModel, Judge, Port, SearchEngine
from kgpipe.settings import VerifySettings
from kgpipe.types import Retrieved, Verdict
from kgpipe.verify.das import verify_as_das
from kgpipe.verify.loop import judge_at_once, judge_in_turn
from kgpipe.verify.retrieve import retrieve_passages
from kgpipe.verify.translate import translation_digest

if TYPE_CHECKING:
    # It loads scipy, which those who add votes up do without.
    from kgpipe.verify.fitted_ports import FittedPorts

CORES = os.cpu_count() or 1
# `Workspace.map` without the rejections, by stage, function and items.
MapStage = Callable[..., list[Any]]


def retrieve_all(
    map_stage: MapStage,
    questions: Sequence[Retrieved],
    *,
    settings: VerifySettings,
    search: Port[SearchEngine],
    excluded: frozenset[str],
) -> list[Retrieved]:
    """Search nearby for evidence on every claim.

    Args:
        map_stage: runs a stage over items and keeps the results.
        questions: the claims with their names and the passages given for each alone.
        settings: the section of verification.
        search: finds passages nearby.
        excluded: domains whose pages are no witnesses.
    """
    retrieved: list[Retrieved] = map_stage(
        "retrieve", partial(retrieve_passages, excluded=excluded), questions, returns=Retrieved,
        key=_question_key, name=_claim_id, settings=settings, search=search,
        data=[_digest(excluded), translation_digest()], **place_of(search, CORES),
    )  # fmt: skip
    return retrieved


def judge_all(
    map_stage: MapStage,
    retrieved: Sequence[Retrieved],
    *,
    settings: VerifySettings,
    judge: Port[Judge],
    fusion: "FittedPorts | None" = None,
    web: Port[SearchEngine] | None = None,
    excluded: frozenset[str] = frozenset(),
) -> list[Verdict]:
    """Judge every claim, and search the web for more where that is asked for.

    Args:
        map_stage: runs a stage over items and keeps the results.
        retrieved: the claims with the passages found nearby.
        settings: the section of verification.
        judge: takes a stance on them.
        fusion: the fitted model that joins the votes; None to add them up.
        web: is searched for more; None for no more than there is.
        excluded: domains whose pages are no witnesses.
    """
    common = {"returns": Verdict, "key": _question_key, "name": _claim_id, "settings": settings,
              "judge": judge}  # fmt: skip
    if fusion:
        gather = partial(
            map_stage, "gather", key=_question_key, name=_claim_id, pool="processes", workers=CORES
        )
        # Pages that are still to be found on the web can only be read one claim at a time.
        common["fuser"] = fusion.wire_fuser(retrieved, gather=None if web else gather)
    if web is None and not judge.network:
        return map_stage("verify", judge_at_once, retrieved, **common, **place_of(judge, CORES))
    more = {"web": web} if web else {}
    return map_stage(
        "verify", partial(judge_in_turn, excluded=excluded), retrieved, data=[_digest(excluded)],
        pool="threads", workers=settings.concurrency, **common, **more,
    )  # fmt: skip


def check_as_das(
    map_stage: MapStage,
    questions: Sequence[Retrieved],
    *,
    settings: VerifySettings,
    search: Port[SearchEngine],
    chat: Port[ChatModel],
    web: Port[SearchEngine] | None,
) -> list[Verdict]:
    """Verify every claim as ASGM-KG did, see `verify.das`."""
    more = {"web": web} if web else {}
    return map_stage(
        "verify", verify_as_das, questions, returns=Verdict, key=_question_key, name=_claim_id,
        settings=settings, search=search, chat=chat, pool="threads", workers=settings.concurrency,
        **more,
    )  # fmt: skip


def place_of(port: Port[Any], workers: int) -> dict[str, Any]:
    """Network ports run in threads of this process, the others in processes of their own."""
    return {"pool": "threads" if port.network else "processes", "workers": workers}


def _digest(domains: frozenset[str]) -> str:
    return content_id("domains", sorted(domains))


def _claim_id(question: Retrieved) -> str:
    """What the rejection of a claim is named by."""
    return question.claim.id


def _question_key(retrieved: Retrieved) -> str:
    return content_id("question", retrieved.model_dump(mode="json"))
