"""Models trained on toy tiles for a few steps."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kgpipe.geo.embedding.model import Model
from kgpipe.geo.training.settings import choose_settings
from kgpipe.ports import Port
from tests.geo.toy_tiles import ToyTiles, WordEmbedder, make_toys

if TYPE_CHECKING:
    from kgpipe.geo.training.train import Fitted

WORDS = Port("words", WordEmbedder)
SMALL = (
    "dim=16", "heads=2", "width=8", "projector=8", "decoder=16", "location_hidden=16",
    "location_features=8", "queue=64", "batch=8", "epochs=2", "steps=6", "threads=1",
)  # fmt: skip


def train_toy(
    folder: Path,
    *changes: str,
    sensors: Sequence[str] = ("RGB",),
    toys: ToyTiles | None = None,
    **options: Any,
) -> Model:
    """Six steps of two blocks on 24 tiles of 16 x 16 pixels, and the export, which takes longer."""
    from kgpipe.geo.training.train import train

    return train(toys or make_toys(sensors=sensors), out=folder, **_options(changes, options))


def fit_toy(
    folder: Path,
    *changes: str,
    sensors: Sequence[str] = ("RGB",),
    toys: ToyTiles | None = None,
    **options: Any,
) -> "Fitted":
    """The same without the export."""
    from kgpipe.geo.training.train import fit

    return fit(toys or make_toys(sensors=sensors), out=folder, **_options(changes, options))


def _options(changes: Sequence[str], options: dict[str, Any]) -> dict[str, Any]:
    settings = choose_settings(preset="demo", changes=[*SMALL, *changes])
    return {"settings": settings, "embedder": WORDS, **options}
