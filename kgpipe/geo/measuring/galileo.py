"""The pretrained Galileo encoder (arXiv 2502.09356) for Sentinel-1 and Sentinel-2, rebuilt.

Rebuilt from the published description, configuration and state dict (MIT licence): flexible patch
projections for each group of bands, four quarters of encodings (group, place in time, month, place
in space), pre-LN blocks, and the mean of the tokens. What the files alone do not tell is taken from
the authors' public repository: the order of the quarters, the exponents of the spatial encoding
(k / 2d, not the usual 2k / d), and the normalisation to (x - (mean - 2 std)) / 4 std with their
means and deviations. Of its many inputs only those of `GROUPS` are offered, one point in time.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from einops import rearrange, repeat
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from kgpipe.errors import KgpipeError
from kgpipe.geo.data.tileset import Pixels

# In the order of the state dict's embeddings of groups; the last of the model's, NDVI, is derived
# from two of these, and is left out as the authors do where it is not given.
GROUPS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "S1": ("S1", ("VV", "VH")),
    "S2_RGB": ("S2", ("B02", "B03", "B04")),
    "S2_Red_Edge": ("S2", ("B05", "B06", "B07")),
    "S2_NIR_10m": ("S2", ("B08",)),
    "S2_NIR_20m": ("S2", ("B8A",)),
    "S2_SWIR": ("S2", ("B11", "B12")),
}
# Mean and deviation of the pretraining data: dB, and 10,000 times reflectance.
_STATISTICS = {
    "VV": (-11.7287, 4.8871), "VH": (-18.8556, 5.7303),
    "B02": (1395.34, 917.70), "B03": (1338.40, 913.30), "B04": (1343.10, 1092.68),
    "B05": (1543.86, 1047.22), "B06": (2186.20, 1048.01), "B07": (2525.09, 1143.69),
    "B08": (2410.34, 1098.98), "B8A": (2750.29, 1204.47), "B11": (2234.91, 1145.98),
    "B12": (1474.53, 980.24),
}  # fmt: skip
_REFLECTANCE_UNITS = 10_000.0
# A rendered picture's bands by those that they show.
_RENDERED = {"B02": "B", "B03": "G", "B04": "R"}
_PIXEL_METRES = 10.0
_BATCH = 64


class GalileoEncoder(nn.Module):
    """Tokens of any of the groups, (tiles, tokens, width); frozen."""

    def __init__(self, state: Mapping[str, Tensor], *, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.depth = 1 + max(int(name.split(".")[1]) for name in state if name[:7] == "blocks.")
        self.state = dict(state)
        self.width = state["norm.weight"].shape[0]

    def forward(self, groups: Mapping[str, Tensor], *, month: int, patch: int) -> Tensor:
        """Encode normalised bands, group -> (tiles, bands, height, width), to (tiles, tokens, d).

        `month` counts from 0; height and width are equal, a multiple of `patch`.
        """
        tokens = torch.cat(
            [self._project(name, pixels, month, patch) for name, pixels in groups.items()], dim=1
        )
        for block in range(self.depth):
            tokens = self._block(tokens, f"blocks.{block}")
        return self._norm(tokens, "norm")

    def _project(self, name: str, pixels: Tensor, month: int, patch: int) -> Tensor:
        state = self.state
        kernel = resize_kernel(state[f"space_time_embed.{name}.proj.weight"], patch)
        bias = state[f"space_time_embed.{name}.proj.bias"]
        grid = functional.conv2d(
            pixels, kernel, bias, stride=patch
        )  # (tiles, width, rows, columns)
        side, place = grid.shape[-1], list(GROUPS).index(name)
        quarters = (
            state["s_t_channel_embed"][place],
            state["pos_embed"][0],
            state["month_embed.weight"][month],
        )
        fixed = repeat(torch.cat(quarters), "d -> n d", n=side * side)
        encoding = torch.cat([fixed, spatial_encoding(side, self.width // 4, patch)], dim=1)
        return rearrange(grid, "b d h w -> b (h w) d") + encoding

    def _block(self, tokens: Tensor, name: str) -> Tensor:
        normed = self._norm(tokens, f"{name}.norm1")
        query, key, value = (
            rearrange(self._linear(normed, f"{name}.attn.{part}"), "b n (h d) -> b h n d",
                      h=self.heads)
            for part in "qkv"
        )  # fmt: skip
        seen = functional.scaled_dot_product_attention(query, key, value)
        tokens = tokens + self._linear(rearrange(seen, "b h n d -> b n (h d)"), f"{name}.attn.proj")
        hidden = self._linear(self._norm(tokens, f"{name}.norm2"), f"{name}.mlp.fc1")
        return tokens + self._linear(functional.gelu(hidden), f"{name}.mlp.fc2")

    def _linear(self, tokens: Tensor, name: str) -> Tensor:
        return functional.linear(tokens, self.state[f"{name}.weight"], self.state[f"{name}.bias"])

    def _norm(self, tokens: Tensor, name: str) -> Tensor:
        weight, bias = self.state[f"{name}.weight"], self.state[f"{name}.bias"]
        return functional.layer_norm(tokens, (self.width,), weight, bias)


def load_galileo(folder: Path) -> GalileoEncoder:
    """The encoder in a folder with `config.json` and `encoder.pt`.

    Raises:
        KgpipeError: a file is missing, or is not this model's.
    """
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        state = torch.load(folder / "encoder.pt", map_location="cpu", weights_only=True)
        return GalileoEncoder(state, heads=config["model"]["encoder"]["num_heads"])
    except (OSError, KeyError, ValueError) as error:
        raise KgpipeError(
            f"{folder} holds no Galileo encoder ({error}): name the folder with its config.json "
            "and encoder.pt."
        ) from error


def embed(
    encoder: GalileoEncoder,
    pixels: Pixels,
    *,
    bands: Mapping[str, Sequence[str]],
    month: int,
    patch: int = 8,
) -> NDArray[np.float32]:
    """Mean token of each tile, (tiles, width), not normalised to length 1.

    A rendered picture ("RGB") has no physical scale: each of its channels is moved to the mean and
    deviation that the model has seen for the band which it shows.

    Args:
        encoder: of `load_galileo`.
        pixels: sensor -> (tiles, bands, height, width); NaN becomes the band's mean.
        bands: sensor -> its bands in the order of the arrays.
        month: from 1 to 12.
        patch: side of a token in pixels, 1 to 8; what is left over at the right and the bottom is
            not seen.
    """
    normalised = _group(pixels, bands)
    if not normalised:
        raise KgpipeError("Galileo needs S1, S2 or RGB; the tiles have none of their bands.")
    first = next(iter(normalised.values()))
    side = min(first.shape[-2:]) // patch * patch
    rows = []
    with torch.inference_mode():
        for at in range(0, len(first), _BATCH):
            batch = {
                name: torch.from_numpy(one[at : at + _BATCH, :, :side, :side])
                for name, one in normalised.items()
            }
            rows.append(encoder(batch, month=month - 1, patch=patch).mean(dim=1).numpy())
    return np.concatenate(rows) if rows else np.zeros((0, encoder.width), dtype=np.float32)


def resize_kernel(kernel: Tensor, patch: int) -> Tensor:
    """A patch projection (out, in, 8, 8) for patches of another side.

    FlexiViT (arXiv 2212.08013, section 3.4): through the pseudo-inverse of the linear map that
    resizes a patch, so that a resized patch has the projection of the original one.
    """
    base = kernel.shape[-1]
    if patch == base:
        return kernel
    identity = torch.eye(base * base).reshape(-1, 1, base, base)
    resized = functional.interpolate(identity, (patch, patch), mode="bicubic", antialias=True)
    inverse = torch.linalg.pinv(resized.reshape(base * base, patch * patch))
    new: Tensor = torch.einsum("pk,oik->oip", inverse, kernel.flatten(2))
    return new.reshape(*kernel.shape[:2], patch, patch)


def spatial_encoding(side: int, width: int, patch: int) -> Tensor:
    """Sines and cosines of column and row, (side * side, width), in units of ten metres."""
    steps = torch.arange(side) * (patch * _PIXEL_METRES / 10.0)
    half = width // 2
    speeds = 10_000.0 ** -(torch.arange(half // 2) / half / 2)
    angles = steps[:, None] * speeds  # (side, half / 2)
    axis = torch.cat([angles.sin(), angles.cos()], dim=1)
    columns = repeat(axis, "c d -> (r c) d", r=side)
    rows = repeat(axis, "r d -> (r c) d", c=side)
    return torch.cat([columns, rows], dim=1)


def _group(pixels: Pixels, bands: Mapping[str, Sequence[str]]) -> dict[str, NDArray[np.float32]]:
    found = {}
    for name, (sensor, wanted) in GROUPS.items():
        if name == "S2_RGB" and "S2" not in pixels and "RGB" in pixels:
            places = [list(bands["RGB"]).index(_RENDERED[band]) for band in wanted]
            found[name] = _match(pixels["RGB"][:, places])
        elif sensor in pixels and set(wanted) <= set(bands[sensor]):
            places = [list(bands[sensor]).index(band) for band in wanted]
            unit = _REFLECTANCE_UNITS if sensor == "S2" else 1.0
            found[name] = _normalise(pixels[sensor][:, places] * unit, wanted)
    return found


def _normalise(values: NDArray[np.float32], bands: Sequence[str]) -> NDArray[np.float32]:
    table = np.array([_STATISTICS[band] for band in bands], dtype=np.float32)
    mean, deviation = table[:, 0, None, None], table[:, 1, None, None]
    scaled = (values - (mean - 2 * deviation)) / (4 * deviation)
    # The mean stands where nothing was seen.
    return np.asarray(np.nan_to_num(scaled, nan=0.5), dtype=np.float32)


def _match(values: NDArray[np.float32]) -> NDArray[np.float32]:
    axes = (0, 2, 3)
    mean = np.nanmean(values, axis=axes, keepdims=True)
    deviation = np.nanstd(values, axis=axes, keepdims=True)
    scaled = 0.5 + (values - mean) / (4 * np.maximum(deviation, 1e-6))
    return np.asarray(np.nan_to_num(scaled, nan=0.5), dtype=np.float32)
