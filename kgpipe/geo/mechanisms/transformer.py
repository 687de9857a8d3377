"""Pre-norm transformer blocks with an additive bias on the attention (CROMA, arXiv 2311.00566).

Vaswani et al. 2017; pre-norm as in ViT. Queries, keys and values without bias terms, GELU in a
feed-forward part of four times the width, a last LayerNorm.
"""

from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional

from kgpipe.errors import UsageError

# Width of the feed-forward part over that of the tokens, as in ViT, CROMA and SatMAE.
_WIDENING = 4


class Attention(nn.Module):
    """Attention of tokens to themselves or to a context, both normed by one LayerNorm."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        if dim % heads:
            raise UsageError(f"a width of {dim} cannot be shared by {heads} heads: choose others")
        self.heads = heads
        self.norm = nn.LayerNorm(dim)
        self.to_queries = nn.Linear(dim, dim, bias=False)
        self.to_keys = nn.Linear(dim, dim, bias=False)
        self.to_values = nn.Linear(dim, dim, bias=False)
        self.project = nn.Linear(dim, dim)

    def forward(
        self, tokens: Tensor, bias: Tensor | None = None, *, context: Tensor | None = None
    ) -> Tensor:
        """Return what each token takes from the context, before any residual sum.

        Args:
            tokens: queries, [B, Nq, D].
            bias: added to the logits, [B or 1, H, Nq, Nk].
            context: keys and values, [B, Nk, D]; the tokens themselves if None.

        Returns:
            [B, Nq, D]
        """
        tokens = self.norm(tokens)
        context = tokens if context is None else self.norm(context)
        queries = self._split(self.to_queries(tokens))  # [B, H, Nq, D / H]
        keys = self._split(self.to_keys(context))  # [B, H, Nk, D / H]
        values = self._split(self.to_values(context))
        if bias is not None:
            # Under autocast queries are bfloat16, and the fused kernels want one type.
            bias = bias.to(queries.dtype)
        taken = functional.scaled_dot_product_attention(queries, keys, values, attn_mask=bias)
        output: Tensor = self.project(rearrange(taken, "b h n d -> b n (h d)"))
        return output

    def _split(self, tokens: Tensor) -> Tensor:
        return rearrange(tokens, "b n (h d) -> b h n d", h=self.heads)


class FeedForward(nn.Module):
    """A hidden layer of four times the width, between a LayerNorm and a linear layer."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.LayerNorm(dim),
            nn.Linear(dim, _WIDENING * dim),
            nn.GELU(),
            nn.Linear(_WIDENING * dim, dim),
        )

    def forward(self, tokens: Tensor) -> Tensor:
        """Transform each token by itself: [..., D] -> [..., D]."""
        output: Tensor = self.layers(tokens)
        return output


class Block(nn.Module):
    """Self-attention, then the feed-forward part, each added to what came in."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.attention = Attention(dim, heads)
        self.feed_forward = FeedForward(dim)

    def forward(self, tokens: Tensor, bias: Tensor | None = None) -> Tensor:
        """Mix tokens: [B, N, D], bias [B or 1, H, N, N] -> [B, N, D]."""
        tokens = tokens + self.attention(tokens, bias)
        output: Tensor = tokens + self.feed_forward(tokens)
        return output


class Transformer(nn.Module):
    """Blocks under one bias, and a last LayerNorm: [B, N, D] -> [B, N, D]."""

    def __init__(self, *, dim: int, depth: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.blocks = nn.ModuleList(Block(dim, heads) for _ in range(depth))
        self.norm = nn.LayerNorm(dim)

    def forward(self, tokens: Tensor, bias: Tensor | None = None) -> Tensor:
        """Mix tokens; `bias` is [B or 1, H, N, N]."""
        for block in self.blocks:
            tokens = block(tokens, bias)
        output: Tensor = self.norm(tokens)
        return output
