from pathlib import Path

import numpy as np
from PIL import Image

from kgpipe.geo.measuring.heatmap import draw_matrix


def test_a_matrix_becomes_a_picture_darker_where_farther(tmp_path: Path) -> None:
    values = np.array([[0.0, 1.0, 8.0], [1.0, 0.0, 4.0], [8.0, 4.0, 0.0]])
    names = ["gold_mine", "dredge", "rain_forest"]
    draw_matrix(names, values, values / 10, tmp_path / "m.png", title="How far")
    with Image.open(tmp_path / "m.png") as picture:
        grey = np.asarray(picture.convert("L"))
    assert grey.shape[1] > 3 * 84 and grey.shape[0] > 3 * 84
    # A line through the last row of cells, below their letters: far, nearer, the diagonal.
    line = grey[-12 - 8, :]
    border = int(np.flatnonzero(line < 255)[0])
    cells = [int(line[border + 84 * place + 10]) for place in range(3)]
    assert cells[0] < cells[1] < cells[2] == 255


def test_equal_concepts_need_no_scale(tmp_path: Path) -> None:
    draw_matrix(["a", "b"], np.zeros((2, 2)), np.zeros((2, 2)), tmp_path / "m.png", title="Same")
    assert (tmp_path / "m.png").stat().st_size > 0
