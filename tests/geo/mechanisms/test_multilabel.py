from collections.abc import Callable

import pytest

pytest.importorskip("torch", reason="the extra geo brings torch")

import torch
from torch import Tensor
from torch.nn import functional

from kgpipe.geo.mechanisms.multilabel import Weighting, jaccard, multilabel_supcon, overlap


def squared(labels: Tensor) -> Tensor:
    """A similarity of the user's own."""
    return jaccard(labels) ** 2


WEIGHTINGS: tuple[Weighting, ...] = ("jaccard", "any", "per_label", squared)
every = pytest.mark.parametrize(
    "weighting", WEIGHTINGS, ids=lambda one: one if isinstance(one, str) else one.__name__
)
LABELS = torch.tensor(
    [[1, 1, 0, 0], [1, 0, 0, 0], [0, 1, 1, 0], [1, 1, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0]]
)


def rows(count: int, seed: int = 1) -> Tensor:
    return torch.randn(count, 8, generator=torch.Generator().manual_seed(seed))


def log_shares(z: Tensor, i: int, temperature: float) -> dict[int, Tensor]:
    """log softmax_{a != i}(z_i z_a / T), term by term."""
    z = functional.normalize(z)
    others = [a for a in range(len(z)) if a != i]
    whole = torch.stack([z[i] @ z[a] / temperature for a in others]).exp().sum().log()
    return {p: z[i] @ z[p] / temperature - whole for p in others}


def supcon(z: Tensor, classes: list[int], temperature: float) -> Tensor:
    """Khosla et al., equation 2, as loops; anchors without a positive are left out."""
    found = []
    for i, own in enumerate(classes):
        shares = log_shares(z, i, temperature)
        positives = [p for p in shares if classes[p] == own]
        if positives:
            found.append(-sum((shares[p] for p in positives), torch.zeros(())) / len(positives))
    return torch.stack(found).mean()


@every
def test_equals_supcon_when_labels_are_one_hot(weighting: Weighting) -> None:
    classes = [0, 1, 0, 2, 1, 0, 3]
    z, labels = rows(7), functional.one_hot(torch.tensor(classes))
    found = multilabel_supcon(z, labels, weighting=weighting, temperature=0.2)
    torch.testing.assert_close(found, supcon(z, classes, 0.2))


def test_jaccard_by_hand() -> None:
    # Rows 0 and 3 are the same, 0 and 1 share 1 of 2; row 2 shares 1 of 3 and has no positive.
    z = rows(6)
    shares = [log_shares(z, i, 0.1) for i in range(6)]
    expected = [
        -(0.5 * shares[0][1] + shares[0][3]) / 2,
        -(0.5 * shares[1][0] + 0.5 * shares[1][3]) / 2,
        -(shares[3][0] + 0.5 * shares[3][1]) / 2,
    ]
    torch.testing.assert_close(multilabel_supcon(z, LABELS), torch.stack(expected).mean())


def test_per_label_by_hand() -> None:
    # Label 0: rows 0, 1, 3; label 1: rows 0, 2, 3; labels 2 and 3 have one row each.
    z = rows(6)
    shares = [log_shares(z, i, 0.1) for i in range(6)]
    expected = [
        -((shares[0][1] + shares[0][3]) / 2 + (shares[0][2] + shares[0][3]) / 2) / 2,
        -(shares[1][0] + shares[1][3]) / 2,
        -(shares[2][0] + shares[2][3]) / 2,
        -((shares[3][0] + shares[3][1]) / 2 + (shares[3][0] + shares[3][2]) / 2) / 2,
    ]
    found = multilabel_supcon(z, LABELS, weighting="per_label")
    torch.testing.assert_close(found, torch.stack(expected).mean())


@pytest.mark.parametrize("similarity", [jaccard, overlap])
def test_disjoint_labels_have_no_weight(similarity: Callable[[Tensor], Tensor]) -> None:
    found = similarity(LABELS.float())
    assert found[0, 4] == found[1, 2] == found[5, 0] == found[5, 5] == 0
    torch.testing.assert_close(found, found.T)


