"""What a folder with a trained model says about it: `model.json`, readable without torch."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from kgpipe.errors import KgpipeError, UsageError
from kgpipe.geo.embedding.scaling import BandRange
from kgpipe.geo.training.settings import GeoSettings
from kgpipe.ids import content_id
from kgpipe.types import Record

FILE_NAME = "model.json"
# Raised when the files or their inputs change.
FORMAT = 1


class Model(Record):
    """A trained model.

    Attributes:
        format: of the files.
        settings: all that it was made with, the seed among them.
        bands: of each sensor, in the order of its arrays.
        ranges: of these bands over the training tiles.
        side: of the training tiles, in pixels.
        files: sha256 of each .onnx file.
        embedder: name of what made vectors of the descriptions, "" where none was learned from.
        tiles: how many it was trained on.
        training_set: digest of these tiles.
        losses: those that took part.
        left_out: those that could not, and why.
    """

    format: int = FORMAT
    settings: GeoSettings
    bands: Mapping[str, tuple[str, ...]]
    ranges: Mapping[str, tuple[BandRange, ...]]
    side: int
    files: Mapping[str, str]
    embedder: str
    tiles: int
    training_set: str
    losses: tuple[str, ...]
    left_out: Mapping[str, str]

    @property
    def name(self) -> str:
        """Changes whenever an embedding could: it holds a digest of all that they depend on."""
        return content_id("geo", self.model_dump(mode="json"))


def read_model(folder: Path) -> Model:
    """Read `model.json`.

    Raises:
        UsageError: there is none.
        KgpipeError: it cannot be read, or another version of kgpipe wrote it.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        raise UsageError(
            f"{folder} holds no trained model ({FILE_NAME}). Make one: "
            "kgpipe geo train --tiles TILES.csv --out MODEL"
        )
    try:
        model = Model.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise KgpipeError(f"{path} is damaged or of another version: train again.") from error
    if model.format != FORMAT:
        raise KgpipeError(f"{path} has format {model.format}, not {FORMAT}: train again.")
    return model


def write_model(folder: Path, model: Model) -> None:
    """Write `model.json` at once, so that a kill leaves the old one or the new one."""
    path = folder / FILE_NAME
    partial = path.with_suffix(".partial")
    partial.write_text(model.model_dump_json(indent=1) + "\n", encoding="utf-8")
    partial.replace(path)
