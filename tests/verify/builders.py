"""Claims, passages and whole verdicts in the few words that tests need."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from kgpipe.backends.embed import MINILM_NAME, MiniLmEmbedder
from kgpipe.backends.search_local import LocalSearch
from kgpipe.settings import VerifySettings
from kgpipe.types import Claim, Passage, Retrieved, Verdict
from kgpipe.verify.fuse import verify_claim
from kgpipe.verify.judge import EmbeddedJudge
from kgpipe.verify.passages import passages_of_text
from kgpipe.verify.retrieve import retrieve_passages


def make_claim(subject: str, predicate: str, object_: str, **rest: Any) -> Claim:
    fields: dict[str, Any] = {
        "id": "c1", "subject_id": "s", "object_id": "o", "support": (), "documents": (),
        "keys": (), **rest,
    }  # fmt: skip
    return Claim(subject=subject, predicate=predicate, object=object_, **fields)


def make_passages(*texts: str, prefix: str = "page", **rest: Any) -> list[Passage]:
    """One source a text."""
    return [
        passage
        for number, text in enumerate(texts)
        for passage in passages_of_text(text, source=f"{prefix}{number}", **rest)
    ]


@lru_cache(maxsize=1)
def real_judge() -> EmbeddedJudge:
    return EmbeddedJudge(MiniLmEmbedder(), MINILM_NAME)


def verdict_on(claim: Claim, passages: Sequence[Passage], **aliases: tuple[str, ...]) -> Verdict:
    """Search, judge and fuse with the real parts; aliases by `s` and `o`."""
    settings = VerifySettings()
    found = retrieve_passages(
        Retrieved(claim=claim, aliases=aliases), settings=settings, search=LocalSearch(passages)
    )
    return verify_claim(found, settings=settings, judge=real_judge())
