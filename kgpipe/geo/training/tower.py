"""What one sensor is seen through: standardised bands, a stem, an encoder, one vector of a tile.

The vector is a projection of the encoder's pooled tokens (CROMA, SatMAE) and, where the settings
ask for it, of what small sets do not teach: descriptors by hand, each band's own level, and what
lies where in the tile.
"""

from collections.abc import Sequence

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional

from kgpipe.errors import UsageError
from kgpipe.geo.mechanisms.croma_encoders import SensorEncoder
from kgpipe.geo.mechanisms.descriptors import Descriptors
from kgpipe.geo.mechanisms.patches import average_cells, grid_shape, token_grid
from kgpipe.geo.mechanisms.satmae import GroupEncoder
from kgpipe.geo.training.settings import GeoSettings

# SatMAE, arXiv 2207.08051: bands by ground resolution and wavelength; the 60 m bands
# are left out.
SATMAE_GROUPS = (("B02", "B03", "B04", "B08"), ("B05", "B06", "B07", "B8A"), ("B11", "B12"))
# Two of the convolutions under the patches have stride 2.
_STEM_STRIDE = 4
_STEM_FEATURES = (32, 64)
# For how many of a step's tiles what is told by hand is hidden: tiles could be compared by it
# alone, and the tokens would learn nothing (ModDrop, arXiv 1501.00102).
_HIDDEN = 0.5
# Length of what does not tell where things lie beside that of what does, chosen with the recipe of
# the crops (`kgpipe.bench.geo`).
_REST = 0.5


