from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from kgpipe.errors import UsageError
from kgpipe.geo.data.regions import AMAZON
from kgpipe.geo.data.splits import split_by
from kgpipe.geo.data.synthetic import make_synthetic, write_synthetic
from kgpipe.geo.data.tiletable import open_tiles


def test_what_is_written_is_what_is_made(tmp_path: Path) -> None:
    path = write_synthetic(tmp_path, 30, side=32, seed=4)
    written, made = open_tiles(path), make_synthetic(30, side=32, seed=4)
    assert written.tiles == made.tiles
    assert written.rejections == []
    assert {sensor: set(bands) for sensor, bands in written.bands.items()} == {
        sensor: set(bands) for sensor, bands in made.bands.items()
    }
    for sensor, values in made.read(range(30)).items():
        np.testing.assert_array_equal(written.read(range(30))[sensor], values)
    np.testing.assert_array_equal(written.fractions, made.fractions)


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_synthetic(tmp_path / name, 26, side=32, seed=1)
    files = sorted(path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*.*"))
    assert len(files) == 4
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_more_tiles_begin_with_the_same_ones_and_another_seed_with_others() -> None:
    few, many = make_synthetic(10, side=32), make_synthetic(30, side=32)
    assert list(few.tiles) == list(many.tiles)[:10]
    np.testing.assert_array_equal(few.read([9])["S2"], many.read([9])["S2"])
    assert make_synthetic(10, side=32, seed=1).tiles[0].lon != few.tiles[0].lon


def test_scenes_lie_in_their_regions_and_can_be_split() -> None:
    table = make_synthetic(100, side=32, regions=AMAZON[:2])
    assert len({tile.group for tile in table.tiles}) == 4
    assert {place for tile in table.tiles for place in tile.places} == {
        "Madre de Dios", "Peru", "Tapajós", "Brazil",
    }  # fmt: skip
    assert len({(tile.lon, tile.lat) for tile in table.tiles}) == 100
    assert len(set(split_by(table, folds=4, seed=0).tolist())) == 4
    labels = Counter(tile.labels[0] for tile in table.tiles)
    assert 15 < labels["mine"] < 45


def test_a_subset_of_the_csv_finds_its_crops(tmp_path: Path) -> None:
    path = write_synthetic(tmp_path, 30, side=32)
    lines = path.read_text().splitlines()
    (tmp_path / "part.csv").write_text("\n".join([lines[0], lines[28], lines[3]]) + "\n")
    part, whole = open_tiles(tmp_path / "part.csv"), open_tiles(path)
    assert [tile.id for tile in part.tiles] == [whole.tiles[27].id, whole.tiles[2].id]
    for sensor, values in part.read([0, 1]).items():
        np.testing.assert_array_equal(values, whole.read([27, 2])[sensor])
    assert part.fractions.iloc[0].tolist() == whole.fractions.iloc[27].tolist()


def test_land_cover_tells_mines_from_others() -> None:
    table = make_synthetic(100, side=32)
    ponds = table.fractions["mining_pond"].to_numpy()
    mine = np.array([tile.labels[0] == "mine" for tile in table.tiles])
    assert ponds[~mine].max() == 0
    assert np.median(ponds[mine]) > 0.01


@pytest.mark.parametrize(("number", "side"), [(0, 48), (5, 4)])
def test_nothing_to_draw_is_refused(number: int, side: int) -> None:
    with pytest.raises(UsageError):
        make_synthetic(number, side=side)
