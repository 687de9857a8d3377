import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("torch", reason="the extra geo brings torch")

from kgpipe.errors import KgpipeError, UsageError
from kgpipe.geo.data.table import TileTable
from kgpipe.geo.measuring.concepts import (
    Categories,
    Conjured,
    choose_side,
    conjure_concepts,
    read_concepts,
    report_concepts,
    shrink,
    write_concepts,
)
from kgpipe.geo.mechanisms.conjure import Distances
from kgpipe.tiles import Tile
from tests.bench.made_geo import make_table

SIDE = 8


def make_tiles() -> TileTable:
    """Dark, grey and bright tiles, of which the grey ones have a wide label too; one without."""
    labels = [("dark",)] * 6 + [("land", "grey")] * 6 + [("bright",)] * 6 + [()]
    light = np.repeat([0.1, 0.3, 0.9, 0.5], [6, 6, 6, 1])
    noise = np.random.default_rng(0).normal(scale=0.05, size=(len(light), 3, 16, 16))
    pixels = np.clip(light[:, None, None, None] + noise, 0, 1).astype(np.float32)
    tiles = [Tile(id=str(at), source="s", labels=one) for at, one in enumerate(labels)]
    return make_table(tiles, {"RGB": pixels}, bands={"RGB": ("R", "G", "B")})


def test_tiles_are_read_by_their_last_label() -> None:
    found = read_concepts(make_tiles(), side=SIDE)
    assert found.counts == {"bright": 6, "dark": 6, "grey": 6}
    assert found.pixels.shape == (18, 3, SIDE, SIDE)
    means = [found.pixels[found.numbers == at].mean() for at in range(3)]
    np.testing.assert_allclose(means, [0.8, -0.8, -0.4], atol=0.05)
    assert read_concepts(make_tiles(), wanted=["grey", "dark"], side=SIDE).counts == {
        "dark": 6, "grey": 6,
    }  # fmt: skip


def test_wide_labels_can_be_asked_for() -> None:
    tiles = make_tiles()
    assert read_concepts(tiles, wanted=["land", "dark"], side=SIDE).counts == {"dark": 6, "land": 6}
    # A tile with two of the wanted labels would be on both sides.
    with pytest.raises(UsageError, match="in pairs, and the tiles have no labels"):
        read_concepts(tiles, wanted=["land", "grey"], side=SIDE)


def test_a_seed_counts_once_and_a_gpu_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    categories = read_concepts(make_tiles(), side=SIDE)
    with pytest.raises(UsageError, match="each seed once"):
        conjure_concepts(categories, steps=1, samples=2, seeds=(1, 1))
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(UsageError, match="No CUDA device"):
        conjure_concepts(categories, steps=1, samples=2, seeds=(1,), device="cuda")


def test_what_cannot_be_compared_is_said() -> None:
    with pytest.raises(
        UsageError, match=r"No tile has the label river\. There are: bright, dark, grey, land"
    ):
        read_concepts(make_tiles(), wanted=["river", "dark"])
    with pytest.raises(UsageError, match="in pairs, and the tiles have dark"):
        read_concepts(make_tiles(), wanted=["dark"])
    with pytest.raises(UsageError, match="Tiles of 45 pixels cannot be shrunk"):
        choose_side(45, 24)
    assert [choose_side(48, 24), choose_side(32, 24), choose_side(20, 24)] == [24, 16, 20]


def test_pixels_are_averaged_over_whole_squares() -> None:
    pictures = np.arange(16, dtype=np.float32).reshape(1, 1, 4, 4).repeat(3, axis=1)
    np.testing.assert_allclose(shrink(pictures, side=2)[0, 0], [[2.5, 4.5], [10.5, 12.5]])
    with pytest.raises(KgpipeError, match="do not divide"):
        shrink(pictures, side=3)


def test_what_looks_alike_is_near(tmp_path: Path) -> None:
    categories = read_concepts(make_tiles(), side=SIDE)
    told: list[int] = []
    conjured = conjure_concepts(
        categories, steps=60, samples=4, seeds=(1, 2), progress=lambda step, loss: told.append(step)
    )
    assert told == list(range(120))
    nearest = conjured.nearest("grey")
    assert [name for name, _, _ in nearest] == ["dark", "bright"]
    assert nearest[1][1] - nearest[0][1] > nearest[1][2] + nearest[0][2]
    report = report_concepts(categories, conjured)
    assert report["neighbours"]["grey"] == ["dark", "bright"]
    table, matrix, shown = write_concepts(categories, conjured, tmp_path)
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["one"], row["other"]) for row in rows] == [
        ("bright", "grey"), ("bright", "dark"), ("dark", "grey"),
    ]  # fmt: skip
    assert float(rows[2]["distance"]) == pytest.approx(nearest[0][1], rel=1e-4)
    for path in (matrix, shown):
        with Image.open(path) as picture:
            assert min(picture.size) > 50


def test_errors_come_from_paths_and_from_trainings() -> None:
    categories = read_concepts(make_tiles(), wanted=["dark", "grey"], side=SIDE)
    model = conjure_concepts(categories, steps=1, samples=2, seeds=(1,)).model

    def training(*paths: float) -> Distances:
        own = np.zeros((2, 2, len(paths)))
        own[0, 1] = own[1, 0] = paths
        return Distances(("dark", "grey"), own)

    one = Conjured([training(1, 3)], model)
    assert one.path_error[0, 1] == pytest.approx(1) and one.training_error[0, 1] == 0
    two = Conjured([training(1, 3), training(5, 7)], model)
    assert two.mean[0, 1] == 4
    assert two.path_error[0, 1] == pytest.approx(np.sqrt(2) / 2)
    assert two.training_error[0, 1] == pytest.approx(np.std([2, 6], ddof=1) / np.sqrt(2))
    assert two.error[0, 1] == two.training_error[0, 1]


def test_categories_count_their_tiles() -> None:
    assert Categories(("a", "b"), np.zeros((3, 3, 4, 4), np.float32), np.array([0, 1, 1])).counts \
        == {"a": 1, "b": 2}  # fmt: skip
