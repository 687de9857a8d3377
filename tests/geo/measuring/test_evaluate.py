import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from kgpipe.errors import UsageError
from kgpipe.geo.data.tileset import Pixels
from kgpipe.geo.measuring.evaluate import (
    Embedded,
    draw_evaluation,
    embed_set,
    evaluate_embedding,
    write_report,
)
from kgpipe.tiles import Tile
from kgpipe.types import Rejection

SIDE = 8


class _Set:
    """Two sensors that see the same random ground; mines are brighter."""

    rejections: Sequence[Rejection] = ()

    def __init__(self, tiles: Sequence[Tile], *, seed: int, radar: bool = True) -> None:
        self.tiles = tiles
        self._ground = np.random.default_rng(seed).random((len(tiles), 2, SIDE, SIDE))
        for row, tile in enumerate(tiles):
            self._ground[row] += 0.12 * ("mine" in tile.labels) + 0.3 * ("dredge" in tile.labels)
        self.bands: Mapping[str, tuple[str, ...]] = {"S2": ("B03", "B04")}
        if radar:
            self.bands = {"S1": ("VV", "VH"), **self.bands}

    def read(self, places: Sequence[int]) -> Pixels:
        seen = self._ground[list(places)].astype(np.float32)
        return {sensor: seen for sensor in self.bands}


class _Encoder:
    """Pixels themselves are the embedding; blank tiles cannot be seen."""

    name = "pixels"
    bands: Mapping[str, tuple[str, ...]] = {"S1": ("VV", "VH"), "S2": ("B03", "B04")}

    def embed_tiles(self, pixels: Pixels) -> NDArray[np.float32]:
        seen = np.mean(list(pixels.values()), axis=0)
        flat = np.concatenate([seen.reshape(len(seen), -1) - 0.7, seen.mean(axis=(2, 3))], axis=1)
        return np.asarray(flat / np.linalg.norm(flat, axis=1, keepdims=True), dtype=np.float32)

    def embed_points(self, pixels: Pixels, offsets: NDArray[np.float32]) -> NDArray[np.float32]:
        raise NotImplementedError

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        raise NotImplementedError

    def embed_locations(self, lonlat: NDArray[np.float64]) -> NDArray[np.float32]:
        raise NotImplementedError


def _tiles(prefix: str, count: int = 120) -> list[Tile]:
    kinds = [("mine", "pit"), ("mine", "dredge"), ("not_mine", "forest")]
    return [
        Tile(
            id=f"{prefix}{row}", source="made", labels=kinds[row % 3], group=f"{prefix}{row // 10}"
        )
        for row in range(count)
    ]


def _embedded(prefix: str, seed: int, *, radar: bool = True) -> Embedded:
    return embed_set(_Encoder(), _Set(_tiles(prefix), seed=seed, radar=radar))


def test_a_tile_that_one_sensor_did_not_see_is_not_found_by_it() -> None:
    test = _embedded("b", 2)
    # Each shows another tile to the other sensor: nothing is found but by chance.
    test.by_sensor["S2"][:] = np.roll(test.by_sensor["S2"], 1, axis=0)
    test.by_sensor["S1"][:60] = np.nan
    report, _ = evaluate_embedding(_embedded("a", 1), test)
    for direction in ("S1_to_S2", "S2_to_S1"):
        assert report["retrieval"][direction]["tiles"] == 60
        assert report["retrieval"][direction]["recall_at_1"]["value"] < 0.1
        assert report["retrieval"][direction]["recall_at_1"]["by_chance"] == pytest.approx(1 / 60)


