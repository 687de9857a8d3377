"""Reads evidence given as JSON Lines, and hands each claim the passages meant for it alone."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from kgpipe.types import Claim, Entity, Passage, Rejection, Retrieved
from kgpipe.verify.lines import explain, numbered_lines, parse_json, reject_line
from kgpipe.verify.passages import passages_of_text


class _EvidenceLine(BaseModel):
    """One page of evidence; further keys are the user's own and ignored."""

    model_config = ConfigDict(strict=True)

    id: Annotated[str, Field(min_length=1)]
    text: str
    lang: str | None = None
    url: str | None = None
    published: str | None = None
    claim_id: str | None = None


def read_evidence_lines(path: Path) -> tuple[list[Passage], list[Rejection]]:
    """Read lines `{"id", "text", "lang"?, "url"?, "published"?, "claim_id"?}`.

    Returns:
        The passages of all pages, their `source` the page's id and their offsets those in the
        page's text, and one rejection a broken, empty or repeated line, named by number.

    Raises:
        UsageError: the file cannot be read.
    """
    passages: list[Passage] = []
    rejections: list[Rejection] = []
    seen: set[tuple[str, str | None]] = set()
    for item, line in numbered_lines(path):
        try:
            page = _EvidenceLine.model_validate(parse_json(line))
        except (ValueError, RecursionError) as error:
            rejections.append(reject_line(item, "broken_line", explain(error)))
            continue
        key = (page.id, page.claim_id)
        if key in seen:
            rejections.append(reject_line(item, "repeated_id", f"the id {page.id!r} came before"))
        elif not page.text.strip():
            rejections.append(reject_line(item, "empty_text", f"page {page.id!r} has no text"))
        else:
            passages.extend(
                passages_of_text(
                    page.text,
                    source=page.id,
                    language=page.lang or "en",
                    url=page.url,
                    published=page.published,
                    claim_id=page.claim_id,
                )
            )
        seen.add(key)
    return passages, rejections


def prepare_claims(
    claims: Sequence[Claim],
    *,
    entities: Iterable[Entity] = (),
    passages: Iterable[Passage] = (),
    other_names: Callable[[str], Iterable[str]] = lambda name: (),
) -> list[Retrieved]:
    """Put each claim beside its entities' names and the passages that are meant for it alone.

    Args:
        claims: what shall be verified.
        entities: those of the claims, as far as they are resolved.
        passages: all evidence; only those with a `claim_id` are used here.
        other_names: what else a name is called; asked for the claim's own name of each end.
    """
    names = {entity.id: entity.names for entity in entities}
    private: dict[str, list[Passage]] = defaultdict(list)
    for passage in passages:
        if passage.claim_id is not None:
            private[passage.claim_id].append(passage)
    # Many claims share a name.
    others = {
        name: tuple(other_names(name))
        for name in {end for claim in claims for end in (claim.subject, claim.object)}
    }
    return [
        Retrieved(
            claim=claim,
            aliases={
                id_: known
                for id_, name in (
                    (claim.subject_id, claim.subject),
                    (claim.object_id, claim.object),
                )
                if (known := tuple(dict.fromkeys((*names.get(id_, ()), *others[name]))))
            },
            passages=tuple(private.get(claim.id, ())),
        )
        for claim in claims
    ]
