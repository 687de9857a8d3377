"""Resolution: from what texts say to what the corpus says, entities and claims."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from kgpipe.decisions import Decision
from kgpipe.dedupe.aliases import built_in_aliases, read_aliases
from kgpipe.dedupe.audit import describe_merges
from kgpipe.dedupe.claims import fold_triples
from kgpipe.dedupe.conflicts import find_conflicts
from kgpipe.dedupe.entities import resolve_names_of
from kgpipe.dedupe.normalise import form_of
from kgpipe.dedupe.relations import name_relations
from kgpipe.ports import Embedder, Memo
from kgpipe.schema import Schema
from kgpipe.settings import DedupeSettings
from kgpipe.types import Kind, Resolution, Triple


def resolve_triples(
    triples: Sequence[Triple],
    *,
    definitions: Sequence[tuple[str, str]],
    settings: DedupeSettings,
    embedder: Embedder,
    schema: Schema | None = None,
    decisions: Sequence[Decision] = (),
    memo: Memo | None = None,
) -> Resolution:
    """Find which names are one entity and which triples are one claim.

    The order of the triples does not matter, and a repeated id counts once.

    Args:
        triples: of the whole corpus.
        definitions: (short, long) acronym pairs found in the documents.
        settings: threshold and the user's alias table.
        embedder: embeds each distinct name and wording of a relation once.
        schema: its relations are called by their labels, other relations are kept.
        decisions: pairs of names that are one, or stay apart, whatever else is known.
        memo: remembers pairs of names from run to run.

    Raises:
        UsageError: the user's alias table cannot be read.
        KgpipeError: the decisions contradict each other.
    """
    distinct = {triple.id: triple for triple in triples}.values()
    mentions: Counter[tuple[str, Kind]] = Counter()
    for triple in distinct:
        mentions[triple.subject, triple.subject_kind] += 1
        mentions[triple.object, triple.object_kind] += 1
    names = resolve_names_of(
        mentions, definitions=definitions, settings=settings, embedder=embedder,
        decisions=decisions, memo=memo,
    )  # fmt: skip
    relations = name_relations(
        list(distinct), schema=schema, embedder=embedder, threshold=settings.relation_threshold
    )
    claims = fold_triples(distinct, entities=names.entities, relations=relations)
    merges = describe_merges(
        names.merges, triples=distinct, listed=_listed_names(settings), embedder=embedder
    )
    return Resolution(
        entities=tuple(names.entities),
        claims=tuple(claims),
        merges=tuple(merges),
        conflicts=tuple(find_conflicts(claims, entities=names.entities, schema=schema)),
    )


def _listed_names(settings: DedupeSettings) -> frozenset[str]:
    rows = read_aliases(Path(settings.aliases)) if settings.aliases else []
    return frozenset(form_of(row.canonical).key for row in (*rows, *built_in_aliases()))
