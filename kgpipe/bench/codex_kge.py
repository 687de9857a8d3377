"""Embeddings' scores of CoDEx triples, for its triple classification with hard negatives.

Safavi & Koutra, "CoDEx: A Comprehensive Knowledge Graph Completion Benchmark", EMNLP 2020, section
on triple classification. Nothing here reads a test label, and a test triple is only ever scored.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from kgpipe.backends.kge import Embedding, Recipe, TripleScores, score_triples, train
from kgpipe.bench.codex_data import Codex, NamedScores
from kgpipe.bench.codex_stack import number_relations, threshold_by_relation

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# An eighth to two fifths of the published runs' 512 dimensions (LibKGE, in the benchmark's
# repository): about 1 second an epoch on one core. All are trained by cross entropy over all
# entities, of the published ones RESCAL and ComplEx alone. Dropouts were chosen by
# `held_out_accuracy` among one to four a model.
RECIPES: Mapping[str, Recipe] = MappingProxyType(
    {
        "rescal": Recipe(
            "rescal",
            dim=128,
            spread=0.06,
            rate=0.045,
            entity_dropout=0.4,
            relation_dropout=0.2,
        ),
        "transe": Recipe("transe", dim=128, rate=0.04),
        "complex": Recipe("complex", dim=200, rate=0.1, entity_dropout=0.3, relation_dropout=0.1),
        "tucker": Recipe(
            "tucker", dim=100, relation_dim=32, rate=0.03, entity_dropout=0.3, relation_dropout=0.1
        ),
        "conve": Recipe(
            "conve",
            dim=64,
            relation_dim=8,
            loss="kvsall",
            smoothing=0.1,
            optimizer="adam",
            rate=0.003,
            entity_dropout=0.1,
            map_dropout=0.1,
            hidden_dropout=0.2,
        ),
    }
)

# Of the trainings that are averaged. By cross-validation on the valid triples (folds by subject)
# the hybrid has a log loss of .284 with one, .280 with two, .277 with three and .279 with five.
SEEDS = (1, 2, 3)
# Columns of all models that are averaged: the others have scales of their own.
_POOLED = [
    TripleScores._fields.index(name)
    for name in ("object_log_probability", "subject_log_probability")
]
TITLES = {
    "rescal": "RESCAL", "transe": "TransE", "complex": "ComplEx", "tucker": "TuckER",
    "conve": "ConvE",
}  # fmt: skip


def embedding_scores(
    codex: Codex,
    labels: Floats,
    cache: Path,
    *,
    recipes: Mapping[str, Recipe] = RECIPES,
    seeds: Sequence[int] = SEEDS,
) -> list[NamedScores]:
    """What each model says of valid and test triples, trained once and as the mean of all seeds.

    Those of the first seed are judged alone, as other authors report theirs; the means, and the
    pool of all models, enter the stacks. The pool is the mean of log-probabilities, a logarithmic
    opinion pool (Genest & Zidek, "Combining Probability Distributions", Statistical Science 1986,
    section 3). The column that any is judged by alone is the one that does best on held-out halves
    of the valid triples.

    Args:
        codex: models are trained on its `train` alone, and stopped by `held_out_accuracy`.
        labels: of its valid triples.
        cache: folder of the checkpoints, one a model and seed. A finished training is read from it,
            one that was cut off goes on.
        recipes: the models to train, by name.
        seeds: of each model's trainings.

    Raises:
        KgpipeError: the extra `kge` is missing, or a checkpoint is of another recipe or other data.
    """
    trained = {
        name: [
            _score_model(codex, labels, recipe._replace(seed=seed), cache / f"{name}-{seed}.npz")
            for seed in seeds
        ]
        for name, recipe in recipes.items()
    }
    means = {name: _mean(runs) for name, runs in trained.items()}
    pooled = _mean([(valid[:, _POOLED], test[:, _POOLED]) for valid, test in means.values()])
    title = f"mean of {len(seeds)} trainings"
    named = [(TITLES[name], runs[0], False) for name, runs in trained.items()]
    named += [(f"{TITLES[name]}, {title}", columns, True) for name, columns in means.items()]
    named.append((f"five embeddings, pooled, {title}", pooled, True))
    return [
        NamedScores(name, *_best_first(*columns, codex, labels), stacked=stacked)
        for name, columns, stacked in named
    ]


def _mean(runs: Sequence[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    valid, test = (np.mean([run[at] for run in runs], axis=0) for at in (0, 1))
    return valid, test


def held_out_accuracy(scores: Floats, labels: Floats, relations: Ints) -> float:
    """Accuracy of each half of the triples under thresholds by relation of the other half.

    Halves are every second item, so that the order of classes does not unbalance them.
    """
    count, right = int(relations.max()) + 1, 0
    half = np.arange(len(scores)) % 2 == 0
    for held_out in (half, ~half):
        cuts = threshold_by_relation(
            scores[~held_out], labels[~held_out], relations[~held_out], count=count
        )
        said = scores[held_out] >= cuts[relations[held_out]]
        right += int((said == labels[held_out]).sum())
    return right / len(scores)


def _score_model(
    codex: Codex, labels: Floats, recipe: Recipe, checkpoint: Path
) -> tuple[Floats, Floats]:
    _, (relations, _) = number_relations(codex.valid, codex.test)

    def quality(embedding: Embedding) -> float:
        columns = score_triples(embedding, codex.valid)
        return max(held_out_accuracy(column, labels, relations) for column in columns)

    model = train(codex.train, recipe=recipe, checkpoint=checkpoint, quality=quality)
    valid, test = (
        np.column_stack(score_triples(model, part)) for part in (codex.valid, codex.test)
    )
    return valid, test


def _best_first(valid: Floats, test: Floats, codex: Codex, labels: Floats) -> tuple[Floats, Floats]:
    """The columns, that of the greatest held-out accuracy in front."""
    _, (relations, _) = number_relations(codex.valid, codex.test)
    accuracies = [held_out_accuracy(column, labels, relations) for column in valid.T]
    order = np.argsort([-value for value in accuracies], kind="stable")
    return valid[:, order], test[:, order]
