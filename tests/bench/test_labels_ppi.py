import numpy as np
import pytest

from kgpipe.bench.labels_ppi import sampled_accuracy


def test_intervals_cover_the_truth_and_predictions_narrow_them() -> None:
    generator = np.random.default_rng(4)
    probabilities = generator.beta(0.4, 0.4, 1500)
    truth = (generator.random(1500) < probabilities).astype(np.float64)
    report = sampled_accuracy(probabilities, truth, repetitions=300)
    for name, true_share in (
        ("right_verdicts", ((probabilities >= 0.5) == truth).mean()),
        ("true_facts", truth.mean()),
    ):
        part = report[name]
        assert part["true_share"] == pytest.approx(true_share, abs=1e-4)
        for how in ("plain", "prediction_powered"):
            assert part[how]["coverage"] >= 0.92
            assert part[how]["mean_estimate"] == pytest.approx(true_share, abs=0.01)
        assert part["prediction_powered"]["half_width"] < 0.95 * part["plain"]["half_width"]
        assert part["labels_worth"] > 100


def test_it_repeats_with_its_seed() -> None:
    chances, truth = np.linspace(0, 1, 200), (np.arange(200) > 90).astype(np.float64)
    first = sampled_accuracy(chances, truth, labels=20, repetitions=20)
    assert first == sampled_accuracy(chances, truth, labels=20, repetitions=20)
    assert first != sampled_accuracy(chances, truth, labels=20, repetitions=20, seed=1)
