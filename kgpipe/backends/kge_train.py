"""Trains an embedding epoch by epoch, each ending in a checkpoint, and scores triples with it."""

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from kgpipe.backends.kge import Embedding, Recipe
from kgpipe.backends.kge_checkpoint import Progress, read_progress, write_progress
from kgpipe.backends.kge_models import COUNTED, Parameters, score_objects, start_parameters
from kgpipe.backends.kge_queries import (
    Ints,
    Queries,
    find_queries,
    group_queries,
    known_objects,
    with_inverses,
)

_log = logging.getLogger(__name__)
# Triples scored at once: a table of this many rows and all entities.
_SCORED_ROWS = 512


def fit(
    untrained: Embedding, *, checkpoint: Path, quality: Callable[[Embedding], float] | None
) -> Embedding:
    """Train until the recipe's end; see `kge.train`.

    Args:
        untrained: an embedding without parameters.
        checkpoint: file to go on from, and to write.
        quality: of an embedding, greater is better.
    """
    recipe = untrained.recipe
    progress = read_progress(checkpoint, of=untrained) or _start(untrained)
    queries = group_queries(untrained.facts, relations=len(untrained.relations))
    while not _is_over(progress, recipe):
        # All chance is drawn anew in each epoch, so that a checkpoint needs no generator's state.
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(_seed(recipe, progress.epoch + 1))
            progress = _run_epoch(progress, untrained, queries)
        if quality and (progress.epoch % recipe.check_every == 0 or _is_over(progress, recipe)):
            found = quality(untrained._replace(parameters=progress.parameters))
            progress = _compare(progress, found)
            _log.info("%s epoch %d quality %.4f", recipe.model, progress.epoch, found)
        write_progress(checkpoint, progress, of=untrained)
    return untrained._replace(parameters=progress.best or progress.parameters)


def _start(untrained: Embedding) -> Progress:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(_seed(untrained.recipe, 0))
        parameters = start_parameters(
            untrained.recipe,
            entities=len(untrained.entities),
            relations=len(untrained.relations),
        )
    return Progress(
        parameters={name: value.numpy() for name, value in parameters.items()},
        optimizer={},
        epoch=0,
        best={},
        best_quality=-np.inf,
        idle_checks=0,
    )


def _seed(recipe: Recipe, epoch: int) -> int:
    # More epochs than any training has, so that two seeds share no epoch.
    return recipe.seed * 1_000_003 + epoch


def _is_over(progress: Progress, recipe: Recipe) -> bool:
    return progress.epoch >= recipe.epochs or progress.idle_checks >= recipe.patience


def _compare(progress: Progress, found: float) -> Progress:
    if found > progress.best_quality:
        return progress._replace(best=progress.parameters, best_quality=found, idle_checks=0)
    return progress._replace(idle_checks=progress.idle_checks + 1)


