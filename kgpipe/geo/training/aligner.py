"""Tiles of each sensor, points inside them, texts and locations in one embedding space.

An encoder a sensor (CROMA's with 2D-ALiBi, or SatMAE's by band groups), CROMA's cross encoder over
radar and optical tokens, GAIR's location encoder and local interpolation, and a linear projection
of frozen sentence embeddings.
"""

import math
from collections.abc import Mapping, Sequence

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional

from kgpipe.errors import UsageError
from kgpipe.geo.mechanisms.alibi import alibi_2d
from kgpipe.geo.mechanisms.croma_encoders import CrossEncoder, SensorEncoder
from kgpipe.geo.mechanisms.descriptors import Descriptors
from kgpipe.geo.mechanisms.location import LocationEncoder
from kgpipe.geo.mechanisms.nili import LocalInterpolation
from kgpipe.geo.mechanisms.patches import grid_shape, token_grid
from kgpipe.geo.mechanisms.satmae import GroupEncoder
from kgpipe.geo.training.settings import GeoSettings

RADAR, OPTICAL = "S1", "S2"
# The name of the embedding of both.
JOINT = "S1+S2"
# SatMAE, arXiv 2207.08051: bands by ground resolution and wavelength; the 60 m bands
# are left out.
SATMAE_GROUPS = (("B02", "B03", "B04", "B08"), ("B05", "B06", "B07", "B8A"), ("B11", "B12"))
# Two of the convolutions under the patches have stride 2.
_STEM_STRIDE = 4
_STEM_FEATURES = (32, 64)
# For how many of a step's tiles the descriptors are hidden: what is compared could be told by them
# alone, and the tokens would learn nothing (ModDrop, arXiv 1501.00102).
_DESCRIPTORS_HIDDEN = 0.5
# CROMA (arXiv 2311.00566): the scale of the logits is learned, from 1 / 0.07; CLIP's upper bound.
_FIRST_SCALE, _HIGHEST_SCALE = 1 / 0.07, 100.0


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


class Summary(nn.Module):
    """One vector of a tile from its tokens' mean and spread, and from descriptors by hand.

    Everything is brought to mean 0 and deviation 1, so that neither part is louder.
    """

    def __init__(self, *, dim: int, channels: int, width: int) -> None:
        super().__init__()
        self.describe = Descriptors(channels)
        self.even = nn.BatchNorm1d(2 * dim + self.describe.width, affine=False)
        self.project = nn.Linear(2 * dim + self.describe.width, width)
        # Nothing that the parts tell apart is lost at the start.
        nn.init.orthogonal_(self.project.weight)

    def forward(self, pooled: Tensor, tokens: Tensor, pixels: Tensor) -> Tensor:
        """Pooled tokens [B, D], tokens [B, K, D], pixels [B, C, H, W] -> [B, width]."""
        learned = [pooled, tokens.var(dim=1, unbiased=False).add(1e-6).sqrt()]
        features = self.even(torch.cat([*learned, self.describe(pixels)], dim=1))
        if self.training:
            seen = torch.rand(len(features), 1).to(features) >= _DESCRIPTORS_HIDDEN
            split = features.shape[1] - self.describe.width
            features = torch.cat([features[:, :split], features[:, split:] * seen], dim=1)
        projected: Tensor = self.project(features)
        return projected


class Tower(nn.Module):
    """What one sensor is seen through."""

    def __init__(
        self,
        settings: GeoSettings,
        *,
        bands: tuple[str, ...],
        side: int,
        depth: int,
        standardise: bool,
        describe: bool,
    ) -> None:
        super().__init__()
        size = {"dim": settings.dim, "depth": depth, "heads": settings.heads}
        self.patch = settings.patch
        self.channels = len(bands)
        self.enter: nn.Module = Standardise(settings.faintest) if standardise else nn.Identity()
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
        self.project: nn.Module = (
            Summary(dim=settings.dim, channels=len(bands), width=settings.width)
            if describe
            else nn.Linear(settings.dim, settings.width)
        )

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
        embedded: Tensor = (
            self.project(pooled, tokens, self.enter(pixels))
            if isinstance(self.project, Summary)
            else self.project(pooled)
        )
        return embedded


