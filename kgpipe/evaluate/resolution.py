"""Scores entity resolution: which names became one entity, against gold clusters of names."""

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from kgpipe.evaluate.gold import GoldName
from kgpipe.stats.intervals import Estimate, Indices, cluster_bootstrap, defined
from kgpipe.stats.metrics import b_cubed_items, harmonic_mean, pairwise_scores
from kgpipe.text.normalise import normalise_name
from kgpipe.types import Entity, Record


class Mistake(Record):
    """Two names that were wrongly merged, or wrongly kept apart."""

    left: str
    right: str
    cluster: str


class ResolutionScores(Record):
    """Entity resolution over the names that stand in gold and in the graph.

    `ambiguous` names mean several gold entities and are left out. Pairwise scores count pairs of
    names in one cluster; B-cubed scores are means over names, intervals by bootstrap over gold
    entities.
    """

    gold_names: int
    seen: int
    ambiguous: int
    pairwise_precision: float | None
    pairwise_recall: float | None
    pairwise_f1: float | None
    b_cubed_precision: Estimate
    b_cubed_recall: Estimate
    b_cubed_f1: Estimate
    wrong_merges: tuple[Mistake, ...]
    missed_merges: tuple[Mistake, ...]


def score_resolution(entities: Sequence[Entity], *, gold: Sequence[GoldName]) -> ResolutionScores:
    """Compare the entities' names with gold clusters, after `normalise_name` on both sides.

    A name that the graph spreads over several entities counts once in each of them, so that the
    split shows as a missed merge.
    """
    meanings: dict[str, set[str]] = defaultdict(set)
    for row in gold:
        meanings[normalise_name(row.name)].add(row.entity)
    wanted = {name: min(found) for name, found in meanings.items() if len(found) == 1}
    placed = sorted(
        {
            (name, entity.id)
            for entity in entities
            for name in map(normalise_name, (entity.name, *entity.names))
            if name in wanted
        }
    )
    names = [name for name, _ in placed]
    ours = [entity for _, entity in placed]
    theirs = [wanted[name] for name in names]
    canonical = {entity.id: entity.name for entity in entities}
    pairwise = pairwise_scores(theirs, ours)
    precision, recall, f1 = _score_b_cubed(theirs, ours)
    return ResolutionScores(
        gold_names=len(meanings),
        seen=len(set(names)),
        ambiguous=len(meanings) - len(wanted),
        pairwise_precision=defined(pairwise.precision),
        pairwise_recall=defined(pairwise.recall),
        pairwise_f1=defined(pairwise.f1),
        b_cubed_precision=precision,
        b_cubed_recall=recall,
        b_cubed_f1=f1,
        wrong_merges=_list_mistakes(names, together=ours, apart=theirs, shown=canonical),
        missed_merges=_list_mistakes(names, together=theirs, apart=ours, shown={}),
    )


def _score_b_cubed(gold: list[str], ours: list[str]) -> list[Estimate]:
    if not gold:
        return [Estimate(value=None)] * 3
    precisions, recalls = b_cubed_items(gold, ours)

    def means(drawn: Indices) -> tuple[float, float, float]:
        precision, recall = float(np.mean(precisions[drawn])), float(np.mean(recalls[drawn]))
        return precision, recall, harmonic_mean(precision, recall)

    return cluster_bootstrap(means, gold, shares=(0, 1))


def _list_mistakes(
    names: Sequence[str], *, together: Sequence[str], apart: Sequence[str], shown: dict[str, str]
) -> tuple[Mistake, ...]:
    """One line for each cluster of `apart` beyond the largest inside a cluster of `together`.

    Each cluster is represented by its first name; `shown` names clusters of `together` for people.
    """
    inside: dict[str, Counter[str]] = defaultdict(Counter)
    first: dict[tuple[str, str], str] = {}
    for name, whole, part in zip(names, together, apart, strict=True):
        inside[whole][part] += 1
        first.setdefault((whole, part), name)
    mistakes = []
    for whole, parts in inside.items():
        main, *others = sorted(parts, key=lambda part: (-parts[part], part))
        mistakes += [
            Mistake(
                left=first[whole, main], right=first[whole, other], cluster=shown.get(whole, whole)
            )
            for other in others
        ]
    return tuple(sorted(mistakes, key=lambda one: (one.cluster, one.left, one.right)))
