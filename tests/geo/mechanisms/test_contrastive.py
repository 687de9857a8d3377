import math
from collections.abc import Callable

import pytest

pytest.importorskip("torch", reason="the extra geo brings torch")

import torch
from torch import Tensor

from kgpipe.geo.mechanisms.contrastive import (
    cosine_distillation,
    info_nce,
    info_nce_with_queue,
    match_descriptions,
    nt_xent,
    unit,
)


def rows(count: int, seed: int, dim: int = 8) -> Tensor:
    return torch.randn(count, dim, generator=torch.Generator().manual_seed(seed))


def cosine(a: Tensor, b: Tensor) -> float:
    return float(torch.dot(a, b) / (a.norm() * b.norm()))


def picked(right: float, others: list[float], temperature: float) -> float:
    """-log of the share that the right one has of the softmax."""
    terms = [math.exp(one / temperature) for one in (right, *others)]
    return -math.log(terms[0] / sum(terms))


def test_info_nce_by_hand() -> None:
    a, b = rows(3, 1), rows(3, 2)
    there = [
        picked(cosine(a[i], b[i]), [cosine(a[i], b[j]) for j in range(3) if j != i], 0.07)
        for i in range(3)
    ]
    back = [
        picked(cosine(b[i], a[i]), [cosine(b[i], a[j]) for j in range(3) if j != i], 0.07)
        for i in range(3)
    ]
    expected = (sum(there) / 3 + sum(back) / 3) / 2
    assert info_nce(a, b, temperature=0.07).item() == pytest.approx(expected, rel=1e-5)


def test_info_nce_takes_a_learned_scale() -> None:
    a, b = rows(4, 1), rows(4, 2)
    learned = torch.tensor(math.log(1 / 0.07), requires_grad=True)
    loss = info_nce(a, b, scale=learned.exp())
    assert loss.item() == pytest.approx(info_nce(a, b, temperature=0.07).item(), rel=1e-5)
    torch.autograd.backward(loss)
    assert learned.grad is not None and learned.grad.abs() > 0


def test_info_nce_takes_one_of_temperature_and_scale() -> None:
    with pytest.raises(ValueError, match="either"):
        info_nce(rows(2, 1), rows(2, 2))
    with pytest.raises(ValueError, match="either"):
        info_nce(rows(2, 1), rows(2, 2), temperature=0.1, scale=torch.tensor(10.0))


def test_info_nce_is_symmetric_and_cares_for_the_pairing() -> None:
    a = rows(6, 1)
    b = a + 0.1 * rows(6, 2)
    paired = info_nce(a, b, temperature=0.1)
    torch.testing.assert_close(paired, info_nce(b, a, temperature=0.1))
    assert info_nce(a, b.roll(1, dims=0), temperature=0.1) > paired + 1


def test_nt_xent_by_hand() -> None:
    a, b = rows(2, 3), rows(2, 4)
    views, pair = [a[0], a[1], b[0], b[1]], [2, 3, 0, 1]
    expected = [
        picked(
            cosine(views[i], views[pair[i]]),
            [cosine(views[i], views[j]) for j in range(4) if j not in (i, pair[i])],
            0.5,
        )
        for i in range(4)
    ]
    assert nt_xent(a, b, temperature=0.5).item() == pytest.approx(sum(expected) / 4, rel=1e-5)


def test_a_queue_by_hand() -> None:
    anchor, positive, past = rows(2, 5), rows(2, 6), rows(3, 7)
    expected = [
        picked(cosine(anchor[i], positive[i]), [cosine(anchor[i], one) for one in past], 0.07)
        for i in range(2)
    ]
    found = info_nce_with_queue(anchor, positive, past, temperature=0.07)
    assert found.item() == pytest.approx(sum(expected) / 2, rel=1e-5)


def test_an_empty_queue_costs_nothing() -> None:
    anchor = rows(2, 5).requires_grad_()
    loss = info_nce_with_queue(anchor, rows(2, 6), torch.zeros(0, 8), temperature=0.07)
    torch.autograd.backward(loss)
    assert loss.item() == 0
    assert anchor.grad is not None and anchor.grad.isfinite().all()


def test_distillation_is_zero_at_the_teacher_and_leaves_it_alone() -> None:
    z, teacher = rows(3, 8).requires_grad_(), rows(3, 9).requires_grad_()
    assert cosine_distillation(z, 3 * z).item() == pytest.approx(0, abs=1e-6)
    assert cosine_distillation(z, -z).item() == pytest.approx(2, abs=1e-6)
    torch.autograd.backward(cosine_distillation(z, teacher))
    assert teacher.grad is None
    assert z.grad is not None and z.grad.abs().sum() > 0


