import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from kgpipe.evaluate.cases import Case
from kgpipe.evaluate.curves import draw_reliability, draw_risk_coverage


def cases(count: int, seed: int = 3) -> list[Case]:
    generator = np.random.default_rng(seed)
    chances = generator.random(count).round(2)
    true = generator.random(count) < chances
    return [
        Case(
            id=str(n), claim="", wording="", gold="supported" if true[n] else "refuted",
            predicted="unclear", status="ok", probability=float(chances[n]), reason="", group="",
        )
        for n in range(count)
    ]  # fmt: skip


def test_reliability_equals_scikit_learns_curve() -> None:
    made = [one for one in cases(400) if (one.probability or 0) * 10 % 1 > 0.01]
    rows = draw_reliability(made)
    shares, means = calibration_curve(
        [one.gold == "supported" for one in made], [one.probability for one in made], n_bins=10
    )
    assert [row.true.value for row in rows] == pytest.approx(shares, abs=1e-6)
    assert [row.mean_probability for row in rows] == pytest.approx(means, abs=1e-6)


def test_risk_by_hand_with_ties_together() -> None:
    told = [("supported", 0.9), ("refuted", 0.1), ("refuted", 0.8), ("supported", 0.6)]
    made = [
        case.model_copy(update={"gold": gold, "probability": chance})
        for case, (gold, chance) in zip(cases(4), told, strict=True)
    ]
    curve = draw_risk_coverage(made)
    assert [(one.coverage, one.sureness, one.risk.value) for one in curve.points] == [
        (0.5, 0.9, 0), (0.75, 0.8, pytest.approx(1 / 3)), (1, 0.6, 0.25),
    ]  # fmt: skip
    assert curve.area == pytest.approx(0.25 * (1 / 3 + 0.25), abs=1e-6)


def test_the_curve_ends_at_the_error_of_all_and_is_not_long() -> None:
    made = cases(500)
    curve = draw_risk_coverage(made)
    wrong = [(one.gold == "supported") != ((one.probability or 0) >= 0.5) for one in made]
    assert curve.points[-1].coverage == 1
    assert curve.points[-1].risk.value == pytest.approx(np.mean(wrong))
    assert len(curve.points) <= 40
    assert curve.area and curve.area < np.mean(wrong)


def test_without_probabilities_there_is_no_curve() -> None:
    bare = [case.model_copy(update={"probability": None}) for case in cases(3)]
    assert draw_risk_coverage(bare).points == ()
    assert draw_reliability(bare) == ()
