import json
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the extra geo brings torch")

from tests.cli.calls import Call


def test_categories_are_compared_and_the_tables_written(call: Call, tmp_path: Path) -> None:
    from kgpipe.geo.data.synthetic import write_synthetic

    write_synthetic(tmp_path / "tiles", 60, side=16, seed=1)
    out = tmp_path / "out"
    answer = call(
        "geo", "concepts", "--tiles", tmp_path / "tiles" / "tiles.csv", "--out", out,
        "--label", "artisanal_gold_mine", "--label", "landslide", "--label", "riverbank",
        "--steps", "3", "--samples", "2", "--seed", "5",
    )  # fmt: skip
    assert answer.code == 0, answer.err
    assert "One training" in answer.err
    lines = answer.out.splitlines()
    assert [line.partition(":")[0] for line in lines] == [
        "artisanal_gold_mine", "landslide", "riverbank",
    ]  # fmt: skip
    assert lines[0].count("±") == 2
    assert {path.name for path in out.iterdir()} == {
        "report.json", "distances.csv", "distances.png", "conjured.png",
    }  # fmt: skip
    report = json.loads((out / "report.json").read_text())
    assert report["seeds"] == [5] and report["steps"] == 3

    answer = call(
        "geo", "concepts", "--tiles", tmp_path / "tiles" / "tiles.csv", "--out", out,
        "--label", "glacier", "--label", "landslide",
    )  # fmt: skip
    assert answer.code == 2
    assert "No tile has the label glacier" in answer.err
