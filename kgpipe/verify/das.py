"""The verification of ASGM-KG as its authors released it, to compare with (`das:PROVIDER:NAME`).

Gupta et al. 2024, arXiv 2408.08972: one query "subject predicate object"; the three best pages; one
call of a language model a page, which may use its memory; the majority of their Yes and No. A tie
and no vote at all count as Yes: these faults are kept, as they are what is compared with.

Two things differ. The order of the search engine stands for the PageRank of domains, a service with
a key. And pages that are too long are cut, where the released code by mistake keeps one character.
"""

import re
from collections.abc import Sequence
from typing import Literal

from kgpipe.calls import ChatRequest, Message
from kgpipe.errors import ItemError, ServiceError
from kgpipe.ids import content_id
from kgpipe.ports import ChatModel, SearchEngine
from kgpipe.settings import VerifySettings
from kgpipe.text.prompts import read_prompt
from kgpipe.types import Claim, Passage, Retrieved, Step, Verdict, Vote

_VERSION = 1
PAGES = 3
PAGE_CHARS = 20_000
# The released code asks for so many results.
RESULTS = 25
# Tries of a page whose reply cannot be read; then it casts no vote.
TRIES = 5
# All other characters are deleted, accents, hyphens and per cent signs among them.
_DROPPED = re.compile(r"[^a-zA-Z0-9\s.?!]")
_COLUMNS = 5
_ANSWERS: dict[str, Literal["support", "refute"]] = {"yes": "support", "no": "refute"}


def das_name(chat_name: str) -> str:
    """The name of the framework on a model; it changes with its prompt."""
    digest = content_id("das", _VERSION, read_prompt("das").digest).removeprefix("das-")
    return f"das:{chat_name}:{digest[:12]}"


def verify_as_das(
    question: Retrieved,
    *,
    settings: VerifySettings,
    chat: ChatModel,
    search: SearchEngine,
    web: SearchEngine | None = None,
    pages: int = PAGES,
    page_chars: int = PAGE_CHARS,
) -> Verdict:
    """Verify a claim as ASGM-KG did.

    Args:
        question: a claim with the pages that were given for it alone, in search order; with any,
            nothing is searched for.
        settings: not used; every stage function takes its section.
        chat: the model.
        search: finds pages where none are given; what it finds of one source is one page.
        web: searched instead of `search` where it is given.
        pages: so many are read.
        page_chars: a longer page is cut.

    Raises:
        ServiceError: search or model failed, so nothing is known.
    """
    claim = question.claim
    query = " ".join((claim.subject, claim.predicate, claim.object)).replace('"', "")
    found = question.passages or tuple((web or search).search(query, limit=RESULTS))
    votes = [
        vote
        for source, text in _join_pages(found)[:pages]
        if (vote := _ask(claim, source, _DROPPED.sub("", text)[:page_chars], chat)) is not None
    ]
    yes = sum(vote.stance == "support" for vote in votes)
    valid = 2 * yes >= len(votes)
    # Not a probability in their sense: they give none.
    share = yes / len(votes) if votes else 1.0
    return Verdict(
        claim_id=claim.id,
        label="supported" if valid else "refuted",
        status="ok",
        reason=f"das_{yes}_of_{len(votes)}",
        probability=round(share, 4),
        evidence=tuple(v for v in votes if v.stance == ("support" if valid else "refute")),
        votes=tuple(votes),
        trace=(
            Step(action="search", subject=query, probability=0.5, found=len(found)),
            Step(action="stop", subject="majority", probability=round(share, 4)),
        ),
    )


def _join_pages(passages: Sequence[Passage]) -> list[tuple[str, str]]:
    """The text of each source as far as it is there, in the order of their first passages."""
    pieces: dict[str, list[Passage]] = {}
    for passage in passages:
        pieces.setdefault(passage.source, []).append(passage)
    return [
        (source, " ".join(piece.text for piece in sorted(found, key=lambda p: p.start)))
        for source, found in pieces.items()
    ]


def _ask(claim: Claim, source: str, text: str, chat: ChatModel) -> Vote | None:
    """The vote of a page, None if five replies cannot be read."""
    asked = (
        f"{read_prompt('das').text}\nSubject: {claim.subject}\nPredicate: {claim.predicate}\n"
        f"Object: {claim.object}\nReference text: {text}"
    )
    for sample in range(TRIES):
        request = ChatRequest(
            model=chat.name, messages=(Message(role="user", content=asked),), max_tokens=512,
            sample=sample,
        )  # fmt: skip
        try:
            reply = chat.reply(request).text
        except ServiceError:
            raise
        except ItemError:
            return None
        if answer := _read_row(reply):
            stance, reason = answer
            return Vote(
                judge="das", stance=stance, source=source, start=0, end=0, quote="",
                log_odds=1.0 if stance == "support" else -1.0, reason=reason,
            )  # fmt: skip
    return None


def _read_row(reply: str) -> tuple[Literal["support", "refute"], str] | None:
    """The last row with five cells whose fourth is Yes or No, and its reason."""
    for line in reversed(reply.splitlines()):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) == _COLUMNS and (stance := _ANSWERS.get(cells[3].casefold())):
            return stance, cells[4]
    return None
