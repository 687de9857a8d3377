"""The cascade: surface names become entities, with a merge record for each step.

Names of one form are a group (`normalise`), groups that stand for one name are a node (`rewrite`),
similar nodes that no veto separates are an entity (`block`, `veto`, `cluster`), which short names,
acronyms and other spellings of a place join (`short_names`, `places`), and last those that a
language model says are one (`grey`). What people decided comes before all of it (`decided`). In
each of them the main name is the most frequent, then the
longest, then the first in the alphabet.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from kgpipe.decisions import UNCONSTRAINED, Constraints
from kgpipe.dedupe.aliases import read_tables, region_words
from kgpipe.dedupe.cluster import cluster_pairs
from kgpipe.dedupe.grey import JUDGED, Answer, Questions, find_grey_pairs, join_judged
from kgpipe.dedupe.groups import find_group_pairs
from kgpipe.dedupe.joins import Clusters, Join, Key, Written, join_clusters
from kgpipe.dedupe.nodes import Group, Node, are_apart, main_kinds, rank_name
from kgpipe.dedupe.normalise import NameForm, form_of
from kgpipe.dedupe.obey import DECIDED, obey_decisions
from kgpipe.dedupe.places import join_places
from kgpipe.dedupe.rewrite import make_rewrites, rewrite_name
from kgpipe.dedupe.short_names import SHORT_NAME, common_words, join_short_names
from kgpipe.dedupe.similar import find_similar
from kgpipe.dedupe.veto import Candidate
from kgpipe.ids import content_id, entity_id
from kgpipe.ports import Embedder, Memo
from kgpipe.settings import DedupeSettings
from kgpipe.types import Entity, Kind, Merge

# Longer texts are no names: they are one with their own repetitions and aliases only.
MAX_NAME_CHARS = 1_000


class ResolvedNames(NamedTuple):
    """Entities and merges by id; `reasons` tells for each surface name why it is in its entity."""

    entities: list[Entity]
    merges: list[Merge]
    reasons: dict[str, str]


def resolve_names_of(
    mentions: Mapping[tuple[str, Kind], int],
    *,
    definitions: Iterable[tuple[str, str]],
    settings: DedupeSettings,
    embedder: Embedder,
    constraints: Constraints = UNCONSTRAINED,
    memo: Memo | None = None,
    answers: Sequence[Answer] = (),
) -> ResolvedNames:
    """Find which names are one entity.

    Each name goes into exactly one entity. Names of one form are one entity whatever their kinds,
    since extractors' kinds are noisy: the kind is that of most mentions.

    Args:
        mentions: how often each (surface name, kind) is mentioned.
        definitions: (short, long) acronym pairs found in the documents.
        settings: threshold and the user's alias table.
        embedder: embeds each node once.
        constraints: what people decided; it holds whatever else is known.
        memo: remembers pairs from run to run; see `dedupe.similar`.
        answers: what a model said about the questions of `ask_about_names`.

    Returns:
        For an entity of n names, the n - 1 merges that join them.

    Raises:
        UsageError: the user's alias table cannot be read.
    """
    nodes, certain, joined, joins, counts = _run_cascade(
        mentions, definitions=definitions, settings=settings, embedder=embedder,
        constraints=constraints, memo=memo,
    )  # fmt: skip
    clusters, judged = join_judged(nodes, certain, answers, constraints=constraints)
    certain_of = {nodes[row].main: number for number, c in enumerate(certain) for row in c}
    why_joined = {nodes[join.short].main: join.reason for join in joins}
    members = {
        _entity_id([nodes[row] for row in cluster], constraints): sorted(
            (nodes[row] for row in cluster),
            # "Murdoch" may be more frequent than Rupert Murdoch, whose name it is not.
            key=lambda n: (why_joined.get(n.main) == SHORT_NAME, *rank_name(n.main, counts)),
        )
        for cluster in clusters
    }
    owner = {name: key for key, parts in members.items() for node in parts for name in node.names}
    kinds = main_kinds(owner, mentions)
    merges = [m for key, parts in members.items() for n in parts for m in _merges_within(n, key)]
    by_likeness = [("similar", pair) for pair in joined] + [(JUDGED, pair) for pair in judged]
    for reason, (score, left, right) in by_likeness:
        pair = nodes[left].main, nodes[right].main
        first, second = sorted(pair, key=lambda name: rank_name(name, counts))
        merges.append(make_merge(owner[first], first, second, reason, score))
    for join in joins:
        long, short = nodes[join.long].main, nodes[join.short].main
        merges.append(make_merge(owner[long], long, short, join.reason, 1.0))
    return ResolvedNames(
        [
            Entity(
                id=key,
                kind=kinds[key],
                name=parts[0].main,
                names=tuple(sorted(name for node in parts for name in node.names)),
            )
            for key, parts in sorted(members.items())
        ],
        sorted(merges, key=lambda merge: merge.id),
        {
            name: why
            for parts in members.values()
            for name, why in _reasons(parts, why_joined, certain_of).items()
        },
    )


def ask_about_names(
    mentions: Mapping[tuple[str, Kind], int],
    *,
    said: Mapping[str, str],
    definitions: Iterable[tuple[str, str]],
    settings: DedupeSettings,
    embedder: Embedder,
    constraints: Constraints = UNCONSTRAINED,
    memo: Memo | None = None,
) -> Questions:
    """What to ask a model before `resolve_names_of`, which takes the same arguments.

    Args:
        mentions: how often each (surface name, kind) is mentioned.
        said: of each name a statement that it is part of, "" without one.
        definitions: (short, long) acronym pairs found in the documents.
        settings: from which cosine on, and how much, is asked.
        embedder: embeds each node.
        constraints: what people decided: about that nobody is asked.
        memo: remembers pairs from run to run.
    """
    found = _run_cascade(
        mentions, definitions=definitions, settings=settings, embedder=embedder,
        constraints=constraints, memo=memo,
    )  # fmt: skip
    return find_grey_pairs(
        found.nodes, found.clusters, said=said, candidates=_list_candidates(found.nodes),
        settings=settings, embedder=embedder, constraints=constraints,
    )  # fmt: skip


class _Cascade(NamedTuple):
    """Clusters of nodes, by row; the similar pairs and the joins by rule that made them."""

    nodes: list[Node]
    clusters: list[list[int]]
    similar: list[tuple[float, int, int]]
    joins: list[Join]
    counts: Counter[str]


def _run_cascade(
    mentions: Mapping[tuple[str, Kind], int],
    *,
    definitions: Iterable[tuple[str, str]],
    settings: DedupeSettings,
    embedder: Embedder,
    constraints: Constraints,
    memo: Memo | None,
) -> _Cascade:
    counts: Counter[str] = Counter()
    for (name, _), number in mentions.items():
        counts[name] += number
    nodes = _make_nodes(counts, mentions, definitions=definitions, settings=settings)
    nodes = obey_decisions(nodes, constraints, counts=counts, mentions=mentions)
    clusters, similar = _cluster_nodes(
        nodes, settings=settings, embedder=embedder, constraints=constraints, memo=memo
    )
    clusters, joins = _join_by_rule(
        nodes, clusters, counts=counts, constraints=constraints, regions=region_words(settings)
    )
    return _Cascade(nodes, clusters, similar, joins, counts)


def _make_nodes(
    counts: Mapping[str, int],
    mentions: Mapping[tuple[str, Kind], int],
    *,
    definitions: Iterable[tuple[str, str]],
    settings: DedupeSettings,
) -> list[Node]:
    """Nodes in the order of their keys, so that nothing depends on the order of the input."""
    user, built_in = read_tables(settings)
    rewrites = make_rewrites(
        counts,
        definitions=definitions,
        user=user,
        built_in=built_in,
    )
    # Kept, since a corpus may have more names than `form_of` remembers.
    form_by_name = {name: form_of(name) for name in counts}
    names_by_key: defaultdict[str, list[str]] = defaultdict(list)
    for name, form in form_by_name.items():
        names_by_key[form.key].append(name)
    kinds = main_kinds(
        {name: key for key, names in names_by_key.items() for name in names}, mentions
    )
    forms: dict[str, NameForm] = {}
    groups: defaultdict[str, list[Group]] = defaultdict(list)
    for key, names in sorted(names_by_key.items()):
        names.sort(key=lambda name: rank_name(name, counts))
        form, reason = rewrite_name(form_by_name[names[0]], kinds[key], rewrites)
        # Forms of one key may be spelt differently; the first in the order of keys stands for all.
        forms.setdefault(form.key, form)
        groups[form.key].append(Group(names, reason))
    node_of = {
        name: key for key, parts in groups.items() for group in parts for name in group.names
    }
    kinds = main_kinds(node_of, mentions)
    return [
        Node(
            candidates=((Candidate(forms[key], kinds[key], key in rewrites.listed),),),
            groups=sorted(parts, key=lambda group: rank_name(group.names[0], counts)),
        )
        for key, parts in sorted(groups.items())
    ]


def _list_candidates(nodes: Sequence[Node]) -> list[tuple[int, Candidate]]:
    """What nodes are compared as, with their rows; texts are no names."""
    return [
        (row, candidate)
        for row, node in enumerate(nodes)
        for agreeing in node.candidates
        for candidate in agreeing
        if candidate.form.words and len(candidate.form.text) <= MAX_NAME_CHARS
    ]


def _cluster_nodes(
    nodes: list[Node],
    *,
    settings: DedupeSettings,
    embedder: Embedder,
    constraints: Constraints,
    memo: Memo | None,
) -> tuple[list[list[int]], list[tuple[float, int, int]]]:
    candidates = _list_candidates(nodes)
    rows = [row for row, _ in candidates]
    vectors = embedder.embed([candidate.form.text for _, candidate in candidates])

    def conflicts(left: int, right: int) -> bool:
        return are_apart(nodes[left], nodes[right], constraints)

    if settings.clustering == "pairs":
        found = find_similar(
            [candidate for _, candidate in candidates],
            vectors,
            threshold=settings.threshold,
            conflicts=lambda left, right: conflicts(rows[left], rows[right]),
            # What people decided is about names that a pair does not hold.
            memo=None if constraints.block_of else memo,
        )
    else:
        found = list(find_group_pairs(vectors, clustering=settings.clustering))
    pairs = [(score, rows[left], rows[right]) for score, left, right in found]
    return cluster_pairs(len(nodes), pairs, conflicts=conflicts)


def _join_by_rule(
    nodes: list[Node],
    clusters: list[list[int]],
    *,
    counts: Mapping[str, int],
    constraints: Constraints,
    regions: frozenset[Key],
) -> tuple[list[list[int]], list[Join]]:
    """Clusters with the short names, acronyms and places joined that similarity does not see."""
    cluster_of = {row: number for number, cluster in enumerate(clusters) for row in cluster}
    written = []
    for row, node in enumerate(nodes):
        candidates = [candidate for agreeing in node.candidates for candidate in agreeing]
        written.append(
            Written(
                names=node.names,
                kind=candidates[0].kind,
                # What people said a name stands for leaves no rule a say, like a table's row.
                listed=any(candidate.listed for candidate in candidates)
                or any(reason == DECIDED for *_, reason in node.joins or ()),
                cluster=cluster_of[row],
                mentions=sum(counts[name] for name in node.names),
                blocks=node.blocks,
            )
        )
    grown = Clusters(written, separate=constraints.separate)
    joins = join_short_names(written, clusters=grown, common=common_words(counts), regions=regions)
    joins += join_places(written, clusters=grown)
    return join_clusters(clusters, joins), joins


def _entity_id(members: list[Node], constraints: Constraints) -> str:
    # Kind is no part of the id: one more mention could tip the majority and rename the entity.
    # Names of one term are in one entity, so the smallest alone tells entities apart.
    return entity_id(min(constraints.term_of(n) for m in members for n in m.names))


def _merges_within(node: Node, entity_id: str) -> list[Merge]:
    if node.joins is not None:
        return [make_merge(entity_id, *join, 1.0) for join in node.joins]
    merges = []
    for group in node.groups:
        main = group.names[0]
        if main != node.main:
            reason = group.reason or node.groups[0].reason
            merges.append(make_merge(entity_id, node.main, main, reason, 1.0))
        merges += [
            make_merge(entity_id, main, name, "same_normalised_form", 1.0)
            for name in group.names[1:]
        ]
    return merges


def make_merge(entity_id: str, left: str, right: str, reason: str, score: float) -> Merge:
    """The record of a merge; its id is that of the two names."""
    return Merge(
        # What joins them may change with what else is known; a person's answer is about the two.
        id=content_id("merge", *sorted((left, right))),
        entity_id=entity_id,
        left=left,
        right=right,
        reason=reason,
        score=score,
    )


def _reasons(
    members: list[Node], why_joined: Mapping[str, str], certain_of: Mapping[str, int]
) -> dict[str, str]:
    """Why each name is one with the main name: the weakest step on the way.

    Args:
        members: of one entity.
        why_joined: the reasons of joins by rule.
        certain_of: the clusters in which the nodes were before a model was asked.
    """
    reasons: dict[str, str] = {}
    for node in members:
        for group in node.groups:
            why = "same_normalised_form"
            if certain_of[node.main] != certain_of[members[0].main]:
                why = JUDGED
            elif node is not members[0]:
                why = why_joined.get(node.main) or why_joined.get(members[0].main) or "similar"
            elif group is not node.groups[0]:
                why = group.reason or node.groups[0].reason
            reasons |= dict.fromkeys(group.names, why)
    reasons[members[0].main] = "canonical"
    return reasons
