import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kgpipe.backends.kge import (
    Embedding,
    Fact,
    Recipe,
    TripleScores,
    check_installed,
    number_triples,
    score_triples,
    train,
)
from kgpipe.errors import KgpipeError

# Twelve people live in three towns, each town in a country of its own: what is left out follows.
PEOPLE = [(f"p{i}", "lives in", f"town {i % 3}") for i in range(12)]
HOMES = [(f"p{i}", "citizen of", f"country {i % 3}") for i in range(12)]
TOWNS = [(f"town {i}", "lies in", f"country {i}") for i in range(3)]
KEPT_APART: list[Fact] = [HOMES[4], HOMES[8]]
GRAPH: list[Fact] = [fact for fact in PEOPLE + HOMES + TOWNS if fact not in KEPT_APART]
FALSE: list[Fact] = [("p4", "citizen of", "country 0"), ("p8", "citizen of", "country 1")]

SMALL = Recipe("complex", dim=16, rate=0.1, spread=0.3, batch=8, epochs=30)
RECIPES = [
    SMALL,
    SMALL._replace(model="rescal", dim=8),
    SMALL._replace(model="transe", spread=0.5),
    SMALL._replace(model="tucker", dim=8, relation_dim=4, loss="kvsall", smoothing=0.1),
    SMALL._replace(
        model="conve", relation_dim=4, loss="bce", optimizer="adam", rate=0.02, hidden_dropout=0.1
    ),
]


@pytest.fixture
def torch() -> Any:
    return pytest.importorskip("torch", reason="the extra kge brings torch")


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.model)
@pytest.mark.usefixtures("torch")
def test_a_small_graph_is_learned(recipe: Recipe, tmp_path: Path) -> None:
    model = train(GRAPH, recipe=recipe, checkpoint=tmp_path / "model.npz")
    right = score_triples(model, KEPT_APART).object_score
    wrong = score_triples(model, FALSE).object_score
    assert (right > wrong).all()


class _Killed(BaseException):
    """Stands for a kill, which no `except Exception` sees."""


def _killer(after: int) -> Callable[[Embedding], float]:
    looks = 0

    def quality(embedding: Embedding) -> float:
        nonlocal looks
        looks += 1
        if looks > after:
            raise _Killed
        return _quality(embedding)

    return quality


def _quality(embedding: Embedding) -> float:
    return float(score_triples(embedding, KEPT_APART).object_log_probability.sum())


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.model)
@pytest.mark.usefixtures("torch")
def test_a_training_that_was_cut_off_ends_as_if_it_had_not_been(
    recipe: Recipe, tmp_path: Path
) -> None:
    recipe = recipe._replace(epochs=6, check_every=1, patience=6, entity_dropout=0.2, decay=0.9)
    whole = train(GRAPH, recipe=recipe, checkpoint=tmp_path / "whole.npz", quality=_quality)
    for looks in (1, 2):
        with pytest.raises(_Killed):
            train(GRAPH, recipe=recipe, checkpoint=tmp_path / "cut.npz", quality=_killer(looks))
    again = train(GRAPH, recipe=recipe, checkpoint=tmp_path / "cut.npz", quality=_quality)
    assert whole.parameters.keys() == again.parameters.keys()
    for name, values in whole.parameters.items():
        assert np.array_equal(values, again.parameters[name]), name


@pytest.mark.usefixtures("torch")
def test_a_finished_training_is_read_and_the_best_epoch_returned(tmp_path: Path) -> None:
    seen: list[Embedding] = []
    worth = iter([1.0, 3.0, 2.0, 2.0, 9.0])

    def quality(embedding: Embedding) -> float:
        seen.append(embedding)
        return next(worth)

    recipe = SMALL._replace(check_every=2, patience=2)
    for _ in range(2):
        best = train(GRAPH, recipe=recipe, checkpoint=tmp_path / "m.npz", quality=quality)
        # Patience ended it after the fourth look.
        assert len(seen) == 4
        assert np.array_equal(best.parameters["entities"], seen[1].parameters["entities"])


