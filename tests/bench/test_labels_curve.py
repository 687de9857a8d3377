from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from kgpipe.bench.labels_curve import draw_curves, write_curves

CURVES = {
    "a & b": {name: np.array([1.0, 1.0, 2.0]) for name in ("1", "2", "3", "4", "5")},
    "c": {name: np.array([0.0, 0.0, 0.0]) for name in ("1", "2", "3", "4", "5")},
}


def test_the_table_has_a_row_for_each_label(tmp_path: Path) -> None:
    write_curves(CURVES, tmp_path / "curves.csv")
    lines = (tmp_path / "curves.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1 + 2 * 5 * 3
    assert lines[:2] == ["verdicts,order,labels,errors_found", "a & b,1,1,1"]


def test_the_picture_is_sound_and_has_a_line_for_each_order_and_chance(tmp_path: Path) -> None:
    draw_curves(CURVES, {"a & b": 0.1, "c": 0.0}, tmp_path)
    root = ElementTree.parse(tmp_path / "curves.svg").getroot()
    assert len([one for one in root.iter() if one.tag.endswith("polyline")]) == 2 * 6
