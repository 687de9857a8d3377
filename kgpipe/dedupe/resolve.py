"""Resolution: from what texts say to what the corpus says, entities and claims."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from kgpipe.decisions import Decision
from kgpipe.dedupe.aliases import canonical_keys
from kgpipe.dedupe.audit import describe_merges
from kgpipe.dedupe.claims import fold_triples
from kgpipe.dedupe.conflicts import find_conflicts
from kgpipe.dedupe.contexts import Mention
from kgpipe.dedupe.grey import Answer, Questions
from kgpipe.dedupe.mentions import ask_about_mentions, resolve_mentions
from kgpipe.dedupe.relations import name_relations
from kgpipe.ports import Embedder, Memo
from kgpipe.schema import Schema
from kgpipe.settings import DedupeSettings
from kgpipe.types import Resolution, Triple


def resolve_triples(
    triples: Sequence[Triple],
    *,
    definitions: Sequence[tuple[str, str]],
    settings: DedupeSettings,
    embedder: Embedder,
    schema: Schema | None = None,
    decisions: Sequence[Decision] = (),
    memo: Memo | None = None,
    answers: Sequence[Answer] = (),
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
        answers: what a model said about pairs of names (see `find_questions`).

    Raises:
        UsageError: the user's alias table cannot be read.
        KgpipeError: the decisions contradict each other.
    """
    distinct = {triple.id: triple for triple in triples}.values()
    places, mentions = list_mentions(distinct)
    names = resolve_mentions(
        mentions, definitions=definitions, settings=settings, embedder=embedder,
        decisions=decisions, memo=memo, answers=answers,
    )  # fmt: skip
    ends = dict(zip(places, names.entity_of, strict=True))
    relations = name_relations(
        list(distinct), schema=schema, embedder=embedder, threshold=settings.relation_threshold
    )
    claims = fold_triples(distinct, entities=names.entities, relations=relations, ends=ends)
    merges = describe_merges(
        names.merges, triples=distinct, listed=canonical_keys(settings), embedder=embedder
    )
    return Resolution(
        entities=tuple(names.entities),
        claims=tuple(claims),
        merges=tuple(merges),
        conflicts=tuple(find_conflicts(claims, entities=names.entities, schema=schema)),
    )


def find_questions(
    triples: Sequence[Triple],
    *,
    definitions: Sequence[tuple[str, str]],
    settings: DedupeSettings,
    embedder: Embedder,
    decisions: Sequence[Decision] = (),
    memo: Memo | None = None,
) -> Questions:
    """What to ask a model before `resolve_triples`, which takes the same arguments."""
    distinct = {triple.id: triple for triple in triples}.values()
    return ask_about_mentions(
        list_mentions(distinct)[1], definitions=definitions, settings=settings, embedder=embedder,
        decisions=decisions, memo=memo,
    )  # fmt: skip


def list_mentions(triples: Iterable[Triple]) -> tuple[list[tuple[str, str]], list[Mention]]:
    """The names at both ends of each triple, by (triple id, name), with their contexts.

    The contexts of a grounded name are the triple's quote, and the names of its document: who is
    called "Bush" in a document that names Kate Bush is she.
    """
    names: defaultdict[str, set[str]] = defaultdict(set)
    for triple in triples:
        names[triple.document_id] |= {triple.subject, triple.object}
    beside = {document: "; ".join(sorted(found)) for document, found in names.items()}
    places, mentions = [], []
    for triple in triples:
        quote = triple.evidence and triple.evidence.quote
        contexts = (quote, beside[triple.document_id]) if quote else ()
        said = f"{triple.subject} {triple.predicate} {triple.object}"
        for name, kind in (
            (triple.subject, triple.subject_kind),
            (triple.object, triple.object_kind),
        ):
            places.append((triple.id, name))
            mentions.append(Mention(name, kind, contexts, said))
    return places, mentions
