"""SatMAE's reconstruction of band groups."""

import pytest

torch = pytest.importorskip("torch", reason="the extra geo brings torch")
pytest.importorskip("einops", reason="the extra geo brings einops")

from kgpipe.geo.mechanisms.decoder import normalise_patches  # noqa: E402
from kgpipe.geo.mechanisms.masking import random_masking  # noqa: E402
from kgpipe.geo.mechanisms.patches import patchify  # noqa: E402
from kgpipe.geo.mechanisms.satmae import GroupEncoder  # noqa: E402
from kgpipe.geo.mechanisms.satmae_decoder import (  # noqa: E402
    GroupDecoder,
    group_reconstruction_loss,
    join_groups,
)

GROUPS = ((0, 3, 1), (4,))
PATCH = 4


def test_encodes_masks_and_reconstructs_into_images() -> None:
    torch.manual_seed(0)
    encoder = GroupEncoder(groups=GROUPS, dim=16, depth=1, heads=2, patch=PATCH, size=8)
    decoder = GroupDecoder(groups=GROUPS, dim=16, patch=PATCH, width=16, depth=1, heads=2)
    pixels = torch.rand(2, 5, 8, 12)
    masking = random_masking(2, 6, ratio=0.75, sets=2, generator=torch.Generator().manual_seed(1))
    kept = encoder(pixels, masking.keep)
    predicted = decoder(kept, grid=(2, 3), restore=masking.restore)
    assert [tuple(part.shape) for part in predicted] == [(2, 6, 48), (2, 6, 16)]
    images = join_groups(predicted, groups=GROUPS, channels=5, grid=(2, 3), patch=PATCH)
    assert images.shape == pixels.shape
    # No group has band 2.
    assert torch.isnan(images[:, 2]).all()
    assert torch.isfinite(images[:, [0, 1, 3, 4]]).all()
    loss = group_reconstruction_loss(predicted, pixels, masking.mask, groups=GROUPS, patch=PATCH)
    torch.autograd.backward(loss)
    assert all(weight.grad is not None for weight in encoder.parameters())


def test_patches_become_the_images_that_they_were_cut_from() -> None:
    pixels = torch.rand(2, 5, 8, 12)
    parts = [patchify(pixels[:, list(group)], PATCH) for group in GROUPS]
    images = join_groups(parts, groups=GROUPS, channels=5, grid=(2, 3), patch=PATCH)
    assert torch.equal(images[:, [0, 1, 3, 4]], pixels[:, [0, 1, 3, 4]])


@pytest.mark.parametrize("normalise", [True, False])
def test_the_loss_is_the_formula(normalise: bool) -> None:
    torch.manual_seed(0)
    pixels = torch.rand(2, 5, 8, 8)
    mask = random_masking(2, 4, ratio=0.6, sets=2).mask
    predicted = [torch.randn(2, 4, len(group) * PATCH**2) for group in GROUPS]
    total = 0.0
    for number, group in enumerate(GROUPS):
        target = patchify(pixels[:, list(group)], PATCH)
        target = normalise_patches(target) if normalise else target
        error = ((predicted[number] - target) ** 2).mean(dim=-1)
        total += float(error[mask[:, 4 * number : 4 * number + 4]].sum())
    found = group_reconstruction_loss(
        predicted, pixels, mask, groups=GROUPS, patch=PATCH, normalise=normalise
    )
    assert found.item() == pytest.approx(total / int(mask.sum()), rel=1e-5)


def test_kept_tokens_have_no_gradient() -> None:
    mask = random_masking(2, 4, ratio=0.5, sets=2).mask
    predicted = [
        torch.randn(2, 4, len(group) * PATCH**2, requires_grad=True) for group in GROUPS
    ]  # fmt: skip
    pixels = torch.rand(2, 5, 8, 8)
    loss = group_reconstruction_loss(predicted, pixels, mask, groups=GROUPS, patch=PATCH)
    torch.autograd.backward(loss)
    for part, removed in zip(predicted, mask.chunk(2, dim=1), strict=True):
        assert (part.grad[~removed] == 0).all()
        assert (part.grad[removed] != 0).all()


def test_a_group_of_one_value_leaves_the_loss_finite() -> None:
    predicted = [torch.randn(1, 4, len(group) * PATCH**2) for group in GROUPS]
    mask = torch.ones(1, 8, dtype=torch.bool)
    loss = group_reconstruction_loss(
        predicted, torch.zeros(1, 5, 8, 8), mask, groups=GROUPS, patch=PATCH
    )
    assert torch.isfinite(loss)


def test_the_paper_s_decoder_has_eight_blocks_of_sixteen_heads_on_512() -> None:
    decoder = GroupDecoder(groups=GROUPS, dim=16, patch=8)
    assert len(decoder.tokens.transformer.blocks) == 8
    assert decoder.tokens.transformer.heads == 16
    assert [layer.out_features for layer in decoder.predict] == [3 * 64, 64]
