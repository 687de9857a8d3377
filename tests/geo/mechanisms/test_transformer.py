"""Attention against the softmax written out, and what each part of a block reaches."""

import math

import pytest

torch = pytest.importorskip("torch", reason="the extra geo brings torch")
pytest.importorskip("einops", reason="the extra geo brings einops")

from kgpipe.errors import UsageError  # noqa: E402
from kgpipe.geo.mechanisms.transformer import Attention, Block, FeedForward, Transformer  # noqa: E402


def test_attention_is_the_formula() -> None:
    torch.manual_seed(0)
    layer = Attention(6, 2)
    tokens, context, bias = torch.rand(1, 3, 6), torch.rand(1, 4, 6), torch.randn(1, 2, 3, 4)
    found = layer(tokens, bias, context=context)[0]

    normed, other = layer.norm(tokens)[0], layer.norm(context)[0]
    taken = []
    for head in range(2):
        part = slice(3 * head, 3 * head + 3)
        queries = normed @ layer.to_queries.weight[part].T
        keys = other @ layer.to_keys.weight[part].T
        values = other @ layer.to_values.weight[part].T
        logits = queries @ keys.T / math.sqrt(3) + bias[0, head]
        taken.append(logits.softmax(dim=-1) @ values)
    torch.testing.assert_close(found, layer.project(torch.cat(taken, dim=-1)))


def test_one_norm_serves_tokens_and_context() -> None:
    layer = Attention(8, 2)
    tokens = torch.rand(2, 5, 8)
    torch.testing.assert_close(layer(tokens), layer(tokens, context=tokens))
    assert [name for name, _ in layer.named_parameters() if "norm" in name] == [
        "norm.weight", "norm.bias",
    ]  # fmt: skip


def test_a_bias_of_minus_infinity_shuts_a_token_out() -> None:
    layer = Attention(8, 2)
    tokens = torch.rand(1, 3, 8)
    bias = torch.zeros(1, 2, 3, 3)
    bias[..., 2] = -math.inf
    changed = tokens.clone()
    changed[:, 2] += torch.rand(8)
    torch.testing.assert_close(layer(tokens, bias)[:, :2], layer(changed, bias)[:, :2])


def test_queries_keys_and_values_have_no_bias_terms() -> None:
    layer = Attention(8, 2)
    assert layer.to_queries.bias is layer.to_keys.bias is layer.to_values.bias is None


def test_the_feed_forward_part_is_four_times_as_wide() -> None:
    assert FeedForward(8).layers[1].out_features == 32


def test_a_block_adds_to_what_came_in() -> None:
    block = Block(8, 2)
    torch.nn.init.zeros_(block.attention.project.weight)
    torch.nn.init.zeros_(block.attention.project.bias)
    torch.nn.init.zeros_(block.feed_forward.layers[3].weight)
    torch.nn.init.zeros_(block.feed_forward.layers[3].bias)
    tokens = torch.rand(2, 3, 8)
    assert torch.equal(block(tokens), tokens)


def test_a_transformer_ends_with_a_norm() -> None:
    tokens = 100 * torch.rand(2, 5, 16) + 7
    mixed = Transformer(dim=16, depth=2, heads=4)(tokens)
    torch.testing.assert_close(mixed.mean(dim=-1), torch.zeros(2, 5), atol=1e-5, rtol=0)


def test_refuses_a_width_that_the_heads_cannot_share() -> None:
    with pytest.raises(UsageError, match="10 cannot be shared by 4 heads"):
        Attention(10, 4)
