"""The encoders of CROMA: one for each sensor, and one that joins the two.

Fuller, Millard and Green, NeurIPS 2023, arXiv 2311.00566. No encoder knows an absolute position:
what is near what enters by 2D-ALiBi and X-ALiBi alone, so each takes images of any size.
"""

from torch import Tensor, nn

from kgpipe.geo.mechanisms.alibi import alibi_2d, cross_alibi
from kgpipe.geo.mechanisms.masking import take_tokens
from kgpipe.geo.mechanisms.patches import grid_shape, patchify
from kgpipe.geo.mechanisms.transformer import Attention, FeedForward, Transformer


class SensorEncoder(nn.Module):
    """Encodes the patches of one sensor's images.

    Args:
        channels: bands of the sensor.
        dim: width of a token, D.
        depth: blocks. In CROMA the radar encoder has half as many as the optical one.
        heads: H, of which `dim` is a multiple.
        patch: side of a patch in pixels; 8 in CROMA.
    """

    def __init__(self, *, channels: int, dim: int, depth: int, heads: int, patch: int) -> None:
        super().__init__()
        self.patch = patch
        self.embed = nn.Linear(channels * patch * patch, dim)
        self.transformer = Transformer(dim=dim, depth=depth, heads=heads)
        self.pooling = FeedForward(dim)

    def forward(self, pixels: Tensor, keep: Tensor | None = None) -> Tensor:
        """Return a token for each patch, or for the kept ones.

        Args:
            pixels: scaled to 0 to 1, [B, C, H, W]; sides are multiples of the patch.
            keep: places of the patches that are shown, [B, K]; all if None.

        Returns:
            [B, N, D], or [B, K, D] in the order of `keep`.
        """
        rows, columns = grid_shape(pixels, self.patch)
        patches = patchify(pixels, self.patch)  # [B, N, C * P * P]
        # [H, N, N]
        bias = alibi_2d(rows, columns, heads=self.transformer.heads, device=pixels.device)
        if keep is None:
            bias = bias[None]  # [1, H, N, N]
        else:
            patches = take_tokens(patches, keep)
            bias = cross_alibi(bias, query_ids=keep, key_ids=keep)  # [B, H, K, K]
        tokens: Tensor = self.transformer(self.embed(patches), bias)
        return tokens

    def pool(self, tokens: Tensor) -> Tensor:
        """One vector for an image, from the mean of its visible tokens: [B, K, D] -> [B, D]."""
        pooled: Tensor = self.pooling(tokens.mean(dim=1))
        return pooled


class CrossBlock(nn.Module):
    """Self-attention, attention to the other sensor, feed-forward, each added to what came in.

    Both attentions get the cross bias: that of the authors' release, possible since both sensors
    keep equally many tokens.
    """

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.self_attention = Attention(dim, heads)
        self.cross_attention = Attention(dim, heads)
        self.feed_forward = FeedForward(dim)

    def forward(self, radar: Tensor, optical: Tensor, bias: Tensor) -> Tensor:
        """Mix: [B, N, D], [B, N, D], [B or 1, H, N, N] -> [B, N, D]."""
        tokens = radar + self.self_attention(radar, bias)
        tokens = tokens + self.cross_attention(tokens, bias, context=optical)
        output: Tensor = tokens + self.feed_forward(tokens)
        return output


class CrossEncoder(nn.Module):
    """Joins the two sensors: radar tokens ask, optical tokens answer.

    In CROMA it has half the depth of the optical encoder.
    """

    def __init__(self, *, dim: int, depth: int, heads: int) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(CrossBlock(dim, heads) for _ in range(depth))
        self.norm = nn.LayerNorm(dim)

    def forward(self, radar: Tensor, optical: Tensor, bias: Tensor) -> Tensor:
        """Return joint tokens, in the places of the radar tokens.

        Args:
            radar: [B, N, D].
            optical: [B, N, D]; its tokens may stand in other places.
            bias: X-ALiBi of radar on optical tokens, [B or 1, H, N, N].

        Returns:
            [B, N, D]
        """
        tokens = radar
        for block in self.blocks:
            tokens = block(tokens, optical, bias)
        output: Tensor = self.norm(tokens)
        return output