def _run_epoch(progress: Progress, untrained: Embedding, queries: Queries) -> Progress:
    recipe = untrained.recipe
    parameters = {name: torch.tensor(value) for name, value in progress.parameters.items()}
    optimizer = _make_optimizer(recipe, parameters, progress)
    order = torch.randperm(len(queries.subjects)).numpy()
    batches = np.array_split(order, -(-len(order) // recipe.batch))
    # The mean over all answers, or over all queries, of the graph: batches differ in answers.
    share = len(batches) / (len(queries.objects) if recipe.loss == "1vsall" else len(order))
    total = 0.0
    for rows in batches:
        scores = score_objects(
            recipe,
            parameters,
            torch.from_numpy(queries.subjects[rows]),
            torch.from_numpy(queries.relations[rows]),
            training=True,
        )
        answers = known_objects(queries, rows, entities=len(untrained.entities))
        loss = _sum_loss(recipe, scores, torch.from_numpy(answers)) * share
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
        total += loss.item() / len(batches)
    _log.info("%s epoch %d loss %.4f", recipe.model, progress.epoch + 1, total)
    return progress._replace(
        epoch=progress.epoch + 1,
        parameters={name: value.detach().numpy() for name, value in parameters.items()},
        optimizer=_optimizer_state(optimizer),
    )


def _sum_loss(recipe: Recipe, scores: Tensor, answers: Tensor) -> Tensor:
    """Summed over the rows of scores and answers, both (n, entities)."""
    if recipe.loss == "1vsall":
        return -(functional.log_softmax(scores, dim=1) * answers).sum()
    if recipe.loss == "kvsall":
        answers = answers / answers.sum(dim=1, keepdim=True)
    labels = (1 - recipe.smoothing) * answers + recipe.smoothing / answers.shape[1]
    if recipe.loss == "kvsall":
        return -(functional.log_softmax(scores, dim=1) * labels).sum()
    return (
        functional.binary_cross_entropy_with_logits(scores, labels, reduction="none").mean(1).sum()
    )


# ---------------------------------------------------------------- optimizer


def _make_optimizer(
    recipe: Recipe, parameters: Parameters, progress: Progress
) -> torch.optim.Optimizer:
    learned = [
        parameters[name].requires_grad_()
        for name in sorted(parameters)
        if not name.startswith(COUNTED)
    ]
    kind = torch.optim.Adam if recipe.optimizer == "adam" else torch.optim.Adagrad
    optimizer = kind(learned, lr=recipe.rate * recipe.decay**progress.epoch)
    if progress.optimizer:
        state: dict[int, dict[str, Tensor]] = {}
        for key, value in progress.optimizer.items():
            number, _, name = key.partition("/")
            state.setdefault(int(number), {})[name] = torch.tensor(value)
        optimizer.load_state_dict(optimizer.state_dict() | {"state": state})
    return optimizer


def _optimizer_state(optimizer: torch.optim.Optimizer) -> dict[str, NDArray[np.float32]]:
    return {
        f"{number}/{name}": value.numpy()
        for number, values in optimizer.state_dict()["state"].items()
        for name, value in values.items()
    }


# ---------------------------------------------------------------- scoring


def score(embedding: Embedding, triples: Ints) -> NDArray[np.float64]:
    """The columns of `kge.TripleScores` for numbered triples, (n, 3): (6, n)."""
    relations = len(embedding.relations)
    parameters = {name: torch.from_numpy(value) for name, value in embedding.parameters.items()}
    queries = group_queries(embedding.facts, relations=relations)
    asked = with_inverses(triples, relations=relations)
    chunks = [asked[at : at + _SCORED_ROWS] for at in range(0, len(asked), _SCORED_ROWS)]
    with torch.no_grad():
        found = [_score_forwards(embedding.recipe, parameters, queries, chunk) for chunk in chunks]
    # (3, 2n) -> (3, 2, n) -> score, log-probability and percentile, each of object and subject.
    return np.concatenate(found, axis=1).reshape(6, len(triples))


def _score_forwards(
    recipe: Recipe, parameters: Parameters, queries: Queries, triples: Ints
) -> NDArray[np.float64]:
    subjects, relations, objects = triples.T
    scores = score_objects(
        recipe,
        parameters,
        torch.from_numpy(subjects.copy()),
        torch.from_numpy(relations.copy()),
        training=False,
    )
    scores = scores.double()
    each = np.arange(len(triples))
    own = scores[each, objects]
    rows = find_queries(queries, subjects, relations)
    known = np.zeros(scores.shape, dtype=bool)
    known[rows >= 0] = known_objects(queries, rows[rows >= 0], entities=scores.shape[1]) > 0
    known[each, objects] = False
    rivals = scores.masked_fill(torch.from_numpy(known), -torch.inf)
    log_probability = own - rivals.logsumexp(dim=1)
    open_places = torch.from_numpy((~known).sum(axis=1) - 1).clamp_min(1)
    beaten = (rivals < own[:, None]).sum(dim=1) - torch.from_numpy(known.sum(axis=1))
    columns = torch.stack([own, log_probability, beaten / open_places])
    return np.asarray(columns.numpy(), dtype=np.float64)
