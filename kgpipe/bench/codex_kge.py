"""Embeddings' scores of CoDEx triples, for its triple classification with hard negatives.

Safavi & Koutra, "CoDEx: A Comprehensive Knowledge Graph Completion Benchmark", EMNLP 2020, section
on triple classification. Nothing here reads a test label, and a test triple is only ever scored.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from kgpipe.backends.kge import Embedding, Fact, Recipe, TripleScores, score_triples, train
from kgpipe.stats.thresholds import held_out_accuracy

Floats = NDArray[np.float64]

# Kinds of loss and optimizer after the published runs (LibKGE's configurations in the benchmark's
# repository), in an eighth to two fifths of their 512 dimensions: 1 or 2 seconds an epoch on one
# core. ConvE learns all answers of a question at once, as its paper has it.
RECIPES: Mapping[str, Recipe] = MappingProxyType(
    {
        "rescal": Recipe("rescal", dim=128, spread=0.06, rate=0.045, relation_dropout=0.08),
        "transe": Recipe("transe", dim=128, rate=0.04),
        "complex": Recipe("complex", dim=200, rate=0.1, entity_dropout=0.08, relation_dropout=0.06),
        "tucker": Recipe("tucker", dim=100, relation_dim=32, rate=0.03, entity_dropout=0.1),
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


_POOLED = ("object_log_probability", "subject_log_probability")


class Splits(Protocol):
    """The triples of CoDEx as (subject, relation, object)."""

    @property
    def train(self) -> Sequence[Fact]: ...  # noqa: D102
    @property
    def valid(self) -> Sequence[Fact]: ...  # noqa: D102
    @property
    def valid_negatives(self) -> Sequence[Fact]: ...  # noqa: D102
    @property
    def test(self) -> Sequence[Fact]: ...  # noqa: D102
    @property
    def test_negatives(self) -> Sequence[Fact]: ...  # noqa: D102


class ScoreColumn(NamedTuple):
    """One number a triple, greater is more plausible; the positives stand before the negatives."""

    name: str
    valid: Floats
    test: Floats


def embedding_scores(
    data: Splits, cache: Path, *, recipes: Mapping[str, Recipe] = RECIPES
) -> list[ScoreColumn]:
    """Six columns a model, "MODEL.COLUMN" after `kge.TripleScores`, and their means, "pool.COLUMN".

    The mean of log-probabilities is a logarithmic opinion pool (Genest & Zidek, "Combining
    Probability Distributions", Statistical Science 1986, section 3); only those are averaged, since
    the models' scores have scales of their own.

    Args:
        data: the splits; models are trained on `train` alone, and stopped by `valid_quality`.
        cache: folder of the checkpoints, one a model. A finished training is read from it, one
            that was cut off goes on.
        recipes: the models to train, by name.

    Raises:
        KgpipeError: the extra `kge` is missing, or a checkpoint is of another recipe or other data.
    """
    columns = []
    for name, recipe in recipes.items():
        model = train(
            data.train,
            recipe=recipe,
            checkpoint=cache / f"{name}.npz",
            quality=lambda embedding: valid_quality(embedding, data),
        )
        valid = score_triples(model, [*data.valid, *data.valid_negatives])
        test = score_triples(model, [*data.test, *data.test_negatives])
        columns += [
            ScoreColumn(f"{name}.{field}", *pair)
            for field, *pair in zip(TripleScores._fields, valid, test, strict=True)
        ]
    return columns + [_pool(columns, field) for field in _POOLED]


def _pool(columns: Sequence[ScoreColumn], field: str) -> ScoreColumn:
    alike = [column for column in columns if column.name.endswith(f".{field}")]
    return ScoreColumn(
        f"pool.{field}",
        np.mean([column.valid for column in alike], axis=0),
        np.mean([column.test for column in alike], axis=0),
    )


def valid_quality(embedding: Embedding, data: Splits) -> float:
    """The best column's accuracy on validation triples, each half cut by the other half's cuts."""
    triples = [*data.valid, *data.valid_negatives]
    truth = np.repeat([1, 0], [len(data.valid), len(data.valid_negatives)])
    relations = [relation for _, relation, _ in triples]
    scores = score_triples(embedding, triples)
    return max(held_out_accuracy(column, truth, relations) for column in scores)
