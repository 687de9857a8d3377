"""The cascade: surface names become entities, with a merge record for each step.

Names of one form are a group (`normalise`), groups that stand for one name are a node (`rewrite`),
similar nodes that no veto separates are an entity (`block`, `veto`, `cluster`). In each of them the
main name is the most frequent, then the longest, then the first in the alphabet.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from kgpipe.dedupe.aliases import built_in_aliases, read_aliases
from kgpipe.dedupe.cluster import cluster_pairs
from kgpipe.dedupe.groups import find_group_pairs
from kgpipe.dedupe.normalise import NameForm, form_of
from kgpipe.dedupe.rewrite import Reason, make_rewrites, rewrite_name
from kgpipe.dedupe.similar import find_similar
from kgpipe.dedupe.veto import Candidate, find_veto
from kgpipe.ids import content_id
from kgpipe.ports import Embedder, Memo
from kgpipe.settings import DedupeSettings
from kgpipe.text.normalise import normalise_name
from kgpipe.types import Entity, Kind, Merge

# Longer texts are no names: they are one with their own repetitions and aliases only.
MAX_NAME_CHARS = 1_000


class ResolvedNames(NamedTuple):
    """Entities and merges by id; `reasons` tells for each surface name why it is in its entity."""

    entities: list[Entity]
    merges: list[Merge]
    reasons: dict[str, str]


@dataclass(frozen=True)
class _Group:
    """Surface names of one form, the main one first."""

    names: list[str]
    reason: Reason


@dataclass(frozen=True)
class _Node:
    """Groups that stand for one name, the main one first."""

    candidate: Candidate
    groups: list[_Group]

    @property
    def main(self) -> str:
        return self.groups[0].names[0]

    @property
    def names(self) -> list[str]:
        return [name for group in self.groups for name in group.names]


def resolve_names_of(
    mentions: Mapping[tuple[str, Kind], int],
    *,
    definitions: Iterable[tuple[str, str]],
    settings: DedupeSettings,
    embedder: Embedder,
    memo: Memo | None = None,
) -> ResolvedNames:
    """Find which names are one entity.

    Each name goes into exactly one entity. Names of one form are one entity whatever their kinds,
    since extractors' kinds are noisy: the kind is that of most mentions.

    Args:
        mentions: how often each (surface name, kind) is mentioned.
        definitions: (short, long) acronym pairs found in the documents.
        settings: threshold and the user's alias table.
        embedder: embeds each node once.
        memo: remembers pairs from run to run; see `dedupe.similar`.

    Returns:
        For an entity of n names, the n - 1 merges that join them.

    Raises:
        UsageError: the user's alias table cannot be read.
    """
    counts: Counter[str] = Counter()
    for (name, _), number in mentions.items():
        counts[name] += number
    nodes = _make_nodes(counts, mentions, definitions=definitions, settings=settings)
    clusters, joined = _cluster_nodes(nodes, settings=settings, embedder=embedder, memo=memo)
    members = {
        _entity_id([nodes[row] for row in cluster]): sorted(
            (nodes[row] for row in cluster), key=lambda node: _rank(node.main, counts)
        )
        for cluster in clusters
    }
    owner = {name: key for key, parts in members.items() for node in parts for name in node.names}
    kinds = _main_kinds(owner, mentions)
    merges = [m for key, parts in members.items() for n in parts for m in _merges_within(n, key)]
    for score, left, right in joined:
        pair = nodes[left].main, nodes[right].main
        first, second = sorted(pair, key=lambda name: _rank(name, counts))
        merges.append(_make_merge(owner[first], first, second, "similar", score))
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
        {name: why for parts in members.values() for name, why in _reasons(parts).items()},
    )


def _make_nodes(
    counts: Mapping[str, int],
    mentions: Mapping[tuple[str, Kind], int],
    *,
    definitions: Iterable[tuple[str, str]],
    settings: DedupeSettings,
) -> list[_Node]:
    """Nodes in the order of their keys, so that nothing depends on the order of the input."""
    rewrites = make_rewrites(
        counts,
        definitions=definitions,
        user=read_aliases(Path(settings.aliases)) if settings.aliases else [],
        built_in=built_in_aliases(),
    )
    # Kept, since a corpus may have more names than `form_of` remembers.
    form_by_name = {name: form_of(name) for name in counts}
    names_by_key: defaultdict[str, list[str]] = defaultdict(list)
    for name, form in form_by_name.items():
        names_by_key[form.key].append(name)
    kinds = _main_kinds(
        {name: key for key, names in names_by_key.items() for name in names}, mentions
    )
    forms: dict[str, NameForm] = {}
    groups: defaultdict[str, list[_Group]] = defaultdict(list)
    for key, names in sorted(names_by_key.items()):
        names.sort(key=lambda name: _rank(name, counts))
        form, reason = rewrite_name(form_by_name[names[0]], kinds[key], rewrites)
        # Forms of one key may be spelt differently; the first in the order of keys stands for all.
        forms.setdefault(form.key, form)
        groups[form.key].append(_Group(names, reason))
    node_of = {
        name: key for key, parts in groups.items() for group in parts for name in group.names
    }
    kinds = _main_kinds(node_of, mentions)
    return [
        _Node(
            candidate=Candidate(forms[key], kinds[key], key in rewrites.listed),
            groups=sorted(parts, key=lambda group: _rank(group.names[0], counts)),
        )
        for key, parts in sorted(groups.items())
    ]


def _cluster_nodes(
    nodes: list[_Node], *, settings: DedupeSettings, embedder: Embedder, memo: Memo | None
) -> tuple[list[list[int]], list[tuple[float, int, int]]]:
    candidates = [node.candidate for node in nodes]
    rows = [
        row
        for row, candidate in enumerate(candidates)
        if candidate.form.words and len(candidate.form.text) <= MAX_NAME_CHARS
    ]
    vectors = embedder.embed([candidates[row].form.text for row in rows])

    def conflicts(left: int, right: int) -> bool:
        return find_veto(candidates[left], candidates[right]) is not None

    if settings.clustering == "pairs":
        compared = [candidates[row] for row in rows]
        found = find_similar(compared, vectors, threshold=settings.threshold, memo=memo)
    else:
        found = list(find_group_pairs(vectors, clustering=settings.clustering))
    pairs = [(score, rows[left], rows[right]) for score, left, right in found]
    return cluster_pairs(len(nodes), pairs, conflicts=conflicts)


def _entity_id(members: list[_Node]) -> str:
    # Kind is no part of the id: one more mention could tip the majority and rename the entity.
    # Names of one normal form are in one entity, so the smallest form alone tells entities apart.
    return content_id("entity", min(normalise_name(n) for node in members for n in node.names))


def _merges_within(node: _Node, entity_id: str) -> list[Merge]:
    merges = []
    for group in node.groups:
        main = group.names[0]
        if main != node.main:
            reason = group.reason or node.groups[0].reason
            merges.append(_make_merge(entity_id, node.main, main, reason, 1.0))
        merges += [
            _make_merge(entity_id, main, name, "same_normalised_form", 1.0)
            for name in group.names[1:]
        ]
    return merges


def _make_merge(entity_id: str, left: str, right: str, reason: str, score: float) -> Merge:
    return Merge(
        id=content_id("merge", left, right, reason),
        entity_id=entity_id,
        left=left,
        right=right,
        reason=reason,
        score=score,
    )


def _reasons(members: list[_Node]) -> dict[str, str]:
    """Why each name is one with the main name: the weakest step on the way."""
    reasons: dict[str, str] = {}
    for node in members:
        for group in node.groups:
            why = "same_normalised_form"
            if node is not members[0]:
                why = "similar"
            elif group is not node.groups[0]:
                why = group.reason or node.groups[0].reason
            reasons |= dict.fromkeys(group.names, why)
    reasons[members[0].main] = "canonical"
    return reasons


def _rank(name: str, counts: Mapping[str, int]) -> tuple[int, int, str]:
    return -counts[name], -len(name), name


def _main_kinds(
    owner: Mapping[str, str], mentions: Mapping[tuple[str, Kind], int]
) -> dict[str, Kind]:
    """The kind that most mentions of each owner's names have; the first in the alphabet if equal.

    Mentions without a kind do not vote.
    """
    votes: defaultdict[str, Counter[Kind]] = defaultdict(Counter)
    for (name, kind), number in mentions.items():
        if name in owner:
            votes[owner[name]][kind] += number if kind else 0
    return {
        key: min(ballot, key=lambda kind: (-ballot[kind], kind)) for key, ballot in votes.items()
    }
