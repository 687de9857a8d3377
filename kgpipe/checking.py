"""The two stages of verification in the ways in which they can run: `retrieve`, then `verify`.

Before them a language model can put claims into words (`verbalise`).

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
from kgpipe.types import Claim, Retrieved, Verdict
from kgpipe.verify.das import verify_as_das
from kgpipe.verify.lexicon import lexicon_digest
from kgpipe.verify.loop import judge_at_once, judge_in_turn
from kgpipe.verify.queries import is_verifiable, lacks_sentence
from kgpipe.verify.retrieve import retrieve_passages
from kgpipe.verify.translate import translation_digest
from kgpipe.verify.verbalise import verbalise_claim

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
    verbaliser: Port[ChatModel] | None = None,
) -> list[Retrieved]:
    """Search nearby for evidence on every claim.

    Args:
        map_stage: runs a stage over items and keeps the results.
        questions: the claims with their names and the passages given for each alone.
        settings: the section of verification.
        search: finds passages nearby.
        excluded: domains whose pages are no witnesses.
        verbaliser: puts claims into words before; None for templates alone.
    """
    if verbaliser is not None:
        questions = _verbalise_all(map_stage, questions, settings=settings, chat=verbaliser)
    retrieved: list[Retrieved] = map_stage(
        "retrieve", partial(retrieve_passages, excluded=excluded), questions, returns=Retrieved,
        key=_question_key, name=_claim_id, settings=settings, search=search,
        data=[_digest(excluded), translation_digest()], **place_of(search, CORES),
    )  # fmt: skip
    return retrieved


def _verbalise_all(
    map_stage: MapStage,
    questions: Sequence[Retrieved],
    *,
    settings: VerifySettings,
    chat: Port[ChatModel],
) -> list[Retrieved]:
    """Put the claims that have no sentence into one; where that fails, they keep their parts.

    That holds for a service that is down as well: the parts are what is searched for by default,
    and no evidence is lost. The failure stays in the workspace, and the next run asks again.
    """
    claims = [q.claim for q in questions if lacks_sentence(q.claim) and is_verifiable(q.claim)]
    verbalised: list[Claim] = map_stage(
        "verbalise", verbalise_claim, claims, returns=Claim, key=_claim_key, name=_id, chat=chat,
        data=[lexicon_digest()], **place_of(chat, settings.concurrency),
    )  # fmt: skip
    said = {claim.id: claim for claim in verbalised}
    return [
        question.model_copy(update={"claim": said.get(question.claim.id, question.claim)})
        for question in questions
    ]


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


def _id(claim: Claim) -> str:
    return claim.id


def _claim_key(claim: Claim) -> str:
    return content_id("claim", claim.model_dump(mode="json"))


def _question_key(retrieved: Retrieved) -> str:
    return content_id("question", retrieved.model_dump(mode="json"))
