from pathlib import Path

import numpy as np
from PIL import Image

from kgpipe.geo.measuring.embedding_map import draw_map, project


def test_two_clusters_lie_apart(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    vectors = np.repeat(np.eye(2, 6), 40, axis=0) + rng.normal(scale=0.05, size=(80, 6))
    names = ["mine"] * 40 + ["forest"] * 40
    path = tmp_path / "map.png"
    method = draw_map(vectors.astype(np.float32), names, path, title="made")
    assert method in ("t-SNE", "principal components")
    points, _ = project(vectors.astype(np.float32), seed=0)
    centres = points[:40].mean(axis=0), points[40:].mean(axis=0)
    spread = points[:40].std(axis=0).max()
    assert np.linalg.norm(centres[0] - centres[1]) > 3 * spread
    # Both colours are on the picture beside white and black.
    with Image.open(path) as picture:
        colours = {colour for _, colour in picture.getcolors(maxcolors=10_000) or ()}
    assert {(230, 159, 0), (0, 114, 178)} <= colours


def test_few_rows_and_one_column_have_a_map(tmp_path: Path) -> None:
    vectors = np.array([[1.0], [2.0], [3.0]], dtype=np.float32)
    points, method = project(vectors, seed=0)
    assert (points.shape, method) == ((3, 2), "principal components")
    draw_map(vectors, ["a", "b", ""], tmp_path / "map.png", title="made")
