"""Resolution of mentions: names first, then the mentions that their contexts put elsewhere."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from kgpipe.decisions import Constraints, Decision, settle_decisions
from kgpipe.dedupe.aliases import listed_keys
from kgpipe.dedupe.contexts import Mention, place_mentions
from kgpipe.dedupe.entities import (
    ResolvedNames,
    ask_about_names,
    make_merge,
    resolve_names_of,
)
from kgpipe.dedupe.grey import MAX_STATEMENT_CHARS, Answer, Questions
from kgpipe.dedupe.short_names import common_words
from kgpipe.ports import Embedder, Memo
from kgpipe.settings import DedupeSettings
from kgpipe.types import Entity, Merge

IN_CONTEXT = "name_in_context"


class ResolvedMentions(NamedTuple):
    """Entities and merges by id; for each mention its entity and why its name is in it."""

    entities: list[Entity]
    merges: list[Merge]
    entity_of: list[Entity]
    reasons: list[str]


def resolve_mentions(
    mentions: Sequence[Mention],
    *,
    definitions: Iterable[tuple[str, str]],
    settings: DedupeSettings,
    embedder: Embedder,
    decisions: Iterable[Decision] = (),
    memo: Memo | None = None,
    answers: Sequence[Answer] = (),
) -> ResolvedMentions:
    """Find which mentions are one entity; a name may stand in several where contexts say so.

    Args:
        mentions: of the whole corpus, in any order.
        definitions: (short, long) acronym pairs found in the documents.
        settings: threshold and alias tables.
        embedder: embeds each distinct name once.
        decisions: pairs of names that are one in any context, or never.
        memo: remembers pairs from run to run.
        answers: what a model said about pairs of names.

    Raises:
        UsageError: the user's alias table cannot be read.
        KgpipeError: the decisions contradict each other.
    """
    constraints = settle_decisions(decisions)
    counts = Counter((mention.name, mention.kind) for mention in mentions)
    names = resolve_names_of(
        counts, definitions=definitions, settings=settings, embedder=embedder,
        constraints=constraints, memo=memo, answers=answers,
    )  # fmt: skip
    owner = {name: entity.id for entity in names.entities for name in entity.names}
    number: Counter[str] = Counter(mention.name for mention in mentions)
    placed = place_mentions(
        mentions, owner, common=common_words(number), listed=listed_keys(settings)
    )
    allowed = _obey(names.entities, constraints)
    placed = {row: e for row, e in placed.items() if allowed(mentions[row].name, e)}
    entities, merges = _with_placed(names, mentions, placed)
    by_id = {entity.id: entity for entity in entities}
    return ResolvedMentions(
        sorted(entities, key=lambda entity: entity.id),
        sorted(merges, key=lambda merge: merge.id),
        [by_id[placed.get(row, owner[m.name])] for row, m in enumerate(mentions)],
        [IN_CONTEXT if row in placed else names.reasons[m.name] for row, m in enumerate(mentions)],
    )


def ask_about_mentions(
    mentions: Sequence[Mention],
    *,
    definitions: Iterable[tuple[str, str]],
    settings: DedupeSettings,
    embedder: Embedder,
    decisions: Iterable[Decision] = (),
    memo: Memo | None = None,
) -> Questions:
    """What to ask a model before `resolve_mentions`, which takes the same arguments."""
    return ask_about_names(
        Counter((mention.name, mention.kind) for mention in mentions),
        said=_pick_statements(mentions), definitions=definitions, settings=settings,
        embedder=embedder, constraints=settle_decisions(decisions), memo=memo,
    )  # fmt: skip


def _pick_statements(mentions: Iterable[Mention]) -> dict[str, str]:
    """For each name the statement that tells most of it: the longest of one sentence's length."""
    said: dict[str, str] = {}
    for mention in mentions:
        told = mention.contexts[0] if mention.contexts else mention.said
        said[mention.name] = min(told, said.get(mention.name, ""), key=_rank_statement)
    return said


def _rank_statement(told: str) -> tuple[bool, bool, int, str]:
    is_text = len(told) > MAX_STATEMENT_CHARS
    return not told, is_text, len(told) if is_text else -len(told), told


def _obey(entities: Iterable[Entity], constraints: Constraints) -> Callable[[str, str], bool]:
    """Whether decisions let a name's mention go to an entity that the name alone is not in."""
    joined = {term for pair in constraints.same for term in pair}
    blocks = {
        entity.id: {b for name in entity.names if (b := constraints.block(name)) is not None}
        for entity in (entities if constraints.block_of else ())
    }

    def allowed(name: str, entity: str) -> bool:
        block = constraints.block(name)
        if block is None:
            return True
        # Who says that it is one with another name says so for all of its mentions.
        return constraints.term_of(name) not in joined and not constraints.separate(
            [block], blocks[entity]
        )

    return allowed


def _with_placed(
    names: ResolvedNames, mentions: Sequence[Mention], placed: Mapping[int, str]
) -> tuple[list[Entity], list[Merge]]:
    """Add names to the entities where contexts put them, and drop entities that lost all."""
    moved = {(mentions[row].name, entity) for row, entity in placed.items()}
    kept = {mention.name for row, mention in enumerate(mentions) if row not in placed}
    entities = []
    merges = list(names.merges)
    for entity in names.entities:
        more = sorted(name for name, target in moved if target == entity.id)
        merges += [make_merge(entity.id, entity.name, name, IN_CONTEXT, 1.0) for name in more]
        # A name alone whose mentions all went elsewhere is no entity any more.
        if more or len(entity.names) > 1 or entity.name in kept:
            together = tuple(sorted({*entity.names, *more}))
            entities.append(entity.model_copy(update={"names": together}))
    return entities, merges
