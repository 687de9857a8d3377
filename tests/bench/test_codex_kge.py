from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra kge brings torch")

from kgpipe.backends.kge import Fact, Recipe, score_triples, train
from kgpipe.bench.codex_data import Codex, NamedScores
from kgpipe.bench.codex_kge import RECIPES, embedding_scores, held_out_accuracy

SMALL = {
    "complex": Recipe("complex", dim=16, rate=0.1, spread=0.3, batch=8, epochs=30, check_every=10),
    "transe": Recipe("transe", dim=8, rate=0.1, spread=0.5, batch=8, epochs=4, check_every=2),
}


def _citizens(numbers: range, *, shift: int = 0) -> list[Fact]:
    return [(f"p{i}", "citizen of", f"country {(i + shift) % 3}") for i in numbers]


HOMES: list[Fact] = [(f"p{i}", "lives in", f"town {i % 3}") for i in range(24)]
DATA = Codex(
    train=(*HOMES, *_citizens(range(12))),
    valid=(*_citizens(range(12, 18)), *_citizens(range(12, 18), shift=1)),
    test=(*_citizens(range(18, 24)), *_citizens(range(18, 24), shift=2)),
    types={},
)
LABELS = np.repeat([1.0, 0.0], 6)


def score(cache: Path, data: Codex = DATA) -> dict[str, NamedScores]:
    found = embedding_scores(data, LABELS, cache, recipes=SMALL, seeds=(1, 2))
    return {one.name: one for one in found}


def test_columns_of_each_model_part_true_from_false(tmp_path: Path) -> None:
    models = score(tmp_path)
    mean = "mean of 2 trainings"
    assert {name: one.stacked for name, one in models.items()} == {
        "ComplEx": False,
        "TransE": False,
        f"ComplEx, {mean}": True,
        f"TransE, {mean}": True,
        f"five embeddings, pooled, {mean}": True,
    }
    best = models["ComplEx"]
    assert best.valid.shape == best.test.shape == (12, 6)
    assert best.test[:6, 0].min() > best.test[6:, 0].max()
    assert models[f"ComplEx, {mean}"].test.shape == (12, 6)
    assert models[f"five embeddings, pooled, {mean}"].test.shape == (12, 2)


def test_columns_are_read_from_the_cache(tmp_path: Path) -> None:
    first = score(tmp_path)
    written = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert {path.name for path in written} == {
        f"{name}-{seed}.npz" for name in SMALL for seed in (1, 2)
    }
    again = score(tmp_path)
    assert all(np.array_equal(first[name].test, again[name].test) for name in first)
    assert written == {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}


def test_what_is_judged_does_not_reach_the_training(tmp_path: Path) -> None:
    whole, other = tmp_path / "whole", tmp_path / "other"
    score(whole)
    score(other, DATA._replace(test=DATA.test[:1]))
    for name in SMALL:
        with np.load(whole / f"{name}-1.npz") as ours, np.load(other / f"{name}-1.npz") as theirs:
            assert ours.files == theirs.files
            assert all(np.array_equal(ours[key], theirs[key]) for key in ours.files)


def test_each_half_is_judged_by_the_others_threshold() -> None:
    labels = np.array([1.0, 1.0, 0.0, 0.0] * 4)
    relations = np.zeros(16, dtype=np.int64)
    assert held_out_accuracy(labels + 0.5, labels, relations) == 1.0
    assert held_out_accuracy(-labels, labels, relations) == 0.5


def test_the_five_recipes_can_be_trained(tmp_path: Path) -> None:
    assert list(RECIPES) == ["rescal", "transe", "complex", "tucker", "conve"]
    for name, recipe in RECIPES.items():
        assert recipe.model == name
        model = train(DATA.train, recipe=recipe._replace(epochs=1), checkpoint=tmp_path / name)
        assert np.isfinite(score_triples(model, DATA.test)).all()
