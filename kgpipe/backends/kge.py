"""Knowledge graph embeddings: vectors fitted to a graph's triples, which score any triple.

torch is imported by `kge_models` and `kge_train`, which are loaded when a function here is called,
so that this module costs nothing where the extra `kge` is missing.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kgpipe.errors import KgpipeError, needs_extra

Fact = tuple[str, str, str]
Column = NDArray[np.float64]


class Recipe(NamedTuple):
    """A model and how it is trained.

    Attributes:
        model: whose scoring function.
        dim: numbers in an entity's vector; even for complex.
        relation_dim: in tucker those in a relation's vector, in conve the rows of an image.
        loss: `1vsall` cross entropy, each triple weighing the same; `kvsall` cross entropy, each
            (subject, relation) weighing the same; `bce` binary cross entropy of each entity.
        smoothing: share of a label spread over all entities, in 0..1; `1vsall` has none.
        optimizer: how gradients become steps.
        rate: learning rate of the first epoch.
        decay: factor of the rate from one epoch to the next.
        batch: (subject, relation) pairs in a step.
        entity_dropout: share of the numbers in entities' vectors left out in a step, in 0..1.
        relation_dropout: the same of relations' vectors, or of their matrices in rescal and tucker.
        map_dropout: share of conve's feature maps left out.
        hidden_dropout: the same of what its projection gives.
        spread: standard deviation of the first values.
        epochs: at most.
        check_every: epochs between two looks at the quality.
        patience: looks without a better quality after which training ends.
        seed: of first values, order and dropout.
    """

    model: Literal["rescal", "transe", "complex", "conve", "tucker"]
    dim: int
    relation_dim: int = 0
    loss: Literal["1vsall", "kvsall", "bce"] = "1vsall"
    smoothing: float = 0.0
    optimizer: Literal["adam", "adagrad"] = "adagrad"
    rate: float = 0.03
    decay: float = 1.0
    batch: int = 256
    entity_dropout: float = 0.0
    relation_dropout: float = 0.0
    map_dropout: float = 0.0
    hidden_dropout: float = 0.0
    spread: float = 0.05
    epochs: int = 80
    check_every: int = 2
    patience: int = 8
    seed: int = 1


class Embedding(NamedTuple):
    """A trained model with the names of its rows; `facts` are the numbered training triples."""

    recipe: Recipe
    entities: tuple[str, ...]
    relations: tuple[str, ...]
    parameters: dict[str, NDArray[np.float32]]
    facts: NDArray[np.int64]


class TripleScores(NamedTuple):
    """What a model says of n triples, each column (n,); greater is more plausible.

    A column of `subject` asks backwards, for the subject given relation and object. Probabilities
    and percentiles are among the entities that training did not show as another answer. All are
    nan where the model knows not all three names.
    """

    object_score: Column
    subject_score: Column
    object_log_probability: Column
    subject_log_probability: Column
    object_percentile: Column
    subject_percentile: Column


def check_installed() -> None:
    """Make sure that embeddings can be trained and read.

    Raises:
        UsageError: the extra `kge` is missing.
    """
    with needs_extra("kge", "Embedding a graph"):
        import torch  # noqa: F401


def train(
    triples: Sequence[Fact],
    *,
    recipe: Recipe,
    checkpoint: Path,
    quality: Callable[[Embedding], float] | None = None,
) -> Embedding:
    """Fit vectors to the triples, going on from the checkpoint where there is one.

    The checkpoint, an .npz of plain numbers, is replaced after each epoch: a kill costs at most
    one. On one machine with one number of threads the result is always the same, however often
    training was cut off.

    Args:
        triples: (subject, relation, object) names that are true; duplicates count once.
        recipe: the model and how it is trained.
        checkpoint: file that holds the state of this training, and its result. A recipe that
            differs in epochs, check_every or patience alone goes on with it.
        quality: says how good an embedding is, greater is better, on triples kept apart. The best
            is returned, and training ends early; without it the last is returned.

    Raises:
        KgpipeError: no triples, dimensions that do not fit the model, the extra `kge` is missing,
            or the checkpoint is of another recipe or other triples.
    """
    if not triples:
        raise KgpipeError("No triples to train an embedding on.")
    _check_dimensions(recipe)
    check_installed()
    from kgpipe.backends.kge_train import fit

    entities = tuple(sorted({name for fact in triples for name in (fact[0], fact[2])}))
    relations = tuple(sorted({fact[1] for fact in triples}))
    facts = np.unique(number_triples(triples, entities=entities, relations=relations), axis=0)
    untrained = Embedding(recipe, entities, relations, {}, facts)
    return fit(untrained, checkpoint=checkpoint, quality=quality)


def _check_dimensions(recipe: Recipe) -> None:
    rows = recipe.relation_dim
    match recipe.model:
        case "complex" if recipe.dim % 2:
            raise KgpipeError(f"complex needs an even dim, half of it imaginary: not {recipe.dim}.")
        case "tucker" if rows < 1:
            raise KgpipeError("tucker needs a relation_dim of 1 or more.")
        # Filters of 3 by 3 pass over two stacked images.
        case "conve" if rows < 2 or recipe.dim % rows or recipe.dim // rows < 3:
            raise KgpipeError(
                f"conve needs a relation_dim (rows) of 2 or more that divides dim into rows of 3 "
                f"or more: not {rows} and {recipe.dim}."
            )


def score_triples(embedding: Embedding, triples: Sequence[Fact]) -> TripleScores:
    """What the model says of triples, old or new.

    Raises:
        UsageError: the extra `kge` is missing.
    """
    check_installed()
    from kgpipe.backends.kge_train import score

    numbered = number_triples(triples, entities=embedding.entities, relations=embedding.relations)
    known = (numbered >= 0).all(axis=1)
    columns = np.full((len(TripleScores._fields), len(triples)), np.nan)
    if known.any():
        columns[:, known] = score(embedding, numbered[known])
    return TripleScores(*columns)


def number_triples(
    triples: Sequence[Fact], *, entities: Sequence[str], relations: Sequence[str]
) -> NDArray[np.int64]:
    """Rows of the names in the two lists, -1 for a name that stands in none: (n, 3)."""
    entity = {name: row for row, name in enumerate(entities)}
    relation = {name: row for row, name in enumerate(relations)}
    rows = [(entity.get(s, -1), relation.get(p, -1), entity.get(o, -1)) for s, p, o in triples]
    return np.array(rows, dtype=np.int64).reshape(-1, 3)
