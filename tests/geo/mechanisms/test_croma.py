"""CROMA as a whole: masks, losses, larger images, and that it learns."""

from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="the extra geo brings torch")
pytest.importorskip("einops", reason="the extra geo brings einops")

from torch import Generator, Tensor  # noqa: E402

from kgpipe.errors import UsageError  # noqa: E402
from kgpipe.geo.mechanisms.alibi import alibi_2d, cross_alibi  # noqa: E402
from kgpipe.geo.mechanisms.contrastive import info_nce  # noqa: E402
from kgpipe.geo.mechanisms.croma import Croma, croma_loss  # noqa: E402
from kgpipe.geo.mechanisms.croma_decoder import croma_reconstruction_loss  # noqa: E402


def tiny(**changes: Any) -> Croma:
    torch.manual_seed(0)
    sizes = {
        "radar_channels": 2, "optical_channels": 4, "dim": 32, "depth": 2, "heads": 4, "patch": 8,
        "decoder_width": 32,
    }  # fmt: skip
    return Croma(**{**sizes, **changes})


def pairs(number: int, side: int = 32, *, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Radar and optical images that show one hidden state in their bands, under noise."""
    draw = Generator().manual_seed(seed)
    state = torch.randn(number, 4, 1, 1, generator=draw)
    ground = torch.nn.functional.interpolate(
        state + torch.randn(number, 4, 4, 4, generator=draw), size=(side, side), mode="bilinear"
    )
    # How the two sensors mix the states is the same for every seed.
    mixing = torch.randn(6, 4, generator=Generator().manual_seed(99))
    bands = torch.einsum("ck,bkhw->bchw", mixing, ground)
    bands = bands + 0.5 * torch.randn(bands.shape, generator=draw)
    return bands[:, :2], bands[:, 2:]


def test_masks_are_independent_and_joint_tokens_follow_radar() -> None:
    s1, s2 = pairs(3)
    output = tiny()(s1, s2, generator=Generator().manual_seed(1))
    assert output.radar_masking is not None
    assert output.optical_masking is not None
    assert not torch.equal(output.radar_masking.mask, output.optical_masking.mask)
    for tokens in (output.radar, output.optical, output.joint):
        assert tokens.shape == (3, 4, 32)
    for pooled in (output.radar_pooled, output.optical_pooled, output.joint_pooled):
        assert pooled.shape == (3, 32)
    torch.testing.assert_close(output.joint_pooled, output.joint.mean(dim=1))


def test_radar_asks_and_optical_answers_at_their_own_places() -> None:
    model, (s1, s2) = tiny(), pairs(3)
    output = model(s1, s2, generator=Generator().manual_seed(1))
    radar, optical = output.radar_masking, output.optical_masking
    assert radar is not None
    assert optical is not None
    torch.testing.assert_close(output.radar, model.radar(s1, radar.keep))
    torch.testing.assert_close(output.optical, model.optical(s2, optical.keep))
    bias = cross_alibi(alibi_2d(4, 4, heads=4), query_ids=radar.keep, key_ids=optical.keep)
    torch.testing.assert_close(output.joint, model.cross(output.radar, output.optical, bias))


def test_both_losses_look_where_the_masks_say() -> None:
    model, (s1, s2) = tiny(), pairs(3)
    output = model(s1, s2, generator=Generator().manual_seed(1))
    loss = croma_loss(model, output, s1=s1, s2=s2)
    radar, optical = output.radar_masking, output.optical_masking
    assert radar is not None
    assert optical is not None
    # Joint tokens stand where radar was seen, whatever the optical mask.
    predicted = model.decoder(output.joint, grid=(4, 4), restore=radar.restore)
    reconstruction = croma_reconstruction_loss(
        predicted, s1=s1, s2=s2, radar_mask=radar.mask, optical_mask=optical.mask, patch=8
    )
    torch.testing.assert_close(loss.reconstruction, reconstruction)
    projected = (
        model.project_radar(output.radar_pooled), model.project_optical(output.optical_pooled)
    )  # fmt: skip
    contrast = info_nce(*projected, scale=model.log_scale.exp())
    torch.testing.assert_close(loss.contrastive, contrast)
    torch.testing.assert_close(loss.total, contrast + reconstruction)


def test_a_generator_decides_all_that_is_random() -> None:
    model, (s1, s2) = tiny(), pairs(3)
    first, again, other = (
        model(s1, s2, generator=Generator().manual_seed(seed)).joint for seed in (1, 1, 2)
    )
    assert torch.equal(first, again)
    assert not torch.allclose(first, other)


def test_the_paper_s_depths() -> None:
    model = tiny(depth=4)
    blocks = [len(part.blocks) for part in (model.radar.transformer, model.optical.transformer)]
    assert [*blocks, len(model.cross.blocks)] == [2, 4, 2]
    assert model.log_scale.exp().item() == pytest.approx(1 / 0.07)


@pytest.mark.parametrize("side", [32, 64, 128])
def test_whole_images_of_any_size_are_encoded(side: int) -> None:
    model, (s1, s2) = tiny(), pairs(2, side)
    output = model.encode(s1, s2)
    assert output.joint.shape == (2, (side // 8) ** 2, 32)
    assert torch.isfinite(output.joint_pooled).all()


def test_sensors_of_different_resolution_are_refused() -> None:
    with pytest.raises(UsageError, match=r"\(32, 32\) pixels .* \(16, 16\)"):
        tiny().encode(torch.rand(1, 2, 32, 32), torch.rand(1, 4, 16, 16))


def test_an_edge_of_zeros_leaves_the_loss_finite() -> None:
    model, (s1, s2) = tiny(), pairs(4)
    for edge in (s1[..., :12], s2[:, :, :12], s1[0], s2[0]):
        edge.zero_()
    output = model(s1, s2, generator=Generator().manual_seed(3))
    loss = croma_loss(model, output, s1=s1, s2=s2).total
    assert torch.isfinite(loss)
    torch.autograd.backward(loss)
    for name, weight in model.named_parameters():
        assert weight.grad is not None, name
        assert torch.isfinite(weight.grad).all(), name


def test_whole_images_leave_nothing_to_reconstruct() -> None:
    model, (s1, s2) = tiny(), pairs(2)
    with pytest.raises(ValueError, match="under masks"):
        croma_loss(model, model.encode(s1, s2), s1=s1, s2=s2)


def test_trains_in_bfloat16() -> None:
    model, (s1, s2) = tiny(), pairs(4)
    losses = []
    for enabled in (False, True):
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=enabled):
            output = model(s1, s2, generator=Generator().manual_seed(4))
            losses.append(croma_loss(model, output, s1=s1, s2=s2).total)
    torch.autograd.backward(losses[1])
    assert losses[1].dtype == torch.float32
    assert losses[1].item() == pytest.approx(losses[0].item(), rel=0.02)
    assert model.radar.embed.weight.grad is not None


def trained() -> Croma:
    model = tiny()
    s1, s2 = pairs(512, seed=1)
    optimiser = torch.optim.AdamW(model.parameters(), lr=2e-3)
    draw = Generator().manual_seed(5)
    for _ in range(60):
        rows = torch.randint(512, (64,), generator=draw)
        output = model(s1[rows], s2[rows], generator=draw)
        loss = croma_loss(model, output, s1=s1[rows], s2=s2[rows]).total
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
    return model


@pytest.mark.slow
def test_it_learns_which_radar_and_optical_images_show_one_place() -> None:
    """Of 64 radar images half find theirs first, chance is one, and ten are asked for.

    At four times the side of the training images two fifths do.
    """
    model = trained()
    for side in (32, 64, 128):
        s1, s2 = pairs(64, side, seed=2)
        with torch.inference_mode():
            output = model.encode(s1, s2)
            radar = model.project_radar(output.radar_pooled)
            optical = model.project_optical(output.optical_pooled)
            cosines = torch.nn.functional.cosine_similarity(radar[:, None], optical, dim=-1)
            right, wrong = (
                info_nce(radar, other, scale=model.log_scale.exp())
                for other in (optical, optical.roll(1, dims=0))
            )
        found = cosines.argmax(dim=1) == torch.arange(64)
        assert int(found.sum()) >= 10
        # Optical images of other places raise the contrastive loss: that is what was learned.
        assert wrong > right + 1
