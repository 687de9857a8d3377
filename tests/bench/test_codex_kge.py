from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra kge brings torch")

from kgpipe.backends.kge import Fact, Recipe, score_triples, train
from kgpipe.bench.codex_kge import RECIPES, embedding_scores, valid_quality

SMALL = {
    "complex": Recipe("complex", dim=16, rate=0.1, spread=0.3, batch=8, epochs=30, check_every=10),
    "transe": Recipe("transe", dim=8, rate=0.1, spread=0.5, batch=8, epochs=4, check_every=2),
}


class _Splits(NamedTuple):
    train: list[Fact]
    valid: list[Fact]
    valid_negatives: list[Fact]
    test: list[Fact]
    test_negatives: list[Fact]


def _citizens(numbers: range, *, shift: int = 0) -> list[Fact]:
    return [(f"p{i}", "citizen of", f"country {(i + shift) % 3}") for i in numbers]


HOMES: list[Fact] = [(f"p{i}", "lives in", f"town {i % 3}") for i in range(24)]
DATA = _Splits(
    train=HOMES + _citizens(range(12)),
    valid=_citizens(range(12, 18)),
    valid_negatives=_citizens(range(12, 18), shift=1),
    test=_citizens(range(18, 24)),
    test_negatives=_citizens(range(18, 24), shift=2),
)


def test_columns_of_each_model_part_true_from_false(tmp_path: Path) -> None:
    columns = {column.name: column for column in embedding_scores(DATA, tmp_path, recipes=SMALL)}
    assert len(columns) == 2 * 6 + 2
    column = columns["complex.object_log_probability"]
    assert column.valid.shape == column.test.shape == (12,)
    assert column.test[:6].min() > column.test[6:].max()
    other = columns["transe.object_log_probability"]
    pool = columns["pool.object_log_probability"]
    assert pool.valid == pytest.approx((column.valid + other.valid) / 2)


def test_columns_are_read_from_the_cache(tmp_path: Path) -> None:
    first = embedding_scores(DATA, tmp_path, recipes=SMALL)
    written = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert {path.name for path in written} == {"complex.npz", "transe.npz"}
    for before, after in zip(first, embedding_scores(DATA, tmp_path, recipes=SMALL), strict=True):
        assert before.name == after.name
        assert np.array_equal(before.test, after.test)
    assert written == {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}


def test_quality_is_measured_on_validation_triples_alone(tmp_path: Path) -> None:
    model = train(DATA.train, recipe=SMALL["complex"], checkpoint=tmp_path / "m.npz")
    blind = DATA._replace(test=[], test_negatives=[])
    assert valid_quality(model, DATA) == valid_quality(model, blind) == 1.0
    swapped = DATA._replace(valid=DATA.valid_negatives, valid_negatives=DATA.valid)
    assert valid_quality(model, swapped) < 1.0


def test_the_five_recipes_can_be_trained(tmp_path: Path) -> None:
    assert list(RECIPES) == ["rescal", "transe", "complex", "tucker", "conve"]
    for name, recipe in RECIPES.items():
        assert recipe.model == name
        model = train(DATA.train, recipe=recipe._replace(epochs=1), checkpoint=tmp_path / name)
        assert np.isfinite(score_triples(model, DATA.test)).all()
