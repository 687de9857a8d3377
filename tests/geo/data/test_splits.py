from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgpipe.errors import UsageError
from kgpipe.geo.data.crops import CropPixels
from kgpipe.geo.data.extent import block_of, box_around
from kgpipe.geo.data.splits import hold_out, join_groups, split_by
from kgpipe.geo.data.table import TileTable
from kgpipe.geo.data.tiletable import open_tiles
from kgpipe.tiles import Tile


def _tiles(groups: str, labels: str = "") -> list[Tile]:
    return [
        Tile(id=str(place), source="", group=group, labels=(label,))
        for place, (group, label) in enumerate(
            zip(groups, labels or "x" * len(groups), strict=True)
        )
    ]


def _table(tiles: list[Tile], dup_of: list[str]) -> TileTable:
    pixels = CropPixels({"RGB": np.ones((len(tiles), 3, 2, 2), np.uint8)}, {"RGB": ("R",)})
    columns = pd.DataFrame({"dup_of": dup_of})
    return TileTable(tiles, [], columns, pixels, np.arange(len(tiles)))


def _at(name: str, lon: float, lat: float) -> Tile:
    box = box_around(lon, lat, metres=480)
    return Tile(id=name, source="", lon=lon, lat=lat, box=box, block=block_of(lon, lat))


@given(
    groups=st.lists(st.sampled_from("abcdefg"), min_size=6, max_size=60),
    folds=st.integers(2, 4),
    seed=st.integers(0, 9),
)
@settings(max_examples=50, deadline=None)
def test_no_group_is_cut_and_no_fold_is_empty(groups: list[str], folds: int, seed: int) -> None:
    tiles = _tiles("".join(groups))
    if len(set(groups)) < folds:
        with pytest.raises(UsageError, match="fewer folds"):
            split_by(tiles, folds=folds, seed=seed)
        return
    fold = split_by(tiles, folds=folds, seed=seed)
    assert all(len({fold[i] for i, g in enumerate(groups) if g == group}) == 1 for group in groups)
    assert set(fold.tolist()) == set(range(folds))
    np.testing.assert_array_equal(fold, split_by(tiles, folds=folds, seed=seed))


def test_folds_have_labels_evenly() -> None:
    # Twelve groups of ten tiles, one class each, as contact sheets are.
    groups = "".join(letter * 10 for letter in "abcdefghijkl")
    labels = "m" * 40 + "n" * 80
    fold = split_by(_tiles(groups, labels), folds=4, seed=0)
    for number in range(4):
        counts = Counter(label for label, f in zip(labels, fold, strict=True) if f == number)
        assert counts == {"m": 10, "n": 20}


def test_the_seed_decides_between_groups_that_are_alike() -> None:
    tiles = _tiles("abcdefgh")
    assert len({tuple(split_by(tiles, folds=2, seed=seed).tolist()) for seed in range(8)}) > 1


def test_duplicates_join_groups_also_through_a_tile_that_is_not_there() -> None:
    tiles = _tiles("abcd")
    # 1 repeats 0; 2 and 3 repeat a tile that the set has not.
    joined = join_groups(_table(tiles, ["", "0", "gone", "gone"]), key="group")
    assert joined[0] == joined[1] != joined[2] == joined[3]
    fold = split_by(_table(tiles, ["", "0", "gone", "gone"]), folds=2, seed=0)
    assert fold[0] == fold[1] != fold[2] == fold[3]


def test_blocks_keep_overlapping_neighbours_together() -> None:
    # The border between two blocks runs at longitude -61.
    tiles = [_at("west", -61.001, 4.7), _at("east", -60.999, 4.7), _at("far", -60.9, 4.7)]
    assert len({tile.block for tile in tiles}) == 2
    assert len(set(join_groups(tiles, key="block").tolist())) == 1
    apart = [_at("west", -61.01, 4.7), _at("east", -60.99, 4.7)]
    assert len(set(join_groups(apart, key="block").tolist())) == 2


def test_tiles_over_the_antimeridian_overlap_on_both_sides() -> None:
    tiles = [_at("west", 179.999, -16.1), _at("east", -179.999, -16.1), _at("other", 0, -16.1)]
    joined = join_groups(tiles, key="block")
    assert joined[0] == joined[1] != joined[2]


def test_a_tile_without_block_goes_by_its_group() -> None:
    tiles = [_at("a", -61.2, 4.7), *_tiles("ggh")]
    joined = join_groups(tiles, key="block")
    assert joined[1] == joined[2]
    assert len(set(joined.tolist())) == 3


def test_held_out_groups_take_their_duplicates_along() -> None:
    table = _table(_tiles("aabbc"), ["", "", "", "0", ""])
    assert hold_out(table, groups=["a"]).tolist() == [True, True, True, True, False]


def test_an_unknown_group_is_named() -> None:
    with pytest.raises(UsageError, match="z"):
        hold_out(_tiles("ab"), groups=["z"])


def test_something_must_be_left() -> None:
    with pytest.raises(UsageError, match="nothing is left"):
        hold_out(_tiles("ab"), groups=["a", "b"])


def test_no_tiles_cannot_be_split() -> None:
    with pytest.raises(UsageError, match="0 groups"):
        split_by([], folds=2, seed=0)


@pytest.mark.shared
def test_the_stems_of_the_real_tiles(shared_data: Path) -> None:
    table = open_tiles(shared_data / "geo" / "amazon_mining_s2" / "tiles.csv")
    clear = table.where((table.columns["clear"] == 0.75).to_numpy())
    assert Counter(tile.labels[0] for tile in clear.tiles) == {"mine": 1151, "not_mine": 5051}
    fold = split_by(clear, folds=5, seed=0)
    for number in range(5):
        inside = {tile.group for tile, f in zip(clear.tiles, fold, strict=True) if f == number}
        outside = {tile.group for tile, f in zip(clear.tiles, fold, strict=True) if f != number}
        assert inside
        assert not inside & outside
        labels = {t.labels[0] for t, f in zip(clear.tiles, fold, strict=True) if f == number}
        assert labels == {"mine", "not_mine"}