class Residual(nn.Module):
    """Two convolutions around a shortcut: [B, C, H, W] -> [B, F, H / stride, W / stride].

    He et al., "Deep Residual Learning", arXiv 1512.03385, section 3.
    """

    def __init__(self, channels: int, features: int, *, stride: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(channels, features, 3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(features),
            nn.ReLU(),
            nn.Conv2d(features, features, 3, padding=1, bias=False),
            nn.BatchNorm2d(features),
        )
        self.shortcut: nn.Module = nn.Identity()
        if stride > 1 or channels != features:
            self.shortcut = nn.Sequential(
                nn.Conv2d(channels, features, 1, stride=stride, bias=False),
                nn.BatchNorm2d(features),
            )

    def forward(self, features: Tensor) -> Tensor:
        """Add what the layers make of the features to the features."""
        output: Tensor = functional.relu(self.layers(features) + self.shortcut(features))
        return output


class Stem(nn.Sequential):
    """Convolutions under the patches: [B, C, H, W] -> [B, F, H / 4, W / 4].

    Xiao et al., "Early Convolutions Help Transformers See Better", arXiv 2106.14881.
    """

    def __init__(self, channels: int) -> None:
        narrow, wide = _STEM_FEATURES
        super().__init__(
            nn.Conv2d(channels, narrow, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(narrow),
            nn.ReLU(),
            Residual(narrow, wide, stride=2),
            Residual(wide, wide, stride=1),
        )


class Standardise(nn.Module):
    """Each band of each tile to mean 0 and standard deviation 1: [B, C, H, W] -> the same.

    Args:
        faintest: deviation that is not blown up; a band of it gets the deviation 1/2.
    """

    def __init__(self, faintest: float) -> None:
        super().__init__()
        self.faintest = faintest

    def forward(self, pixels: Tensor) -> Tensor:
        """Standardise; a band without contrast becomes 0."""
        mean = pixels.mean(dim=(2, 3), keepdim=True)  # [B, C, 1, 1]
        centred = pixels - mean
        spread = centred.square().mean(dim=(2, 3), keepdim=True).sqrt()
        return centred / (spread + self.faintest)


class Levels(nn.Module):
    """Mean and standard deviation of each band: [B, C, H, W] -> [B, 2 C]."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.width = 2 * channels

    def forward(self, pixels: Tensor) -> Tensor:
        """Measure each band."""
        mean = pixels.mean(dim=(2, 3))
        spread = (pixels - mean[:, :, None, None]).square().mean(dim=(2, 3)).add(1e-8).sqrt()
        return torch.cat([mean, spread], dim=1)


class Summary(nn.Module):
    """A tile's mean and spread of tokens, and what is told of it by hand, in one vector.

    Everything is brought to mean 0 and deviation 1, so that no part is louder.
    """

    def __init__(self, *, dim: int, told: int, width: int) -> None:
        super().__init__()
        self.told = told
        self.even = nn.BatchNorm1d(2 * dim + told, affine=False)
        self.project = nn.Linear(2 * dim + told, width)
        # Nothing that the parts tell apart is lost at the start.
        nn.init.orthogonal_(self.project.weight)

    def forward(self, pooled: Tensor, tokens: Tensor, told: Sequence[Tensor]) -> Tensor:
        """Pooled tokens [B, D], tokens [B, K, D], parts told by hand [B, .] -> [B, width]."""
        spread = tokens.var(dim=1, unbiased=False).add(1e-6).sqrt()
        features: Tensor = self.even(torch.cat([pooled, spread, *told], dim=1))
        if self.training:
            shown = torch.rand(len(features), 1).to(features) >= _HIDDEN
            learned = features.shape[1] - self.told
            features = torch.cat([features[:, :learned], features[:, learned:] * shown], dim=1)
        projected: Tensor = self.project(features)
        return projected


class Tower(nn.Module):
    """Encodes the tiles of one sensor.

    Args:
        settings: the model's.
        sensor: by which the settings choose what else is seen.
        bands: of the sensor.
        side: of the training tiles, in pixels.
        depth: blocks of the encoder.
    """

    def __init__(
        self, settings: GeoSettings, *, sensor: str, bands: tuple[str, ...], side: int, depth: int
    ) -> None:
        super().__init__()
        self.patch, self.channels = settings.patch, len(bands)
        self.enter: nn.Module = nn.Identity()
        if sensor in settings.standardise:
            self.enter = Standardise(settings.faintest)
        self._make_encoder(settings, bands=bands, side=side, depth=depth)
        self.describe = Descriptors(len(bands)) if sensor in settings.descriptors else None
        self.level = Levels(len(bands)) if sensor in settings.levels else None
        told = sum(part.width for part in (self.describe, self.level) if part is not None)
        self.cells_across = settings.cells
        placed = settings.cell_width * settings.cells**2
        self.place = nn.Linear(settings.dim, settings.cell_width, bias=False) if placed else None
        rest = settings.width - placed
        self.project: nn.Module = (
            Summary(dim=settings.dim, told=told, width=rest)
            if told
            else nn.Linear(settings.dim, rest)
        )

    def _make_encoder(
        self, settings: GeoSettings, *, bands: tuple[str, ...], side: int, depth: int
    ) -> None:
        size = {"dim": settings.dim, "depth": depth, "heads": settings.heads}
        self.stem: nn.Module = nn.Identity()
        self.groups = 1
        self.encoder: SensorEncoder | GroupEncoder
        if settings.encoder == "satmae":
            groups = band_groups(settings.groups, bands)
            self.groups = len(groups)
            self.encoder = GroupEncoder(groups=groups, patch=settings.patch, size=side, **size)
        elif settings.stem == "conv":
            if settings.patch % _STEM_STRIDE:
                raise UsageError(f"stem = conv needs a patch that is a multiple of {_STEM_STRIDE}.")
            self.stem = Stem(len(bands))
            patch = settings.patch // _STEM_STRIDE
            self.encoder = SensorEncoder(channels=_STEM_FEATURES[-1], patch=patch, **size)
        else:
            self.encoder = SensorEncoder(channels=len(bands), patch=settings.patch, **size)

    def forward(self, pixels: Tensor, keep: Tensor | None = None) -> Tensor:
        """Encode the tokens, those of `keep` [B, K] if given: [B, C, H, W] -> [B, N or K, D]."""
        tokens: Tensor = self.encoder(self.stem(self.enter(pixels)), keep)
        return tokens

    def cells(self, tokens: Tensor, pixels: Tensor) -> Tensor:
        """One token a cell: [B, G * L, D] -> [B, D, h, w], the mean over band groups."""
        rows, columns = grid_shape(pixels, self.patch)
        # [B, L, D]
        merged = rearrange(tokens, "b (g l) d -> b g l d", g=self.groups).mean(dim=1)
        return token_grid(merged, rows=rows, columns=columns)

    def embed(self, tokens: Tensor, pixels: Tensor) -> Tensor:
        """Tokens [B, N, D] and the pixels they are of -> [B, width], not of length 1."""
        pooled = self.encoder.pool(tokens)
        if isinstance(self.project, Summary):
            told = [] if self.describe is None else [self.describe(self.enter(pixels))]
            told += [] if self.level is None else [self.level(pixels)]
            embedded: Tensor = self.project(pooled, tokens, told)
        else:
            embedded = self.project(pooled)
        if self.place is None:
            return embedded
        # [B, D, n, n] -> [B, n * n * cell_width]
        placed = average_cells(self.cells(tokens, pixels), self.cells_across)
        shares = self.place(rearrange(placed, "b d i j -> b (i j) d"))
        return torch.cat([_unit(_without_mean(shares)), _REST * _unit(embedded)], dim=1)


def _without_mean(shares: Tensor) -> Tensor:
    """What each cell has more or less than its tile, [B, cells, d] -> [B, cells * d].

    Cells of a larger image average over more ground and differ less; what all tiles share would
    drown that.
    """
    return (shares - shares.mean(dim=1, keepdim=True)).flatten(1)


def _unit(rows: Tensor) -> Tensor:
    return functional.normalize(rows, dim=1)


def band_groups(
    groups: Sequence[Sequence[str]], bands: tuple[str, ...]
) -> tuple[tuple[int, ...], ...]:
    """Band groups as places in `bands`.

    Args:
        groups: of names; () for SatMAE's own where the bands are Sentinel-2's, else one for all.
            Groups of another sensor's bands are left out.
        bands: of the sensor.

    Raises:
        UsageError: a group holds bands that the tiles lack.
    """
    chosen = [group for group in groups or SATMAE_GROUPS if set(group) & set(bands)]
    for group in chosen:
        if lacking := [band for band in group if band not in bands]:
            raise UsageError(
                f"The tiles have {', '.join(bands)}, and the group {', '.join(group)} needs "
                f"{', '.join(lacking)} too: set `groups`."
            )
    if not chosen:
        return (tuple(range(len(bands))),)
    return tuple(tuple(bands.index(band) for band in group) for group in chosen)
