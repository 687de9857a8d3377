"""The encoders of CROMA know distances only, and take images of any size."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra geo brings torch")
pytest.importorskip("einops", reason="the extra geo brings einops")

from torch import Tensor  # noqa: E402

from kgpipe.errors import UsageError  # noqa: E402
from kgpipe.geo.mechanisms.alibi import alibi_2d  # noqa: E402
from kgpipe.geo.mechanisms.croma_encoders import CrossBlock, CrossEncoder, SensorEncoder  # noqa: E402
from tests.geo.exported import compare_with_onnx  # noqa: E402


@pytest.fixture
def encoder() -> SensorEncoder:
    torch.manual_seed(0)
    return SensorEncoder(channels=2, dim=32, depth=2, heads=4, patch=8)


def test_one_token_a_patch_and_one_vector_an_image(encoder: SensorEncoder) -> None:
    tokens = encoder(torch.rand(3, 2, 32, 48))
    assert tokens.shape == (3, 24, 32)
    assert encoder.pool(tokens).shape == (3, 32)


@pytest.mark.parametrize("size", [(8, 8), (32, 32), (64, 64), (128, 128), (40, 72)])
def test_any_multiple_of_the_patch_will_do(encoder: SensorEncoder, size: tuple[int, int]) -> None:
    tokens = encoder(torch.rand(1, 2, *size))
    assert tokens.shape == (1, size[0] * size[1] // 64, 32)
    assert torch.isfinite(tokens).all()


def test_other_sizes_are_refused_with_the_remedy(encoder: SensorEncoder) -> None:
    with pytest.raises(UsageError, match=r"60 x 60 pixels .* multiples of 8"):
        encoder(torch.rand(1, 2, 60, 60))


def test_kept_tokens_see_one_another_only(encoder: SensorEncoder) -> None:
    pixels, keep = torch.rand(1, 2, 32, 32), torch.tensor([[5, 0, 11]])
    changed = pixels.clone()
    # Cell 15 is the last one, and hidden.
    changed[:, :, 24:, 24:] = 0
    assert torch.equal(encoder(pixels, keep), encoder(changed, keep))
    assert not torch.allclose(encoder(pixels), encoder(changed))


def test_keeping_all_changes_nothing(encoder: SensorEncoder) -> None:
    pixels = torch.rand(2, 2, 32, 32)
    every = torch.arange(16).expand(2, 16)
    torch.testing.assert_close(encoder(pixels, every), encoder(pixels))


def test_the_order_of_kept_tokens_changes_only_their_order(encoder: SensorEncoder) -> None:
    pixels = torch.rand(2, 2, 32, 32)
    keep = torch.tensor([[3, 9, 14, 1], [0, 2, 8, 15]])
    turned = torch.tensor([2, 0, 3, 1])
    tokens = encoder(pixels, keep)
    torch.testing.assert_close(encoder(pixels, keep[:, turned]), tokens[:, turned])
    torch.testing.assert_close(encoder(pixels, keep)[[1, 0]], encoder(pixels[[1, 0]], keep[[1, 0]]))


def test_a_shifted_pattern_gives_shifted_tokens_where_all_else_is_hidden(
    encoder: SensorEncoder,
) -> None:
    """No position is absolute: what counts is where the kept patches lie to one another."""
    patches = torch.rand(1, 2, 16, 16)
    first, last = torch.zeros(1, 2, 64, 64), torch.zeros(1, 2, 64, 64)
    first[:, :, :16, :16] = patches
    last[:, :, 48:, 40:56] = patches
    here, there = torch.tensor([[0, 1, 8, 9]]), torch.tensor([[53, 54, 61, 62]])
    torch.testing.assert_close(encoder(first, here), encoder(last, there))


def test_nothing_but_weights_is_in_the_checkpoint(encoder: SensorEncoder) -> None:
    encoder(torch.rand(1, 2, 32, 32))
    assert dict(encoder.named_buffers()) == {}
    assert set(encoder.state_dict()) == {name for name, _ in encoder.named_parameters()}


def test_a_cross_block_attends_to_itself_then_to_the_other_sensor_under_one_bias() -> None:
    torch.manual_seed(0)
    block = CrossBlock(16, 4)
    radar, optical, bias = torch.rand(2, 9, 16), torch.rand(2, 9, 16), alibi_2d(3, 3, heads=4)[None]
    tokens = radar + block.self_attention(radar, bias)
    tokens = tokens + block.cross_attention(tokens, bias, context=optical)
    tokens = tokens + block.feed_forward(tokens)
    torch.testing.assert_close(block(radar, optical, bias), tokens)


def test_joint_tokens_stand_in_the_places_of_the_radar_tokens() -> None:
    torch.manual_seed(0)
    cross = CrossEncoder(dim=16, depth=2, heads=4)
    radar, optical = torch.rand(2, 9, 16), torch.rand(2, 9, 16)
    bias = alibi_2d(3, 3, heads=4)[None]
    joint = cross(radar, optical, bias)
    assert joint.shape == (2, 9, 16)
    order = torch.randperm(9)
    # Under no bias the order of the optical tokens says nothing, under X-ALiBi it does.
    flat = torch.zeros(1, 4, 9, 9)
    torch.testing.assert_close(
        cross(radar, optical[:, order], flat), cross(radar, optical, flat), atol=1e-5, rtol=1e-4
    )
    assert not torch.allclose(cross(radar, optical[:, order], bias), joint, atol=1e-4)


def test_bfloat16_is_near_float32(encoder: SensorEncoder) -> None:
    pixels = torch.rand(2, 2, 32, 32)
    expected = encoder.pool(encoder(pixels))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = encoder.pool(encoder(pixels))
    assert found.dtype == torch.bfloat16
    assert cosines(found.float(), expected).min() > 0.999


def cosines(one: Tensor, other: Tensor) -> Tensor:
    similarities: Tensor = torch.nn.functional.cosine_similarity(one, other)
    return similarities


def test_onnxruntime_agrees_for_any_batch(encoder: SensorEncoder, tmp_path: Path) -> None:
    pytest.importorskip("onnxscript", reason="the extra geo brings onnxscript")
    expected, found = compare_with_onnx(encoder, (torch.rand(5, 2, 32, 32),), tmp_path)
    assert found.shape == (5, 16, 32)
    np.testing.assert_allclose(found, expected, atol=1e-5)
