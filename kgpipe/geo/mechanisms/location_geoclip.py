"""GeoCLIP's trained location encoder, where the package `geoclip` happens to be installed.

Vivanco Cepeda, Nayak & Shah, "GeoCLIP", NeurIPS 2023, arXiv 2309.16020. Of the package nothing but
its file of weights is read: what it imports (transformers, a CLIP backbone from the network) is
not needed. Never a dependency: `pip install --no-deps geoclip==1.3.0` brings the file (MIT).
"""

import hashlib
import re
from importlib.util import find_spec
from pathlib import Path

import torch

from kgpipe.errors import UsageError
from kgpipe.geo.mechanisms.location import LocationEncoder

_WEIGHTS = Path("model", "weights", "location_encoder_weights.pth")
# Of geoclip 1.3.0: other weights would be read without a word and mean something else.
_SHA256 = "94b80ae3af89fca78539e129dd2929d321247f5ceeeb0a31bc2c31041a253394"
# Width of the weights in the package, and of its image encoder's space.
DIM = 512


def load_geoclip() -> LocationEncoder:
    """Return the trained encoder, [B, 2] -> [B, 512]; it takes longitude first, as ours does.

    The same projection up to one part in ten million, the same scales and layers, so that the
    weights are taken over by name. GeoCLIP itself takes latitude first.

    Raises:
        UsageError: the package is not installed, or has other weights.
    """
    package = find_spec("geoclip")
    folders = (package.submodule_search_locations if package else None) or []
    files = [Path(folder) / _WEIGHTS for folder in folders]
    file = next((file for file in files if file.is_file()), None)
    if file is None:
        raise UsageError(
            "GeoCLIP's location weights are not here: pip install --no-deps geoclip==1.3.0"
        )
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if digest != _SHA256:
        raise UsageError(f"{file} holds other weights than those of geoclip 1.3.0: install that.")
    encoder = LocationEncoder(dim=DIM, seed=0)
    content = torch.load(file, map_location="cpu", weights_only=True)
    encoder.load_state_dict({_rename(key): value for key, value in content.items()})
    return encoder.eval()


def _rename(key: str) -> str:
    """`LocEnc1.capsule.3.weight` -> `scales.1.3.weight`; the head follows the seven layers."""
    key = re.sub(r"^LocEnc(\d+)\.", r"scales.\1.", key)
    key = re.sub(r"\.capsule\.0\.b$", ".0.frequencies", key)
    return key.replace(".capsule.", ".").replace(".head.0.", ".7.")
