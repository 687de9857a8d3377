import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("torch", reason="the extra geo brings torch")

from kgpipe.bench.geo_conjure import CONTROL, TWIN, read_categories, run
from kgpipe.errors import KgpipeError


def make_tiles(folder: Path) -> None:
    """Four tiles of four categories, each in a sheet of its own, and one of another rendering."""
    (folder / "sheets").mkdir(parents=True)
    rng = np.random.default_rng(0)
    rows = ["tile_id,sheet,row,col,label,category,clear"]
    for number, (category, clear) in enumerate(
        [
            ("artisanal_gold_mine", "0.75"),
            ("dredge_mining", "0.75"),
            ("random_background", "0.75"),
            ("cloud_remnant", "0.6"),
            ("dredge_mining", "0.05"),
        ]
    ):
        noise = rng.integers(1, 40, (96, 96, 3)) + 50 * number
        sheet = f"s{number}_S2L1C_clear{clear}_x.png"
        Image.fromarray(noise.astype(np.uint8)).save(folder / "sheets" / sheet)
        for place in range(4):
            rows.append(
                f"{number}_{place},{sheet},{place // 2},{place % 2},mine,{category},{clear}"
            )
    (folder / "tiles.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")


def test_tiles_of_one_rendering_are_read_and_the_control_is_halved(tmp_path: Path) -> None:
    make_tiles(tmp_path / "amazon_mining_s2")
    found = read_categories(tmp_path, side=24)
    assert found.pixels.shape == (16, 3, 24, 24)
    assert found.pixels.min() >= -1 and found.pixels.max() <= 1
    assert found.counts == {
        "artisanal_gold_mine": 4,
        "cloud_remnant": 4,
        "dredge_mining": 4,
        CONTROL: 2,
        TWIN: 2,
    }


def test_the_report_and_the_pictures_are_written(tmp_path: Path) -> None:
    make_tiles(tmp_path / "amazon_mining_s2")
    report = run(tmp_path, tmp_path / "out", steps=2, samples=2, seeds=(1, 2), side=8)
    written = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert written == report
    distances = np.array(report["distances"])
    assert distances.shape == (5, 5)
    assert (distances == distances.T).all() and not distances.diagonal().any()
    for errors in ("standard_errors_of_paths", "standard_errors_of_trainings"):
        assert np.array(report[errors])[0, 1:].min() > 0
    assert [one["seed"] for one in report["mine_nearer_to_dredge_than_to_forest"]] == [1, 2]
    assert 1 <= report["rank_of_twins_among_pairs"] <= 10
    assert all(len(others) == 4 for others in report["neighbours"].values())
    for name in ("distances.png", "conjured.png"):
        with Image.open(tmp_path / "out" / name) as picture:
            assert min(picture.size) > 50


def test_missing_tiles_are_told(tmp_path: Path) -> None:
    with pytest.raises(KgpipeError, match=r"no tiles\.csv"):
        run(tmp_path, tmp_path / "out")


@pytest.mark.shared
def test_the_real_tiles_are_those_rendered_alike(shared_data: Path) -> None:
    found = read_categories(shared_data / "geo", side=24)
    counts = found.counts
    assert found.pixels.shape == (sum(counts.values()), 3, 24, 24)
    assert counts["artisanal_gold_mine"] <= 1110 and counts["dredge_mining"] <= 41
    assert counts[CONTROL] == counts[TWIN] or counts[CONTROL] == counts[TWIN] + 1
    assert len(counts) == 10