def test_the_report_of_two_sensors() -> None:
    report, scores = evaluate_embedding(_embedded("a", 1), _embedded("b", 2))
    assert report["average_precision"] > 0.9 > report["average_precision_by_chance"]
    low, high = report["average_precision_interval"]
    assert low <= report["average_precision"] <= high
    assert report["macro_f1"] > 0.8
    assert report["categories"] == ["dredge", "forest", "pit"]
    assert report["categories_absent_from_training"] == []
    assert set(report["retrieval"]) == {"S1_to_S2", "S2_to_S1"}
    found = report["retrieval"]["S1_to_S2"]["recall_at_5"]
    assert found["value"] == 1
    assert found["by_chance"] == pytest.approx(5 / 120)
    assert report["clusters"]["same_among_10_nearest"] > report["clusters"]["same_by_chance"]
    assert report["counts"]["test_labels"]["mine"] == 80
    assert report["warnings"] == []
    assert scores is not None
    assert scores.shape == (120,)


def test_gold_labels_of_the_tested_tiles_change_no_score() -> None:
    train, test = _embedded("a", 1), _embedded("b", 2)
    shuffled = [tile.model_copy(update={"labels": ("not_mine", "pit")}) for tile in test.tiles]
    hidden = test._replace(tiles=[*shuffled[:-1], test.tiles[0].model_copy(update={"id": "x"})])
    one, other = (evaluate_embedding(train, tested).scores for tested in (test, hidden))
    assert one is not None
    assert other is not None
    assert (one == other).all()


def test_a_category_that_training_lacks_is_named() -> None:
    train = _embedded("a", 1)
    kept = [row for row, tile in enumerate(train.tiles) if "dredge" not in tile.labels]
    fewer = train._replace(tiles=[train.tiles[row] for row in kept], vectors=train.vectors[kept])
    report, _ = evaluate_embedding(fewer, _embedded("b", 2))
    assert report["categories_absent_from_training"] == ["dredge"]
    assert report["macro_f1"] < 0.7


def test_tiles_on_both_sides_are_counted() -> None:
    train = _embedded("a", 1)
    report, _ = evaluate_embedding(train, train)
    assert "120 of 120 tested tiles are among the training tiles" in report["warnings"][0]


def test_one_class_or_no_label_is_an_error() -> None:
    train, test = _embedded("a", 1), _embedded("b", 2)
    mines = [row for row, tile in enumerate(train.tiles) if "mine" in tile.labels]
    one_class = train._replace(
        tiles=[train.tiles[row] for row in mines], vectors=train.vectors[mines]
    )
    with pytest.raises(UsageError, match="All training tiles have the label 'mine'"):
        evaluate_embedding(one_class, test)
    bare = [tile.model_copy(update={"labels": ()}) for tile in test.tiles]
    with pytest.raises(UsageError, match="No tested tile has a label"):
        evaluate_embedding(train, test._replace(tiles=bare))


def test_other_sensors_or_bands_are_an_error() -> None:
    tiles = _Set(_tiles("a"), seed=1)
    tiles.bands = {"RGB": ("R", "G", "B")}
    with pytest.raises(UsageError, match="The tiles have RGB, the model reads S1, S2"):
        embed_set(_Encoder(), tiles)
    tiles.bands = {"S2": ("B04", "B03")}
    with pytest.raises(UsageError, match="are not those of the model"):
        embed_set(_Encoder(), tiles)


def test_what_cannot_be_seen_is_counted_and_left_out() -> None:
    tiles = _Set(_tiles("a"), seed=1, radar=False)
    tiles._ground[3] = np.nan
    found = embed_set(_Encoder(), tiles)
    assert len(found.tiles) == 119
    assert 3 not in found.places
    assert [one.reason for one in found.rejections] == ["nothing_seen"]
    assert found.by_sensor == {}


def test_the_report_and_its_pictures(tmp_path: Path) -> None:
    train, test = _embedded("a", 1), _embedded("b", 2)
    evaluated = evaluate_embedding(train, test)
    write_report(evaluated.report, tmp_path / "deep" / "report.json")
    assert json.loads((tmp_path / "deep" / "report.json").read_text()) == evaluated.report
    pictures = _Set(_tiles("b"), seed=2)
    written = draw_evaluation(evaluated, test, pictures, tmp_path / "pictures")
    assert [path.name for path in written] == ["verdicts.png", "map.png"]
