from functools import partial

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from kgpipe.geo.measuring.metrics import average_precision
from kgpipe.geo.measuring.probe import STRENGTHS, draw_labelled, fit_probe


def _made(
    rng: np.random.Generator, rows: int = 400, width: int = 12
) -> tuple[np.ndarray, np.ndarray]:
    vectors = rng.normal(size=(rows, width)) * 3 + 1
    odds = vectors[:, 0] - 0.5 * vectors[:, 1] + rng.normal(size=rows)
    return vectors, (odds > np.quantile(odds, 0.7)).astype(np.float64)


def test_the_fit_is_that_of_scikit_learn(rng: np.random.Generator) -> None:
    vectors, outcomes = _made(rng)
    probe = fit_probe(vectors, outcomes[:, None], groups=range(400), strengths=(0.03,))
    standard = (vectors - vectors.mean(axis=0)) / vectors.std(axis=0)
    wanted = LogisticRegression(C=1 / (0.03 * 400), tol=1e-8).fit(standard, outcomes)
    assert probe.weights[0] == pytest.approx(wanted.coef_[0], abs=1e-3)
    assert probe.intercepts[0] == pytest.approx(wanted.intercept_[0], abs=1e-3)


def test_a_wide_embedding_has_the_same_minimum(rng: np.random.Generator) -> None:
    vectors, outcomes = _made(rng, width=420)
    probe = fit_probe(vectors, outcomes[:, None], groups=range(400), strengths=(0.1,))
    standard = (vectors - vectors.mean(axis=0)) / vectors.std(axis=0)
    wanted = LogisticRegression(C=1 / (0.1 * 400), tol=1e-8).fit(standard, outcomes)
    assert probe.weights[0] == pytest.approx(wanted.coef_[0], abs=2e-3)
    assert probe.intercepts[0] == pytest.approx(wanted.intercept_[0], abs=2e-3)


def test_the_strength_is_chosen_by_groups_and_not_by_rows(rng: np.random.Generator) -> None:
    # Each group has a signature of its own by which its rows are told exactly, and which says
    # nothing about other groups; only the first ten columns do, and they are noisy.
    groups = np.repeat(np.arange(24), 10)
    outcomes = (groups % 2).astype(np.float64)
    telling = outcomes[:, None] + rng.normal(size=(len(groups), 10))
    signature = rng.normal(size=(24, 24))[groups] * 0.3 + rng.normal(size=(len(groups), 24)) * 0.01
    vectors = np.column_stack([telling, signature])
    strong, weak = 10.0, 0.0001
    fit = partial(fit_probe, vectors, outcomes[:, None], strengths=(strong, weak))
    assert fit(groups=groups.tolist()).strength == strong
    assert fit(groups=range(len(groups))).strength == weak


def test_labels_share_one_strength_and_are_scored_apart(rng: np.random.Generator) -> None:
    vectors, first = _made(rng)
    labels = np.column_stack([first, (vectors[:, 2] > 1).astype(np.float64)])
    probe = fit_probe(vectors, labels, groups=(np.arange(400) // 10).tolist())
    scores = probe.score(vectors)
    assert scores.shape == (400, 2)
    assert probe.strength in STRENGTHS
    assert average_precision(scores[:, 1], labels[:, 1]) > 0.95


def test_one_group_or_a_constant_column_are_no_obstacle(rng: np.random.Generator) -> None:
    vectors, outcomes = _made(rng, 60)
    vectors[:, 3] = 7
    probe = fit_probe(vectors, outcomes[:, None], groups=["same"] * 60)
    assert np.isfinite(probe.score(vectors)).all()
    assert probe.strength == 0.01


def test_draws_keep_every_class_and_differ() -> None:
    classes = np.array([0] * 950 + [1] * 50)
    draws = list(draw_labelled(classes, 0.01, draws=3, seed=5))
    for rows in draws:
        assert np.bincount(classes[rows]).tolist() == [10, 2]
        assert len(set(rows.tolist())) == len(rows)
    assert draws[0].tolist() != draws[1].tolist()
    again = list(draw_labelled(classes, 0.01, draws=3, seed=5))
    assert all((one == other).all() for one, other in zip(draws, again, strict=True))
    assert len(next(draw_labelled(classes, 1.0, draws=1, seed=0))) == 1000