@every
def test_disjoint_labels_pull_nothing_together(weighting: Weighting) -> None:
    z = rows(4).requires_grad_()
    loss = multilabel_supcon(z, torch.eye(4), weighting=weighting, threshold=0.0)
    torch.autograd.backward(loss)
    assert loss.item() == 0
    assert z.grad is not None and not z.grad.any()


@every
def test_columns_may_stand_in_any_order(weighting: Weighting) -> None:
    z, order = rows(6), torch.tensor([2, 0, 3, 1])
    found = multilabel_supcon(z, LABELS[:, order], weighting=weighting)
    torch.testing.assert_close(found, multilabel_supcon(z, LABELS, weighting=weighting))


@every
def test_rows_may_stand_in_any_order(weighting: Weighting) -> None:
    z, order = rows(6), torch.tensor([4, 2, 0, 5, 1, 3])
    found = multilabel_supcon(z[order], LABELS[order], weighting=weighting)
    torch.testing.assert_close(found, multilabel_supcon(z, LABELS, weighting=weighting))


@every
def test_anchors_without_a_positive_are_skipped_but_stay_negatives(weighting: Weighting) -> None:
    z, labels = rows(5), torch.tensor([[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 0], [0, 0, 1]])
    anchors = [-log_shares(z, 0, 0.1)[1], -log_shares(z, 1, 0.1)[0]]
    found = multilabel_supcon(z, labels, weighting=weighting)
    torch.testing.assert_close(found, torch.stack(anchors).mean())


@every
@pytest.mark.parametrize("labels", [torch.zeros(3, 2), torch.eye(3), torch.ones(1, 2)])
def test_no_positives_at_all_is_zero_and_never_nan(weighting: Weighting, labels: Tensor) -> None:
    z = rows(len(labels)).requires_grad_()
    loss = multilabel_supcon(z, labels, weighting=weighting)
    torch.autograd.backward(loss)
    assert loss.item() == 0
    assert z.grad is not None and z.grad.isfinite().all()


@every
def test_equal_rows_give_finite_gradients(weighting: Weighting) -> None:
    z = torch.ones(4, 8).requires_grad_()
    torch.autograd.backward(multilabel_supcon(z, LABELS[:4], weighting=weighting, temperature=0.01))
    assert z.grad is not None and z.grad.isfinite().all()


def test_a_threshold_decides_who_is_similar() -> None:
    z = rows(6)
    strict = multilabel_supcon(z, LABELS, threshold=0.9)
    shares = [log_shares(z, i, 0.1) for i in (0, 3)]
    expected = -(shares[0][3] + shares[1][0]) / 2
    torch.testing.assert_close(strict, expected)


def test_training_on_it_brings_like_labels_together() -> None:
    z = rows(12).requires_grad_()
    labels = torch.tensor([[1, 1, 0], [1, 0, 0], [0, 0, 1]]).repeat(4, 1)
    optimiser = torch.optim.Adam([z], lr=0.1)
    for _ in range(100):
        optimiser.zero_grad()
        torch.autograd.backward(multilabel_supcon(z, labels, temperature=0.5))
        optimiser.step()
    cosines = functional.normalize(z.detach()) @ functional.normalize(z.detach()).T
    similar = jaccard(labels.float())
    same, half, none = (cosines[similar == one].mean() for one in (1.0, 0.5, 0.0))
    assert same > half > none + 0.3


@every
def test_it_is_computed_in_float32_under_autocast_too(weighting: Weighting) -> None:
    generator = torch.Generator().manual_seed(2)
    z = torch.randn(512, 64, generator=generator)
    labels = (torch.rand(512, 19, generator=generator) < 0.2).long()
    plain, cast = z.clone().requires_grad_(), z.clone().requires_grad_()
    expected = multilabel_supcon(plain, labels, weighting=weighting, temperature=0.07)
    with torch.autocast("cpu", torch.bfloat16):
        found = multilabel_supcon(cast, labels, weighting=weighting, temperature=0.07)
    torch.autograd.backward([expected, found])
    assert found.dtype == torch.float32
    assert found.item() == pytest.approx(expected.item(), rel=1e-5)
    assert cast.grad is not None and cast.grad.isfinite().all()
    torch.testing.assert_close(cast.grad, plain.grad)
