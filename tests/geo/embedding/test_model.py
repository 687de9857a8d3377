from pathlib import Path

import pytest

from kgpipe.errors import KgpipeError, UsageError
from kgpipe.geo.embedding.model import FILE_NAME, Model, read_model, write_model
from kgpipe.geo.embedding.scaling import BandRange
from kgpipe.geo.training.settings import GeoSettings

MODEL = Model(
    settings=GeoSettings(),
    bands={"RGB": ("R", "G", "B")},
    ranges={"RGB": (BandRange(mean=0.1, std=0.2),) * 3},
    side=48,
    files={"tiles_RGB.onnx": "ab" * 32},
    embedder="words",
    tiles=10,
    training_set="tiles-1",
    losses=("intra",),
    left_out={"inter": "one sensor"},
)


def test_a_model_comes_back_with_its_name(tmp_path: Path) -> None:
    write_model(tmp_path, MODEL)
    assert read_model(tmp_path) == MODEL
    assert read_model(tmp_path).name == MODEL.name


@pytest.mark.parametrize(
    "change",
    [
        {"files": {"tiles_RGB.onnx": "cd" * 32}},
        {"ranges": {"RGB": (BandRange(mean=0.1, std=0.3),) * 3}},
        {"embedder": "other"},
    ],
)
def test_the_name_changes_with_what_embeddings_depend_on(change: dict[str, object]) -> None:
    assert MODEL.model_copy(update=change).name != MODEL.name


def test_a_folder_without_a_model_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="geo train"):
        read_model(tmp_path)


def test_a_damaged_or_foreign_description_is_an_error(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("{")
    with pytest.raises(KgpipeError, match="damaged"):
        read_model(tmp_path)
    write_model(tmp_path, MODEL.model_copy(update={"format": 99}))
    with pytest.raises(KgpipeError, match="format 99"):
        read_model(tmp_path)
