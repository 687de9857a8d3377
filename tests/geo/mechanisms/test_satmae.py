"""SatMAE's encoders over groups of bands and over dated frames."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra geo brings torch")
pytest.importorskip("einops", reason="the extra geo brings einops")

from torch import Tensor  # noqa: E402

from kgpipe.errors import UsageError  # noqa: E402
from kgpipe.geo.mechanisms.satmae import SENTINEL_2_GROUPS, GroupEncoder, TemporalEncoder  # noqa: E402
from tests.geo.exported import compare_with_onnx  # noqa: E402


@pytest.fixture
def grouped() -> GroupEncoder:
    torch.manual_seed(0)
    return GroupEncoder(
        groups=SENTINEL_2_GROUPS, dim=32, depth=2, heads=4, patch=8, size=32
    )  # fmt: skip


@pytest.fixture
def temporal() -> TemporalEncoder:
    torch.manual_seed(0)
    return TemporalEncoder(channels=3, dim=32, depth=2, heads=4, patch=8, size=32)


def dates(batch: int, frames: int) -> Tensor:
    when: Tensor = torch.tensor([[[2016 + t, 1 + t, 10.0] for t in range(frames)]] * batch)
    return when


def test_a_token_for_each_patch_of_each_group(grouped: GroupEncoder) -> None:
    tokens = grouped(torch.rand(2, 10, 32, 32))
    assert tokens.shape == (2, 3 * 16, 32)
    assert grouped.pool(tokens).shape == (2, 32)


def test_each_group_sees_its_own_bands() -> None:
    encoder = GroupEncoder(groups=[(0, 2), (1,)], dim=16, depth=0, heads=2, patch=4, size=8)
    pixels = torch.rand(1, 3, 8, 8)
    changed = pixels.clone()
    changed[:, 1] = 0
    one, other = encoder(pixels), encoder(changed)
    # Without blocks nothing is mixed: only the tokens of the second group change.
    assert torch.equal(one[:, :4], other[:, :4])
    assert (one[:, 4:] != other[:, 4:]).any(dim=-1).all()


@pytest.mark.parametrize("size", [(8, 8), (64, 64), (128, 128), (40, 24)])
def test_images_of_other_sizes_than_trained_on(
    grouped: GroupEncoder, size: tuple[int, int]
) -> None:
    tokens = grouped(torch.rand(1, 10, *size))
    assert tokens.shape == (1, 3 * size[0] * size[1] // 64, 32)
    assert torch.isfinite(tokens).all()


def test_other_sides_are_refused_with_the_remedy(
    grouped: GroupEncoder, temporal: TemporalEncoder
) -> None:
    with pytest.raises(UsageError, match="multiples of 8"):
        grouped(torch.rand(1, 10, 36, 36))
    with pytest.raises(UsageError, match="multiples of 8"):
        temporal(torch.rand(1, 2, 3, 36, 36), dates(1, 2))


def test_kept_tokens_see_one_another_only(grouped: GroupEncoder) -> None:
    pixels, keep = torch.rand(1, 10, 32, 32), torch.tensor([[47, 0, 17]])
    changed = pixels.clone()
    # Of cell 1 only the second group (tokens 16 to 31) is kept; bands 0 and 8 are of the others.
    changed[:, [0, 8], :8, 8:16] = 0
    assert torch.equal(grouped(pixels, keep), grouped(changed, keep))
    every = torch.arange(48)[None]
    torch.testing.assert_close(grouped(pixels, every), grouped(pixels))


@pytest.mark.parametrize("frames", [1, 2, 3, 7])
def test_any_number_of_frames(temporal: TemporalEncoder, frames: int) -> None:
    tokens = temporal(torch.rand(2, frames, 3, 32, 32), dates(2, frames))
    assert tokens.shape == (2, frames * 16, 32)
    assert temporal.pool(tokens).shape == (2, 32)


def test_frames_in_another_order_give_the_same_tokens_in_that_order(
    temporal: TemporalEncoder,
) -> None:
    pixels, when = torch.rand(2, 3, 3, 32, 32), dates(2, 3)
    order = [2, 0, 1]
    tokens = temporal(pixels, when).reshape(2, 3, 16, 32)
    turned = temporal(pixels[:, order], when[:, order]).reshape(2, 3, 16, 32)
    torch.testing.assert_close(turned, tokens[:, order], atol=1e-5, rtol=1e-4)


def test_the_date_of_a_frame_matters(temporal: TemporalEncoder) -> None:
    pixels = torch.rand(1, 2, 3, 32, 32)
    later = dates(1, 2) + torch.tensor([1.0, 0, 0])
    assert not torch.allclose(temporal(pixels, dates(1, 2)), temporal(pixels, later), atol=1e-4)


def test_nothing_but_weights_is_in_the_checkpoint(grouped: GroupEncoder) -> None:
    grouped(torch.rand(1, 10, 32, 32))
    assert dict(grouped.named_buffers()) == {}


def test_bfloat16_is_near_float32(grouped: GroupEncoder, temporal: TemporalEncoder) -> None:
    pixels, frames = torch.rand(2, 10, 32, 32), torch.rand(2, 2, 3, 32, 32)
    expected = grouped.pool(grouped(pixels)), temporal.pool(temporal(frames, dates(2, 2)))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = grouped.pool(grouped(pixels)), temporal.pool(temporal(frames, dates(2, 2)))
    for one, other in zip(found, expected, strict=True):
        cosines = torch.nn.functional.cosine_similarity(one.float(), other)
        assert cosines.min() > 0.999


def test_onnxruntime_agrees_for_any_batch(grouped: GroupEncoder, tmp_path: Path) -> None:
    pytest.importorskip("onnxscript", reason="the extra geo brings onnxscript")
    expected, found = compare_with_onnx(grouped, (torch.rand(5, 10, 32, 32),), tmp_path)
    assert found.shape == (5, 48, 32)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_onnxruntime_agrees_on_dated_frames(temporal: TemporalEncoder, tmp_path: Path) -> None:
    pytest.importorskip("onnxscript", reason="the extra geo brings onnxscript")
    inputs = (torch.rand(5, 2, 3, 32, 32), dates(5, 2))
    expected, found = compare_with_onnx(temporal, inputs, tmp_path)
    np.testing.assert_allclose(found, expected, atol=1e-5)
