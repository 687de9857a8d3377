"""SatMAE's reconstruction of dated frames."""

import pytest

torch = pytest.importorskip("torch", reason="the extra geo brings torch")
pytest.importorskip("einops", reason="the extra geo brings einops")

from kgpipe.geo.mechanisms.decoder import normalise_patches  # noqa: E402
from kgpipe.geo.mechanisms.masking import random_masking  # noqa: E402
from kgpipe.geo.mechanisms.patches import patchify  # noqa: E402
from kgpipe.geo.mechanisms.satmae import TemporalEncoder  # noqa: E402
from kgpipe.geo.mechanisms.satmae_temporal_decoder import (  # noqa: E402
    TemporalDecoder,
    frame_reconstruction_loss,
)

PATCH = 4


@pytest.mark.parametrize("frames", [1, 3, 4])
@pytest.mark.parametrize("consistent", [False, True])
def test_reconstructs_any_number_of_frames(frames: int, consistent: bool) -> None:
    torch.manual_seed(0)
    encoder = TemporalEncoder(channels=3, dim=32, depth=1, heads=2, patch=PATCH, size=8)
    decoder = TemporalDecoder(channels=3, dim=32, patch=PATCH, width=32, depth=1, heads=2)
    pixels = torch.rand(2, frames, 3, 8, 8)
    dates = torch.tensor([[[2016.0, 5, 14]] * frames] * 2)
    masking = random_masking(2, 4, ratio=0.5, sets=frames, consistent=consistent)
    kept = encoder(pixels, dates, masking.keep)
    predicted = decoder(kept, dates, grid=(2, 2), restore=masking.restore)
    assert predicted.shape == (2, frames * 4, 3 * PATCH**2)
    loss = frame_reconstruction_loss(predicted, pixels, masking.mask, patch=PATCH)
    torch.autograd.backward(loss)
    assert all(weight.grad is not None for weight in encoder.parameters())


def test_the_right_frame_is_asked_of_each_token() -> None:
    pixels = torch.rand(2, 3, 3, 8, 8)
    mask = torch.ones(2, 12, dtype=torch.bool)
    right = torch.cat([patchify(pixels[:, t], PATCH) for t in range(3)], dim=1)
    plain = frame_reconstruction_loss(right, pixels, mask, patch=PATCH, normalise=False)
    assert plain.item() == 0
    normed = frame_reconstruction_loss(normalise_patches(right), pixels, mask, patch=PATCH)
    assert normed.item() == 0


def test_kept_tokens_have_no_gradient() -> None:
    pixels = torch.rand(2, 3, 3, 8, 8)
    mask = random_masking(2, 4, ratio=0.5, sets=3).mask
    predicted = torch.randn(2, 12, 3 * PATCH**2, requires_grad=True)
    torch.autograd.backward(frame_reconstruction_loss(predicted, pixels, mask, patch=PATCH))
    assert predicted.grad is not None
    assert (predicted.grad[~mask] == 0).all()
    assert (predicted.grad[mask] != 0).all()
