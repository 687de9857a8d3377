"""How surfaces look to Sentinel-2 and Sentinel-1: means that the synthetic tiles are drawn with.

Reflectances are typical of the surface (level 2A) in the Amazon basin: vegetation with its red edge
and water absorption in the short-wave infrared, laterite with iron's rise from blue to red, water
that is dark beyond the red except where sediment lifts it up to the near infrared. Backscatter is
sigma nought in C band: volume scattering over forest, mirror-like loss over calm water, double
bounce at buildings. The orders of magnitude are those of the literature; no set was fitted.
"""

from typing import NamedTuple

import numpy as np

# Land cover classes of the multi-label set.
CLASSES = ("forest", "grass", "bare_soil", "water", "mining_pond", "built_up", "cloud")


class Signature(NamedTuple):
    """One surface.

    Attributes:
        cover: its land cover class.
        reflectance: of the twelve bands B01 to B12 without B10, 0 to 1.
        vv: mean backscatter in dB.
        vh: as `vv`.
        texture: relative standard deviation of its brightness from pixel to pixel.
    """

    cover: str
    reflectance: tuple[float, ...]
    vv: float
    vh: float
    texture: float


# Reflectance by band:  B01   B02   B03   B04   B05   B06   B07   B08   B8A   B09   B11   B12
SURFACES = {
    "forest": Signature(
        "forest",
        (0.02, 0.025, 0.045, 0.024, 0.07, 0.20, 0.25, 0.27, 0.29, 0.29, 0.13, 0.05),
        -7.5, -13.0, 0.10,
    ),
    "regrowth": Signature(
        "forest",
        (0.03, 0.035, 0.065, 0.040, 0.10, 0.25, 0.31, 0.34, 0.35, 0.35, 0.19, 0.09),
        -8.5, -14.5, 0.08,
    ),
    "pasture": Signature(
        "grass",
        (0.04, 0.050, 0.085, 0.080, 0.13, 0.22, 0.26, 0.28, 0.30, 0.31, 0.26, 0.15),
        -11.0, -17.5, 0.05,
    ),
    "laterite": Signature(
        "bare_soil",
        (0.05, 0.060, 0.105, 0.195, 0.22, 0.24, 0.26, 0.28, 0.30, 0.31, 0.38, 0.30),
        -12.0, -20.0, 0.10,
    ),
    "bare_soil": Signature(
        "bare_soil",
        (0.08, 0.110, 0.160, 0.220, 0.25, 0.27, 0.29, 0.31, 0.33, 0.33, 0.40, 0.34),
        -12.5, -20.5, 0.12,
    ),
    "sand": Signature(
        "bare_soil",
        (0.17, 0.200, 0.245, 0.280, 0.31, 0.33, 0.35, 0.37, 0.39, 0.39, 0.45, 0.41),
        -14.5, -22.5, 0.10,
    ),
    "dark_water": Signature(
        "water",
        (0.03, 0.026, 0.026, 0.018, 0.013, 0.008, 0.008, 0.006, 0.005, 0.004, 0.003, 0.002),
        -19.0, -26.0, 0.04,
    ),
    "turbid_water": Signature(
        "water",
        (0.04, 0.045, 0.100, 0.150, 0.14, 0.08, 0.08, 0.06, 0.05, 0.04, 0.008, 0.005),
        -18.0, -25.5, 0.04,
    ),
    "fish_pond": Signature(
        "water",
        (0.04, 0.045, 0.085, 0.050, 0.05, 0.02, 0.02, 0.015, 0.012, 0.01, 0.004, 0.003),
        -19.5, -27.0, 0.04,
    ),
    "turquoise_pond": Signature(
        "mining_pond",
        (0.07, 0.090, 0.145, 0.075, 0.06, 0.025, 0.025, 0.018, 0.015, 0.012, 0.006, 0.004),
        -20.0, -27.5, 0.05,
    ),
    "ochre_pond": Signature(
        "mining_pond",
        (0.06, 0.070, 0.140, 0.190, 0.18, 0.11, 0.11, 0.08, 0.07, 0.06, 0.012, 0.008),
        -20.0, -27.5, 0.05,
    ),
    "road": Signature(
        "built_up",
        (0.08, 0.090, 0.120, 0.170, 0.19, 0.21, 0.22, 0.23, 0.25, 0.25, 0.31, 0.27),
        -11.0, -19.0, 0.06,
    ),
    "roof": Signature(
        "built_up",
        (0.15, 0.170, 0.180, 0.200, 0.21, 0.22, 0.23, 0.24, 0.25, 0.25, 0.27, 0.25),
        -3.0, -10.5, 0.18,
    ),
}  # fmt: skip
NAMES = tuple(SURFACES)
REFLECTANCES = np.array([surface.reflectance for surface in SURFACES.values()])  # (surfaces, 12)
BACKSCATTER = np.array([(surface.vv, surface.vh) for surface in SURFACES.values()])  # dB
TEXTURES = np.array([surface.texture for surface in SURFACES.values()])
# Thick cloud: white, darker in the short-wave infrared, where water absorbs. Radar sees none.
CLOUD = np.array([0.50, 0.52, 0.53, 0.54, 0.55, 0.56, 0.57, 0.58, 0.58, 0.50, 0.40, 0.30])
# What the air adds to red, green and blue by scattering: the sheets show level 1C.
HAZE = np.array([0.016, 0.031, 0.057])
