"""Tiles of each sensor, points inside them, texts and locations in one embedding space.

An encoder a sensor (CROMA's with 2D-ALiBi, or SatMAE's by band groups), CROMA's cross encoder over
radar and optical tokens, GAIR's location encoder and local interpolation, and a linear projection
of frozen sentence embeddings.
"""

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from kgpipe.errors import UsageError
from kgpipe.geo.mechanisms.alibi import alibi_2d
from kgpipe.geo.mechanisms.croma_encoders import CrossEncoder
from kgpipe.geo.mechanisms.location import LocationEncoder
from kgpipe.geo.mechanisms.nili import LocalInterpolation
from kgpipe.geo.training.settings import GeoSettings
from kgpipe.geo.training.tower import Tower

RADAR, OPTICAL = "S1", "S2"
# The name of the embedding of both.
JOINT = "S1+S2"
# CROMA (arXiv 2311.00566): the scale of the logits is learned, from 1 / 0.07; CLIP's upper bound.
_FIRST_SCALE, _HIGHEST_SCALE = 1 / 0.07, 100.0


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
                    sensor=sensor,
                    bands=names,
                    side=side,
                    depth=half if sensor == RADAR else settings.depth,
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
