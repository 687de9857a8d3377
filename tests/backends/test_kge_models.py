"""Each scoring function against its formula, written out in numpy for one triple at a time."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import correlate2d

torch = pytest.importorskip("torch", reason="the extra kge brings torch")

from kgpipe.backends.kge import Recipe  # noqa: E402
from kgpipe.backends.kge_models import score_objects, start_parameters  # noqa: E402

ENTITIES, RELATIONS = 5, 3
# Subject, relation (3 and more are inverses).
ASKED = [(0, 0), (4, 5), (2, 1), (2, 3), (1, 0)]
Arrays = dict[str, NDArray[np.float64]]


def scored(recipe: Recipe, *, training: bool = False) -> tuple[Arrays, NDArray[np.float64]]:
    torch.manual_seed(3)
    parameters = start_parameters(recipe, entities=ENTITIES, relations=RELATIONS)
    numbers = {name: value.double() for name, value in parameters.items()}
    subjects, relations = (torch.tensor(side) for side in zip(*ASKED, strict=True))
    scores = score_objects(recipe, numbers, subjects, relations, training=training)
    return {name: value.numpy() for name, value in numbers.items()}, scores.numpy()


def test_transe_is_the_negative_distance() -> None:
    weights, scores = scored(Recipe("transe", dim=4))
    e, w = weights["entities"], weights["relations"]
    for row, (s, r) in enumerate(ASKED):
        expected = [-np.linalg.norm(e[s] + w[r] - e[o]) for o in range(ENTITIES)]
        assert scores[row] == pytest.approx(expected, abs=1e-6)


def test_complex_is_the_real_part_of_the_hermitian_product() -> None:
    weights, scores = scored(Recipe("complex", dim=6))
    e, w = (x[:, :3] + 1j * x[:, 3:] for x in (weights["entities"], weights["relations"]))
    for row, (s, r) in enumerate(ASKED):
        expected = [(w[r] * e[s] * np.conj(e[o])).sum().real for o in range(ENTITIES)]
        assert scores[row] == pytest.approx(expected)


def test_rescal_is_a_bilinear_form_and_its_inverse_the_transposed() -> None:
    weights, scores = scored(Recipe("rescal", dim=4))
    e, w = weights["entities"], weights["relations"]
    for row, (s, r) in enumerate(ASKED):
        matrix = w[r] if r < RELATIONS else w[r - RELATIONS].T
        assert scores[row] == pytest.approx(e[s] @ matrix @ e.T)


def test_tucker_is_the_core_times_three_vectors() -> None:
    weights, scores = scored(Recipe("tucker", dim=4, relation_dim=2))
    e, w = weights["entities"], weights["relations"]
    expected = np.einsum("kij,ak,bi,cj->bac", weights["core"], w, e, e)
    for row, (s, r) in enumerate(ASKED):
        assert scores[row] == pytest.approx(expected[s, r])


def test_conve_convolves_the_stacked_images() -> None:
    weights, scores = scored(Recipe("conve", dim=12, relation_dim=3))
    e, w = weights["entities"], weights["relations"]
    # Normalisation by mean 0 and variance 1, with torch's 1e-5 added to the variance.
    scale = 1 / np.sqrt(1 + 1e-5)
    for row, (s, r) in enumerate(ASKED):
        image = np.vstack([e[s].reshape(3, 4), w[r].reshape(3, 4)]) * scale
        maps = [correlate2d(image, kernel[0], mode="valid") for kernel in weights["filters"]]
        flat = np.maximum(np.array(maps) * scale, 0).ravel()
        hidden = np.maximum(flat @ weights["projection"] * scale, 0)
        assert scores[row] == pytest.approx(hidden @ e.T + weights["bias"])


def test_dropout_acts_in_training_only() -> None:
    recipe = Recipe("complex", dim=6, entity_dropout=0.5)
    _, first = scored(recipe)
    _, plain = scored(recipe._replace(entity_dropout=0.0))
    _, dropped = scored(recipe, training=True)
    assert np.array_equal(first, plain)
    assert not np.allclose(first, dropped)
