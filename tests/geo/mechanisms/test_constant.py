"""Constants are built once, and stay usable wherever they were first asked for."""

import pytest

torch = pytest.importorskip("torch", reason="the extra geo brings torch")

pytest.importorskip("einops", reason="the extra geo brings einops")

from torch import Tensor, nn  # noqa: E402

from kgpipe.geo.mechanisms.alibi import alibi_2d  # noqa: E402
from kgpipe.geo.mechanisms.constant import made_once  # noqa: E402
from kgpipe.geo.mechanisms.croma import SensorEncoder  # noqa: E402


def test_built_once_for_equal_arguments() -> None:
    asked = []

    @made_once
    def ones(length: int, *, times: float = 1.0) -> Tensor:
        asked.append(length)
        made: Tensor = torch.full((length,), times)
        return made

    assert ones(3, times=2.0) is ones(3, times=2.0)
    assert torch.equal(ones(4), torch.ones(4))
    assert asked == [3, 4]


def test_a_bias_first_used_for_inference_serves_training() -> None:
    encoder = SensorEncoder(channels=2, dim=16, depth=1, heads=2, patch=4)
    # A grid that no other test uses.
    pixels = torch.rand(1, 2, 12, 76)
    with torch.inference_mode():
        encoder(pixels)
    torch.autograd.backward(encoder(pixels).sum())
    assert encoder.embed.weight.grad is not None


def test_a_trace_neither_fills_the_store_nor_needs_it() -> None:
    class Adds(nn.Module):
        def forward(self, values: Tensor) -> Tensor:
            return values + alibi_2d(3, 31, heads=2)

    values = torch.rand(2, 93, 93)
    traced = torch.export.export(Adds(), (values,)).module()
    after = alibi_2d(3, 31, heads=2)
    assert type(after) is Tensor
    torch.testing.assert_close(traced(values), values + after)
