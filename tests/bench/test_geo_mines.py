from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from PIL import Image

from kgpipe.bench.geo_mines import (
    FOLDS,
    bench_mines,
    draw_mines,
    drop_repeats,
    name_area,
    split_mines,
)
from kgpipe.geo.data.table import TileTable
from kgpipe.stats.intervals import Indices
from kgpipe.tiles import Tile
from tests.bench.made_geo import make_table

# Six stems of mines and eight of look-alikes, 24 tiles each, and a rendering with mines alone.
_STEMS = [(f"mines{n}", "mine", "pit" if n else "dredge", 0.75) for n in range(6)]
_STEMS += [(f"other{n}", "not_mine", "river" if n % 2 else "field", 0.75) for n in range(8)]
_STEMS += [("preview", "mine", "pit", np.nan), ("cloudy", "not_mine", "field", 0.05)]
_EACH = 24


def _make() -> tuple[TileTable, NDArray[np.float32]]:
    """Tiles, and two columns that tell: one the class, faintly, the other the stem."""
    rng = np.random.default_rng(0)
    tiles, clear, telling = [], [], []
    for place, (stem, label, category, share) in enumerate(_STEMS):
        for cell in range(_EACH):
            tiles.append(
                Tile(
                    id=f"{stem}-{cell}", source=f"{stem}.png", labels=(label, category),
                    group=stem, block=f"{cell % 6}_0" if stem == "mines0" else "",
                )
            )  # fmt: skip
            clear.append(share)
            kind = ["pit", "dredge", "river", "field"].index(category)
            telling.append([(label == "mine") + rng.normal(scale=0.8), place, *np.eye(4)[kind]])
    pixels = rng.random((len(tiles), 3, 48, 48)).astype(np.float32)
    table = make_table(
        tiles, {"RGB": pixels}, bands={"RGB": ("R", "G", "B")},
        columns=pd.DataFrame({"clear": clear}),
    )  # fmt: skip
    noise = rng.normal(scale=0.1, size=(len(tiles), 6))
    return table, (np.array(telling) + noise).astype(np.float32)


def test_areas_are_named_by_their_survey() -> None:
    names = (
        "bolivar_2020_thresh_0.8_1_negatives", "v2.1.1_bolivar_negatives",
        "amazonas_2020_thresh_0.5_2_negatives", "v2.4_amazonas_negatives",
        "ACAexpanded_amazon_positives2025-08", "v3.2_2023_negatives",
    )  # fmt: skip
    assert [name_area(name) for name in names] == [
        "bolivar", "bolivar", "amazonas", "amazonas", "ACAexpanded", "v3.2_2023_negatives",
    ]  # fmt: skip


def test_repeats_of_other_stems_are_left_out() -> None:
    tiles, _ = _make()
    tiles.columns["dup_of"] = ""
    tiles.columns.loc[3, "dup_of"] = tiles.tiles[2].id
    tiles.columns.loc[100, "dup_of"] = tiles.tiles[2].id
    kept = drop_repeats(tiles)
    assert len(kept) == len(tiles) - 1
    assert tiles.tiles[100].id not in {tile.id for tile in kept.tiles}


def test_stems_are_never_cut_and_each_fold_has_both_classes() -> None:
    tiles, _ = _make()
    split = split_mines(tiles)
    stems = np.array([tile.group for tile in tiles.tiles])
    assert all(len(set(split.fold[stems == stem].tolist())) == 1 for stem, *_ in _STEMS)
    for fold in range(FOLDS):
        held = split.comparable & (split.fold == fold)
        assert set(split.mine[held].tolist()) == {0, 1}


def test_the_encoder_never_gets_a_tested_stem_and_few_labels_where_few_are_asked_for(
    tmp_path: Path,
) -> None:
    tiles, telling = _make()
    split = split_mines(tiles)
    calls: dict[str, tuple[int, int]] = {}

    def embed(name: str, rows: Indices, known: Indices) -> NDArray[np.float32]:
        fold = int(name.removeprefix("mines-fold")[0])
        assert fold not in split.fold[rows]
        assert set(known.tolist()) <= set(rows.tolist())
        calls[name] = len(rows), len(known)
        return telling

    hand = np.random.default_rng(1).normal(size=(len(tiles.tiles), 4)).astype(np.float32)
    report, scored, split = bench_mines(tiles, hand, embed, rivals={"stem": telling[:, 1:2]})
    assert set(report["rivals"]["stem"]["resampling_tiles"]) == {"embedding", "stem", "difference"}
    assert calls["mines-fold0-labels10"][1] < 0.2 * calls["mines-fold0-labels100"][1]
    every = calls["mines-fold0-labels100"]
    assert calls["mines-fold0-labels10"][0] == every[0] == every[1]
    primary = report["clear_0.75"]
    assert (primary["tiles"], primary["mines"]) == (14 * _EACH, 6 * _EACH)
    assert primary["resampling_tiles"]["embedding"]["value"] > 0.6
    assert primary["resampling_tiles"]["hand_features"]["value"] < 0.6
    assert report["reached"]["gain_is_enough"]
    assert report["reached"]["interval_above_0"]
    # The second column is the stem's number.
    identity = report["sheet_identity"]
    assert identity["embedding"]["balanced_accuracy"] > 0.8
    assert identity["hand_features"]["balanced_accuracy"] < 0.7
    categories = report["nine_categories"]["embedding"]
    assert categories["of_one_stem"] == ["dredge"]
    assert categories["macro_f1"]["value"] == pytest.approx(1, abs=0.1)
    assert report["all_tiles"]["tiles"] == len(tiles.tiles)
    assert "rendering" in report["all_tiles"]["confound"]
    for name in draw_mines(tiles, scored, split, tmp_path):
        with Image.open(tmp_path / name) as picture:
            assert picture.width > 500
