"""What the decoders share: targets, the mean over removed tokens, tokens put back."""

import pytest

torch = pytest.importorskip("torch", reason="the extra geo brings torch")
pytest.importorskip("einops", reason="the extra geo brings einops")

from kgpipe.geo.mechanisms.decoder import TokenDecoder, masked_mean, normalise_patches  # noqa: E402
from kgpipe.geo.mechanisms.masking import random_masking  # noqa: E402


def test_patches_are_normalised_each_by_itself() -> None:
    patches = torch.tensor([[[1.0, 2, 3], [10, 10, 10]]])
    # Unbiased variance 1; a patch of one value becomes 0 instead of nan.
    torch.testing.assert_close(
        normalise_patches(patches), torch.tensor([[[-1.0, 0, 1], [0, 0, 0]]]), atol=1e-5, rtol=0
    )


def test_the_mean_counts_removed_tokens_only() -> None:
    errors = torch.tensor([[1.0, 5.0], [7.0, 2.0]])
    mask = torch.tensor([[True, False], [True, False]])
    assert masked_mean(errors, mask).item() == 4
    assert masked_mean(errors, torch.zeros_like(mask)).item() == 0


def test_every_place_gets_a_token_and_encodings_tell_removed_ones_apart() -> None:
    torch.manual_seed(0)
    decoder = TokenDecoder(dim=8, width=12, depth=1, heads=2)
    restore = random_masking(2, 6, ratio=0.5).restore
    kept = torch.rand(2, 3, 8)
    alike = decoder(kept, torch.zeros(6, 12), restore=restore)
    assert alike.shape == (2, 6, 12)
    removed = restore >= 3
    one, *others = alike[0][removed[0]]
    for other in others:
        torch.testing.assert_close(other, one)
    told = decoder(kept, torch.rand(6, 12), restore=restore)[0][removed[0]]
    assert not torch.allclose(told[0], told[1])
