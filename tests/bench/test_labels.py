import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import hypergeom

from kgpipe.bench.factbench import OURS as CALIBRATED
from kgpipe.bench.factbench_data import Fact, read_factbench
from kgpipe.bench.labels import (
    ORDERS,
    OURS,
    compare_orders,
    describe_random,
    make_facts,
    review_in_batches,
    run,
)
from kgpipe.bench.labels_verdicts import VERDICTS, write_verdicts
from tests.bench.test_factbench import made_folder


def made_facts(count: int) -> list[Fact]:
    return [Fact(f"q{n:03}", f"s{n % 40}", f"p{n % 3}", f"o{n % 5}", ()) for n in range(count)]


def made_verdicts(count: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Calibrated probabilities, and which of them are on the wrong side."""
    generator = np.random.default_rng(0)
    chances = generator.beta(0.3, 0.3, size=count)
    labels = (generator.random(count) < chances).astype(float)
    return chances, ((chances >= 0.5) != (labels == 1)).astype(float)


def test_a_fact_of_the_benchmark_stands_alone() -> None:
    chances, _ = made_verdicts(60)
    facts = make_facts(made_facts(60), chances)
    assert facts.ids == tuple(f"q{n:03}" for n in range(60))
    assert set(facts.impact.tolist()) == set(facts.minutes.tolist()) == {1.0}
    assert facts.doubt == pytest.approx(np.minimum(chances, 1 - chances))
    assert not facts.labelled.any()
    assert len(set(facts.clusters["subject and object"].tolist())) == 60


def test_an_order_sees_the_labels_of_what_it_asked_for_alone() -> None:
    chances, wrong = made_verdicts(300)
    facts = make_facts(made_facts(300), chances)
    first = review_in_batches(facts, wrong, 50, batch=10)
    assert len(set(first.tolist())) == 50
    assert not facts.labelled.any()
    # What is right or wrong about facts never asked for changes nothing.
    others = np.setdiff1d(np.arange(300), first)
    flipped = wrong.copy()
    flipped[others] = 1 - flipped[others]
    assert np.array_equal(first, review_in_batches(facts, flipped, 50, batch=10))
    # Labels of the first batch change what comes after it, and only that.
    changed = wrong.copy()
    changed[first[:10]] = 1 - changed[first[:10]]
    again = review_in_batches(facts, changed, 50, batch=10)
    assert np.array_equal(first[:10], again[:10])
    assert not np.array_equal(first, again)


def test_the_orders_in_comparison() -> None:
    chances, wrong = made_verdicts(400)
    facts = make_facts(made_facts(400), chances)
    subjects = [fact.subject for fact in made_facts(400)]
    rows = compare_orders(facts, wrong, subjects, budget=50, resamples=20)
    assert list(rows) == list(ORDERS)
    expected = 50 * wrong.mean()
    for row in rows.values():
        assert row["ratio"]["value"] == pytest.approx(row["found"] / expected)
        assert row["ratio"]["low"] <= row["ratio"]["high"]
    assert rows["oracle"]["found"] == min(50, wrong.sum())
    assert rows["oracle"]["found"] >= rows[OURS]["found"]
    assert rows[OURS]["ratio"]["low"] > 1.5
    assert rows["doubt alone"]["found"] == wrong[np.argsort(-facts.doubt)[:50]].sum()


def test_a_random_order_exactly_and_by_repetition() -> None:
    wrong = np.array([1.0] * 20 + [0.0] * 180)
    found = describe_random(wrong, 50)
    assert found["expected"] == 5.0
    assert abs(found["mean_of_repetitions"] - 5) < 0.3
    assert found["low"] == hypergeom(200, 20, 50).ppf(0.025)


def test_the_whole_run_on_a_made_benchmark(tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    data.mkdir()
    made_folder(data, 60)
    report = run(data, out, resamples=5, budget=20)
    assert list(report["verdicts"]) == list(VERDICTS)
    assert json.loads((out / "report.json").read_text(encoding="utf-8")) == report
    with (out / "curves.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(VERDICTS) * len(ORDERS) * 60
    # The verdicts of the first run are used again.
    kept = (out / "verdicts.tsv").stat().st_mtime_ns
    again = run(data, out, resamples=5, budget=20)
    assert list(again["verdicts"]) == list(VERDICTS)
    assert (out / "verdicts.tsv").stat().st_mtime_ns == kept


def test_verdicts_of_a_file(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    bench, labels = read_factbench(made_folder(data, 60))
    write_verdicts({CALIBRATED: np.where(labels == 1, 0.9, 0.4)}, bench, tmp_path / "v.tsv")
    report = run(data, tmp_path / "out", verdicts=str(tmp_path / "v.tsv"), resamples=2, budget=10)
    (row,) = report["verdicts"].values()
    # No verdict is wrong, so there is nothing to find, and no ratio.
    assert row["wrong"] == 0
    assert {order["ratio"]["value"] for order in row["orders"].values()} == {None}
