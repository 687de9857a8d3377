"""An embedding as a picture: every tile a dot, in the two directions that tell the most."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

# Okabe and Ito's colours, told apart by colour-blind readers too, and four more.
_COLOURS = (
    (230, 159, 0), (0, 114, 178), (0, 158, 115), (204, 121, 167), (86, 180, 233), (213, 94, 0),
    (120, 120, 120), (240, 228, 66), (0, 0, 0), (140, 90, 40), (100, 60, 160), (170, 200, 120),
)  # fmt: skip
_SIDE, _MARGIN, _LEGEND, _LINE = 900, 30, 300, 24
_RADIUS = 3
# t-SNE takes minutes beyond.
_MOST_FOR_TSNE = 5_000


def draw_map(
    vectors: NDArray[np.float32], names: Sequence[str], path: Path, *, title: str, seed: int = 0
) -> str:
    """Draw each row as a dot in the colour of its name; return how it was projected.

    By t-SNE where scikit-learn is installed and there are at most 5,000 rows, else by principal
    components.
    """
    points, method = project(vectors, seed=seed)
    # One far outlier must not press all others together.
    low, high = np.percentile(points, [0.5, 99.5], axis=0)
    inner = _SIDE - 2 * _MARGIN
    spots = np.clip((points - low) / np.maximum(high - low, 1e-9), 0, 1) * inner + _MARGIN
    picture = Image.new("RGB", (_SIDE + _LEGEND, _SIDE), "white")
    canvas = ImageDraw.Draw(picture)
    kinds = sorted(set(names))
    colour_of = {kind: _COLOURS[place % len(_COLOURS)] for place, kind in enumerate(kinds)}
    # In an order without meaning, so that no kind covers the others.
    for place in np.random.default_rng(seed).permutation(len(spots)).tolist():
        x, y = spots[place]
        canvas.ellipse(
            (x - _RADIUS, y - _RADIUS, x + _RADIUS, y + _RADIUS), fill=colour_of[names[place]]
        )
    canvas.text((_MARGIN, 8), f"{title} ({method}, {len(spots):,} tiles)", fill="black")
    for line, kind in enumerate(kinds):
        top = _MARGIN + line * _LINE
        canvas.rectangle((_SIDE, top, _SIDE + 14, top + 14), fill=colour_of[kind])
        count = sum(name == kind for name in names)
        canvas.text((_SIDE + 22, top + 1), f"{kind or 'no label'}  {count:,}", fill="black")
    picture.save(path, format="PNG", optimize=True)
    return method


def project(vectors: NDArray[np.float32], *, seed: int) -> tuple[NDArray[np.float64], str]:
    """Two coordinates a row, shape (n, 2), and the name of the method."""
    if 10 < len(vectors) <= _MOST_FOR_TSNE:
        try:
            from sklearn.manifold import TSNE  # noqa: PLC0415  (of an extra)
        except ModuleNotFoundError:
            pass
        else:
            # The usual perplexity must stay below a third of the rows.
            perplexity = min(30.0, (len(vectors) - 1) / 3)
            made = TSNE(random_state=seed, init="pca", perplexity=perplexity)
            return np.asarray(made.fit_transform(vectors), dtype=np.float64), "t-SNE"
    centred = vectors.astype(np.float64) - vectors.mean(axis=0)
    directions = np.linalg.svd(centred, full_matrices=False)[2][:2]
    # A direction's sign is arbitrary; its largest part is made positive.
    largest = directions[np.arange(len(directions)), np.abs(directions).argmax(axis=1)]
    points = centred @ (directions * np.sign(largest)[:, None]).T
    missing = 2 - points.shape[1]
    return np.pad(points, ((0, 0), (0, missing))), "principal components"