class Aligner(nn.Module):
    """All encoders of a model.

    Args:
        settings: its architecture.
        bands: of each sensor.
        side: of the training tiles, in pixels.
        sentence: numbers in a sentence embedding; 0 for a model without texts.
    """

    def __init__(
        self,
        settings: GeoSettings,
        *,
        bands: Mapping[str, tuple[str, ...]],
        side: int,
        sentence: int,
    ) -> None:
        super().__init__()
        dim, width, heads = settings.dim, settings.width, settings.heads
        # As in CROMA, radar tells less and gets half of the depth.
        half = settings.depth // 2
        self.towers = nn.ModuleDict(
            {
                sensor: Tower(
                    settings,
                    bands=names,
                    side=side,
                    depth=half if sensor == RADAR else settings.depth,
                    standardise=sensor in settings.standardise,
                    describe=sensor in settings.descriptors,
                )
                for sensor, names in bands.items()
            }
        )
        self.dim, self.heads = dim, heads
        self.joins = settings.joint and RADAR in bands and OPTICAL in bands
        if self.joins:
            self.cross = CrossEncoder(dim=dim, depth=half, heads=heads)
            self.project_joint = nn.Linear(dim, width)
        self.local = nn.ModuleDict({s: LocalInterpolation(dim=dim, out=width) for s in bands})
        self.locate = LocationEncoder(
            dim=width,
            seed=settings.seed,
            features=settings.location_features,
            hidden=settings.location_hidden,
        )
        self.read = nn.Linear(sentence, width) if sentence else None
        # SimCLR, arXiv 2002.05709, section 4.2: what is compared lies behind one more layer.
        # Each loss has its own: one wants all tiles apart, the other those of a label together.
        self.compare = nn.ModuleDict(
            {
                loss: nn.Sequential(
                    nn.Linear(width, width), nn.GELU(), nn.Linear(width, settings.projector)
                )
                for loss in ("intra", "labels")
            }
        )
        self.log_scale = nn.Parameter(torch.tensor(math.log(_FIRST_SCALE)))

    @property
    def sensors(self) -> Sequence[str]:
        """Those that it can see through."""
        return list(self.towers)

    def tower(self, sensor: str) -> Tower:
        """What a sensor is seen through."""
        tower = self.towers[sensor]
        assert isinstance(tower, Tower)
        return tower

    @property
    def scale(self) -> Tensor:
        """Of the logits between embeddings of different kinds."""
        return self.log_scale.exp().clamp(max=_HIGHEST_SCALE)

    def encode(self, pixels: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Tokens of each sensor: [B, C, H, W] -> [B, N, D]."""
        return {sensor: self.tower(sensor)(seen) for sensor, seen in pixels.items()}

    def grids(
        self, tokens: Mapping[str, Tensor], pixels: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        """The tokens where they lie, of each sensor: [B, D, h, w]."""
        return {s: self.tower(s).cells(seen, pixels[s]) for s, seen in tokens.items()}

    def embed(
        self,
        tokens: Mapping[str, Tensor],
        grids: Mapping[str, Tensor],
        pixels: Mapping[str, Tensor],
    ) -> dict[str, Tensor]:
        """Each sensor alone, and `JOINT` where it can: [B, width], not of length 1."""
        embedded = {s: self.tower(s).embed(seen, pixels[s]) for s, seen in tokens.items()}
        if self.joins and RADAR in tokens and OPTICAL in tokens:
            embedded[JOINT] = self.join(grids[RADAR], grids[OPTICAL])
        return embedded

    def join(self, radar: Tensor, optical: Tensor) -> Tensor:
        """Both grids, [B, D, h, w], through the cross encoder and its mean: [B, width]."""
        rows, columns = radar.shape[-2:]
        bias = alibi_2d(rows, columns, heads=self.heads, device=radar.device)[None]
        tokens = self.cross(
            radar.flatten(2).transpose(1, 2), optical.flatten(2).transpose(1, 2), bias
        )
        joint: Tensor = self.project_joint(tokens.mean(dim=1))
        return joint

    def embed_points(self, grid: Tensor, coordinates: Tensor, *, sensor: str) -> Tensor:
        """Points in a sensor's grid, x to the east and y to the south: [B, 2] -> [B, width]."""
        found: Tensor = self.local[sensor](grid, coordinates)
        return found

    def embed_texts(self, sentences: Tensor) -> Tensor:
        """Sentence embeddings [B, S] -> [B, width]."""
        if self.read is None:
            raise UsageError("This model was made without texts.")
        projected: Tensor = self.read(sentences)
        return projected

    def embed_locations(self, lonlat: Tensor) -> Tensor:
        """Longitude and latitude in degrees, [B, 2] -> [B, width]."""
        located: Tensor = self.locate(lonlat)
        return located

    def compared(self, embedded: Tensor, *, loss: str) -> Tensor:
        """What a loss within a kind compares: [B, width] -> [B, projector], of length 1."""
        return functional.normalize(self.compare[loss](embedded), dim=-1)


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
