from dataclasses import replace

import pytest

torch = pytest.importorskip("torch", reason="the extra geo brings torch")

from kgpipe.errors import UsageError  # noqa: E402
from kgpipe.geo.training.settings import GeoSettings  # noqa: E402
from kgpipe.geo.training.training_set import TrainingSet, prepare  # noqa: E402
from kgpipe.tiles import Box  # noqa: E402
from tests.geo.toy_tiles import ToyTiles, WordEmbedder, make_toys, without  # noqa: E402


def prepared(toys: ToyTiles, *, said: list[str] | None = None, **changes: object) -> TrainingSet:
    settings = GeoSettings.model_validate(changes)
    told = [] if said is None else said
    return prepare(toys, settings=settings, embedder=WordEmbedder(), say=told.append)


def test_a_batch_is_scaled_and_knows_its_facts() -> None:
    toys = make_toys(sensors=["S1", "S2"])
    batch = prepared(toys).take(torch.tensor([3, 1]))
    assert {s: tuple(p.shape) for s, p in batch.pixels.items()} == {
        "S1": (2, 2, 16, 16), "S2": (2, 4, 16, 16),
    }  # fmt: skip
    assert all(p.min() >= 0 and p.max() <= 1 for p in batch.pixels.values())
    assert batch.lonlat[1].tolist() == [toys.tiles[1].lon, toys.tiles[1].lat]
    # Labels in order are forest, mine; odd tiles are forest.
    assert batch.labels.tolist() == [[1, 0], [1, 0]]


def test_what_is_kept_in_memory_is_what_would_be_read() -> None:
    toys = make_toys()
    rows = torch.tensor([5, 0, 9])
    kept, read = (prepared(toys, cache_mb=megabytes).take(rows) for megabytes in (64, 0))
    torch.testing.assert_close(kept.pixels["RGB"], read.pixels["RGB"], atol=5e-4, rtol=0)


def test_tiles_without_data_are_left_out_and_told() -> None:
    said: list[str] = []
    toys = without(make_toys(), 4, sensor="RGB")
    toys.pixels["RGB"][5, 0, 0, 0] = float("nan")
    training = prepared(toys, said=said)
    assert len(training) == 23
    assert [tile.id for tile in training.tiles[3:6]] == ["toy003", "toy005", "toy006"]
    assert "1 tiles without any data" in said[0]
    assert "1 missing pixels" in said[1]
    assert torch.isfinite(training.take(torch.arange(23)).pixels["RGB"]).all()


def test_the_digest_tells_pixels_labels_and_bands_apart() -> None:
    toys = make_toys()
    brighter = replace(toys, pixels={"RGB": toys.pixels["RGB"] + 0.1})
    unlabelled = make_toys(labelled=False)
    sets = [toys, brighter, unlabelled, make_toys(sensors=["S2"])]
    assert len({prepared(one).digest for one in sets}) == 4
    assert prepared(toys).digest == prepared(make_toys()).digest


def test_an_extent_over_the_antimeridian_has_a_width() -> None:
    toys = make_toys()
    box = Box(179.5, -1.0, -179.5, 1.0)
    toys.tiles = [toys.tiles[0].model_copy(update={"box": box}), *toys.tiles[1:]]
    assert prepared(toys).facts.extent[0].tolist() == [179.5, -1.0, 1.0, 2.0]


def test_a_sensor_can_be_chosen_and_a_missing_one_is_named() -> None:
    toys = make_toys(sensors=["S1", "S2"])
    assert list(prepared(toys, sensors=["S1"]).bands) == ["S1"]
    with pytest.raises(UsageError, match="no RGB; they have S1, S2"):
        prepared(toys, sensors=["RGB"])


def test_one_tile_is_not_enough() -> None:
    with pytest.raises(UsageError, match="at least two"):
        prepared(make_toys(1))
