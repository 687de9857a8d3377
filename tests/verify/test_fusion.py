import numpy as np
import pytest

from kgpipe.verify.fusion import PRIOR_SIGNALS, Inputs, fit_fusion, group_folds, predict, unfitted
from kgpipe.verify.signals import SIGNALS


def made(count: int, seed: int = 0) -> tuple[Inputs, np.ndarray, list[str]]:
    """Signals of which one tells the truth, at another level for each predicate."""
    generator = np.random.default_rng(seed)
    outcomes = (generator.random(count) < 0.5).astype(float)
    predicates = tuple(("p", "q")[number % 2] for number in range(count))
    signals = generator.normal(size=(count, len(SIGNALS)))
    level = np.array([{"p": 0.0, "q": 3.0}[name] for name in predicates])
    signals[:, SIGNALS.index("told_log")] += 2 * outcomes + level
    votes = np.where(generator.random(count) < 0.7, 2 * outcomes - 1, 0.0)
    groups = [f"s{number // 2}" for number in range(count)]
    return Inputs(predicates, signals, votes[:, None], np.zeros((count, 0))), outcomes, groups


def test_it_learns_the_level_of_each_predicate_and_weighs_votes() -> None:
    inputs, outcomes, groups = made(600)
    known, new = np.arange(400), np.arange(400, 600)
    model = fit_fusion(inputs.take(known), outcomes[known], groups[:400])
    chances = predict(inputs.take(new), model)
    assert ((chances >= 0.5) == outcomes[new]).mean() > 0.9
    mute = inputs._replace(votes=np.zeros((600, 0)))
    without = fit_fusion(mute.take(known), outcomes[known], groups[:400])
    assert ((predict(mute.take(new), without) >= 0.5) == outcomes[new]).mean() < (
        (chances >= 0.5) == outcomes[new]
    ).mean()


def test_probabilities_are_calibrated_on_new_claims() -> None:
    inputs, outcomes, groups = made(1600, seed=3)
    model = fit_fusion(inputs.take(np.arange(800)), outcomes[:800], groups[:800])
    chances = predict(inputs.take(np.arange(800, 1600)), model)
    assert chances.mean() == pytest.approx(outcomes[800:].mean(), abs=0.04)
    sure = chances > 0.9
    assert outcomes[800:][sure].mean() > 0.88


def test_without_labels_the_named_signals_decide() -> None:
    inputs, _, _ = made(50)
    plain = inputs._replace(predicates=("new",) * 50)
    model = unfitted(plain)
    more = plain.signals.copy()
    more[0, [SIGNALS.index(name) for name in PRIOR_SIGNALS]] += 1.0
    before, after = predict(plain, model), predict(plain._replace(signals=more), model)
    assert after[0] > before[0]
    assert (after[1:] == before[1:]).all()


def test_labels_of_one_class_do_not_break_it() -> None:
    inputs, _, groups = made(20)
    model = fit_fusion(inputs, np.ones(20), groups)
    chances = predict(inputs, model)
    assert np.isfinite(chances).all()
    assert (chances > 0.5).all()


def test_folds_keep_groups_together_and_ignore_row_order() -> None:
    groups = [f"g{number % 7}" for number in range(40)]
    folds = group_folds(groups, folds=3)
    assert len({(group, fold) for group, fold in zip(groups, folds.tolist(), strict=True)}) == 7
    assert (group_folds(groups[::-1], folds=3)[::-1] == folds).all()