@pytest.mark.parametrize("scale", [1e-3, 1e3])
def test_lengths_of_rows_do_not_matter(scale: float) -> None:
    a, b, past = rows(4, 1), rows(4, 2), rows(5, 3)
    losses: tuple[Callable[[Tensor], Tensor], ...] = (
        lambda x: info_nce(x, b, temperature=0.1),
        lambda x: nt_xent(x, b, temperature=0.1),
        lambda x: info_nce_with_queue(x, b, past, temperature=0.1),
        lambda x: cosine_distillation(x, b),
    )
    for loss in losses:
        torch.testing.assert_close(loss(scale * a), loss(a))


def test_a_description_of_two_tiles_is_a_negative_of_neither() -> None:
    texts, scale = rows(3, 1), torch.tensor(10.0)
    texts[1] = texts[0]
    alone = match_descriptions(texts, texts, torch.eye(3), scale=scale)
    fits = torch.tensor([[1.0, 1, 0], [1, 1, 0], [0, 0, 1]])
    shared = match_descriptions(texts, texts, fits, scale=scale)
    # Equal texts get equal logits, so it does not matter which of them is wanted.
    assert alone.item() == pytest.approx(shared.item())
    logits = 10 * torch.nn.functional.normalize(texts, dim=1)
    logits = logits @ logits.T / 10
    wanted = -(fits / fits.sum(dim=1, keepdim=True) * logits.log_softmax(dim=1)).sum(dim=1).mean()
    assert shared.item() == pytest.approx(wanted.item(), rel=1e-5)
    # A tile that is pulled away from one of its two texts pays for it.
    apart = texts.clone()
    apart[1] = -texts[1]
    assert match_descriptions(apart, texts, fits, scale=scale) > shared


def test_it_is_computed_in_float32() -> None:
    a, b = rows(4, 1).bfloat16(), rows(4, 2).bfloat16()
    assert unit(a).dtype == torch.float32
    assert info_nce(a, b, temperature=0.01).dtype == torch.float32
    assert info_nce(torch.zeros(2, 8), torch.zeros(2, 8), temperature=0.1).isfinite()


def test_it_is_computed_in_float32_under_autocast_too() -> None:
    a, past = rows(512, 1, dim=64), rows(512, 3, dim=64)
    b = a + 0.3 * rows(512, 2, dim=64)
    scale = torch.tensor(1 / 0.07, requires_grad=True)
    losses: dict[str, Callable[[Tensor], Tensor]] = {
        "info_nce": lambda x: info_nce(x, b, temperature=0.07),
        "learned scale": lambda x: info_nce(x, b, scale=scale),
        "nt_xent": lambda x: nt_xent(x, b, temperature=0.07),
        "queue": lambda x: info_nce_with_queue(x, b, past, temperature=0.07),
        "descriptions": lambda x: match_descriptions(x, b, torch.eye(len(x)), scale=scale),
        "distillation": lambda x: cosine_distillation(x, b),
    }
    for name, loss in losses.items():
        plain, cast = a.clone().requires_grad_(), a.clone().requires_grad_()
        expected = loss(plain)
        with torch.autocast("cpu", torch.bfloat16):
            found = loss(cast)
        torch.autograd.backward([expected, found])
        assert found.dtype == torch.float32, name
        # Logits of bfloat16 are off by up to 0.03 each.
        assert found.item() == pytest.approx(expected.item(), rel=1e-5), name
        assert plain.grad is not None and cast.grad is not None
        assert cast.grad.isfinite().all(), name
        torch.testing.assert_close(cast.grad, plain.grad)


def test_what_encoders_give_in_bfloat16_is_near_what_they_give_in_float32() -> None:
    a = rows(512, 1, dim=64)
    b = a + 0.3 * rows(512, 2, dim=64)
    rounded = a.bfloat16().requires_grad_()
    with torch.autocast("cpu", torch.bfloat16):
        found = info_nce(rounded, b.bfloat16(), temperature=0.07)
    assert found.item() == pytest.approx(info_nce(a, b, temperature=0.07).item(), rel=0.01)
    torch.autograd.backward(found)
    assert rounded.grad is not None and rounded.grad.isfinite().all()
