"""CROMA reconstructs what was hidden from each sensor, and is told nothing about the rest."""

import pytest

torch = pytest.importorskip("torch", reason="the extra geo brings torch")
pytest.importorskip("einops", reason="the extra geo brings einops")

from torch import Tensor  # noqa: E402

from kgpipe.geo.mechanisms.croma_decoder import CromaDecoder, croma_reconstruction_loss  # noqa: E402
from kgpipe.geo.mechanisms.decoder import normalise_patches  # noqa: E402
from kgpipe.geo.mechanisms.masking import random_masking  # noqa: E402
from kgpipe.geo.mechanisms.patches import patchify  # noqa: E402

PATCH = 4


def images() -> tuple[Tensor, Tensor]:
    torch.manual_seed(1)
    return torch.rand(2, 2, 12, 12), torch.rand(2, 3, 12, 12)


def masks() -> tuple[Tensor, Tensor]:
    draw = torch.Generator().manual_seed(2)
    one, other = (random_masking(2, 9, ratio=0.6, generator=draw) for _ in range(2))
    return one.mask, other.mask


def test_the_loss_is_the_formula() -> None:
    (s1, s2), (radar, optical) = images(), masks()
    predicted = torch.randn(2, 9, 5 * PATCH**2)
    found = croma_reconstruction_loss(
        predicted, s1=s1, s2=s2, radar_mask=radar, optical_mask=optical, patch=PATCH
    )
    target = normalise_patches(patchify(torch.cat([s1, s2], dim=1), PATCH))
    squares = (predicted - target) ** 2
    own = 2 * PATCH**2
    expected = squares[..., :own][radar].mean() + squares[..., own:][optical].mean()
    torch.testing.assert_close(found, expected)


def test_kept_patches_of_each_sensor_have_no_gradient() -> None:
    (s1, s2), (radar, optical) = images(), masks()
    predicted = torch.randn(2, 9, 5 * PATCH**2, requires_grad=True)
    loss = croma_reconstruction_loss(
        predicted, s1=s1, s2=s2, radar_mask=radar, optical_mask=optical, patch=PATCH
    )
    torch.autograd.backward(loss)
    gradient, own = predicted.grad, 2 * PATCH**2
    assert gradient is not None
    assert (gradient[..., :own][~radar] == 0).all()
    assert (gradient[..., own:][~optical] == 0).all()
    assert (gradient[..., :own][radar] != 0).all()
    assert (gradient[..., own:][optical] != 0).all()


def test_the_right_answer_costs_nothing() -> None:
    (s1, s2), (radar, optical) = images(), masks()
    target = normalise_patches(patchify(torch.cat([s1, s2], dim=1), PATCH))
    loss = croma_reconstruction_loss(
        target, s1=s1, s2=s2, radar_mask=radar, optical_mask=optical, patch=PATCH
    )
    assert loss.item() == 0


def test_all_bands_of_every_patch_are_predicted_on_any_grid() -> None:
    decoder = CromaDecoder(dim=8, width=16, channels=5, patch=PATCH, heads=2)
    for rows, columns in [(3, 3), (6, 2)]:
        masking = random_masking(2, rows * columns, ratio=0.5)
        joint = torch.rand(2, masking.keep.shape[1], 8)
        predicted = decoder(joint, grid=(rows, columns), restore=masking.restore)
        assert predicted.shape == (2, rows * columns, 5 * PATCH**2)


def test_the_paper_s_decoder_has_one_block_of_eight_heads_on_512() -> None:
    decoder = CromaDecoder(dim=8, channels=14, patch=8)
    assert len(decoder.tokens.transformer.blocks) == 1
    assert decoder.tokens.transformer.heads == 8
    assert decoder.predict.in_features == 512
    assert decoder.predict.out_features == 14 * 64
