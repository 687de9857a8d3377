import numpy as np
import pytest

from kgpipe.stats.dawid_skene import fit_voters, predict_truth


def made_votes(items: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Three voters right at .9, .8 and .6; a fifth of the votes are missing."""
    generator = np.random.default_rng(seed)
    truth = (generator.random(items) < 0.4).astype(float)
    right = generator.random((items, 3)) < np.array([0.9, 0.8, 0.6])
    votes = np.where(right, truth[:, None], 1 - truth[:, None])
    votes[generator.random((items, 3)) < 0.2] = np.nan
    return votes, truth


def test_it_finds_how_good_the_voters_are() -> None:
    votes, _ = made_votes(4000)
    model = fit_voters(votes)
    assert model.sensitivity == pytest.approx([0.9, 0.8, 0.6], abs=0.07)
    assert model.specificity == pytest.approx([0.9, 0.8, 0.6], abs=0.07)
    assert model.prevalence == pytest.approx(0.4, abs=0.05)


def test_it_beats_the_worst_and_the_plain_mean() -> None:
    votes, truth = made_votes(2000)
    chances = predict_truth(votes, fit_voters(votes))
    plain = np.nan_to_num(votes, nan=0.5).mean(axis=1)
    assert ((chances >= 0.5) == truth).mean() > ((plain >= 0.5) == truth).mean()


def test_without_votes_the_prevalence_is_all_there_is() -> None:
    votes, _ = made_votes(500)
    model = fit_voters(votes)
    assert predict_truth(np.full((1, 3), np.nan), model) == pytest.approx([model.prevalence])
