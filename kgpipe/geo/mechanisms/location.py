"""GAIR's location encoder: where on Earth, as a vector.

GAIR, arXiv 2503.16683, section on the location encoder, which takes the form of GeoCLIP's, arXiv
2309.16020: an equal-area projection, random Fourier features at three scales (Tancik et al., arXiv
2006.10739), an MLP a scale, their sum.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from kgpipe.geo.data.lonlat import check_lonlat

# Coefficients of Šavrič, Patterson & Jenny, "The Equal Earth map projection", IJGIS 2019.
_A1, _A2, _A3, _A4 = 1.340264, -0.081106, 0.000893, 0.003796
# x of (180, 0) on the unit sphere.
_EAST = 2 * math.pi / (math.sqrt(3) * _A1)


def equal_earth(lonlat: Tensor) -> Tensor:
    """Project to the Equal Earth plane; the equator runs from x = -1 to x = 1.

    Equal areas on the globe are equal areas in the plane. It is continuous on the globe but for one
    seam: along the antimeridian, lon 180 and lon -180 are the same line on the ground and lie up to
    2 apart in the plane, so neighbours across it get unrelated embeddings. A pole is not a point
    but a line 0.59 times as long as the equator.

    Args:
        lonlat: [B, 2] longitude, latitude in degrees.

    Returns:
        [B, 2]: x in [-1, 1], y in [-0.487, 0.487].
    """
    lon, lat = torch.deg2rad(lonlat).unbind(dim=-1)
    theta = torch.asin(math.sqrt(3) / 2 * torch.sin(lat))
    square = theta * theta
    # y(theta) is a polynomial, and its derivative the factor that keeps areas equal.
    sixth = square**3
    y = theta * (_A1 + _A2 * square + sixth * (_A3 + _A4 * square))
    slope = _A1 + 3 * _A2 * square + sixth * (7 * _A3 + 9 * _A4 * square)
    x = 2 / math.sqrt(3) * lon * torch.cos(theta) / slope
    return torch.stack([x, y], dim=-1) / _EAST


class FourierFeatures(nn.Module):
    """[cos 2 pi B v, sin 2 pi B v] with B drawn once from N(0, sigma^2); [n, 2] -> [n, 2 * size].

    The greater `sigma`, the finer is what it tells apart.
    """

    frequencies: Tensor

    def __init__(self, sigma: float, *, size: int, generator: torch.Generator) -> None:
        super().__init__()
        drawn = sigma * torch.randn(size, 2, generator=generator)
        self.register_buffer("frequencies", drawn)

    def forward(self, points: Tensor) -> Tensor:
        """Encode points of the plane, [n, 2]."""
        # No matrix product, which autocast would do in bfloat16: the angles reach thousands, where
        # its steps are 8 wide.
        angles = 2 * math.pi * (points[:, None, :] * self.frequencies).sum(dim=-1)  # [n, size]
        return torch.cat([torch.cos(angles), torch.sin(angles)], dim=-1)


class LocationEncoder(nn.Module):
    """Sum over the scales of MLP(Fourier features(Equal Earth(lon, lat))).

    Args:
        dim: of the embedding.
        sigmas: of the scales, in cycles over half of the equator: about 20,000 km, 1,250 km, 78 km.
        seed: of the frequencies and of the first weights.
        features: frequencies a scale; the MLP sees twice as many.
        hidden: width of the MLP's three hidden layers.
    """

    def __init__(
        self,
        *,
        dim: int,
        sigmas: Sequence[float] = (1, 16, 256),
        seed: int,
        features: int = 256,
        hidden: int = 1024,
    ) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.scales = nn.ModuleList(
                nn.Sequential(
                    FourierFeatures(sigma, size=features, generator=generator),
                    nn.Linear(2 * features, hidden),
                    nn.ReLU(),
                    nn.Linear(hidden, hidden),
                    nn.ReLU(),
                    nn.Linear(hidden, hidden),
                    nn.ReLU(),
                    nn.Linear(hidden, dim),
                )
                for sigma in sigmas
            )

    def forward(self, lonlat: Tensor) -> Tensor:
        """Embed longitude, latitude in degrees, [B, 2] -> [B, dim].

        Raises:
            KgpipeError: as `check_lonlat` tells. An exported encoder cannot check: its caller must.
        """
        if not (torch.compiler.is_exporting() or torch.onnx.is_in_onnx_export()):
            check_lonlat(lonlat.detach().cpu().double().numpy())
        plane = equal_earth(lonlat)  # [B, 2]
        return torch.stack([scale(plane) for scale in self.scales]).sum(dim=0)  # [B, dim]