@pytest.mark.usefixtures("torch")
def test_a_training_can_be_prolonged(tmp_path: Path) -> None:
    for epochs in (2, 5):
        longer = train(
            GRAPH, recipe=SMALL._replace(epochs=epochs), checkpoint=tmp_path / "longer.npz"
        )
    whole = train(GRAPH, recipe=SMALL._replace(epochs=5), checkpoint=tmp_path / "whole.npz")
    assert np.array_equal(longer.parameters["entities"], whole.parameters["entities"])


@pytest.mark.usefixtures("torch")
def test_a_checkpoint_of_another_training_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    recipe = SMALL._replace(epochs=1)
    train(GRAPH, recipe=recipe, checkpoint=path)
    with pytest.raises(KgpipeError, match="another recipe or other triples"):
        train(GRAPH, recipe=recipe._replace(seed=2), checkpoint=path)
    with pytest.raises(KgpipeError, match="another recipe or other triples"):
        train(GRAPH[1:], recipe=recipe, checkpoint=path)
    path.write_bytes(b"PK")
    with pytest.raises(KgpipeError, match="delete it"):
        train(GRAPH, recipe=recipe, checkpoint=path)


@pytest.mark.usefixtures("torch")
def test_columns_are_among_the_entities_that_are_not_known_answers(tmp_path: Path) -> None:
    model = train(GRAPH, recipe=SMALL._replace(epochs=2), checkpoint=tmp_path / "m.npz")
    # Backwards: who lives in town 0, besides p0?
    known = {"p0", "p3", "p6", "p9"}
    rivals = score_triples(
        model, [(name, "lives in", "town 0") for name in model.entities if name not in known]
    ).subject_score
    found = score_triples(model, [("p0", "lives in", "town 0")])
    own = found.subject_score[0]
    share = np.exp(own) / (np.exp(own) + np.exp(rivals).sum())
    assert found.subject_log_probability[0] == pytest.approx(np.log(share))
    assert found.subject_percentile[0] == pytest.approx((rivals < own).mean())


@pytest.mark.usefixtures("torch")
def test_unknown_names_have_no_score(tmp_path: Path) -> None:
    model = train(GRAPH, recipe=SMALL._replace(epochs=1), checkpoint=tmp_path / "m.npz")
    found = score_triples(model, [("nobody", "lives in", "town 0"), GRAPH[0]])
    for column in found:
        assert np.isnan(column).tolist() == [True, False]
    assert all(np.isnan(column).all() for column in score_triples(model, [("a", "b", "c")]))
    assert [len(column) for column in score_triples(model, [])] == [0] * len(TripleScores._fields)


def test_numbers_of_names() -> None:
    found = number_triples([("b", "r", "a"), ("b", "q", "x")], entities="ab", relations="r")
    assert found.tolist() == [[1, 0, 0], [1, -1, -1]]


def test_no_triples(tmp_path: Path) -> None:
    with pytest.raises(KgpipeError, match="No triples"):
        train([], recipe=SMALL, checkpoint=tmp_path / "m.npz")


@pytest.mark.parametrize(
    "recipe",
    [
        SMALL._replace(dim=5),
        SMALL._replace(model="tucker"),
        SMALL._replace(model="conve"),
        SMALL._replace(model="conve", relation_dim=3),
        SMALL._replace(model="conve", relation_dim=8),
    ],
)
def test_dimensions_that_do_not_fit(recipe: Recipe, tmp_path: Path) -> None:
    with pytest.raises(KgpipeError, match=rf"{recipe.model} needs"):
        train(GRAPH, recipe=recipe, checkpoint=tmp_path / "m.npz")


def test_the_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # A module that is None in `sys.modules` is one that cannot be found.
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(KgpipeError, match=r"pip install 'kgpipe\[kge\]'"):
        check_installed()
    with pytest.raises(KgpipeError, match=r"pip install 'kgpipe\[kge\]'"):
        train(GRAPH, recipe=SMALL, checkpoint=tmp_path / "m.npz")
