"""Models trained on toy tiles for a few steps."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

from kgpipe.geo.embedding.model import Model
from kgpipe.geo.training.settings import choose_settings
from kgpipe.ports import Port
from tests.geo.toy_tiles import ToyTiles, WordEmbedder, make_toys

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

    settings = choose_settings(preset="demo", changes=[*SMALL, *changes])
    source = toys or make_toys(sensors=sensors)
    return train(source, out=folder, settings=settings, embedder=WORDS, **options)


def fit_toy(folder: Path, *changes: str, **options: Any) -> Model:
    """The same without the export: a model without files."""
    with patch("kgpipe.geo.training.train.export", return_value={}):
        return train_toy(folder, *changes, **options)
