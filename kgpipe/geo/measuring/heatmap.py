"""A matrix of distances between named concepts as a picture."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

_CELL, _MARGIN, _GAP = 84, 12, 8
# From near to far: white, and a blue that still carries white letters.
_NEAR, _FAR = np.array([255, 255, 255]), np.array([24, 62, 124])
# Share of the scale from which letters turn white.
_DARK = 0.55


def draw_matrix(
    names: Sequence[str],
    values: NDArray[np.float64],
    errors: NDArray[np.float64],
    path: Path,
    *,
    title: str,
) -> None:
    """Write a PNG: a row and a column a name, each cell with its value and error.

    Args:
        names: [n].
        values: [n, n], 0 and up; the darker the greater.
        errors: [n, n], in the unit of the values.
        path: of the PNG.
        title: above the matrix.
    """
    small, large = ImageFont.load_default(13), ImageFont.load_default(16)
    ruler = ImageDraw.Draw(Image.new("RGB", (1, 1)))
    left = int(max(ruler.textlength(name, font=small) for name in names)) + _MARGIN + _GAP
    # The columns' names stand above, each broken at its underscores.
    labels = [name.replace("_", "\n") for name in names]
    lines = max(label.count("\n") + 1 for label in labels)
    top = _MARGIN + 28 + 16 * lines + _GAP
    side = _CELL * len(names)
    width = max(left + side, int(ruler.textlength(title, font=large)) + _MARGIN) + _MARGIN
    picture = Image.new("RGB", (width, top + side + _MARGIN), "white")
    draw = ImageDraw.Draw(picture)
    draw.text((_MARGIN, _MARGIN), title, font=large, fill="black")
    most = max(float(values.max()), np.finfo(np.float64).tiny)
    for row, name in enumerate(names):
        y = top + row * _CELL
        draw.text((_MARGIN, y + _CELL / 2), name, font=small, fill="black", anchor="lm")
        centre = left + row * _CELL + _CELL / 2
        draw.multiline_text(
            (centre, top - _GAP), labels[row], font=small, fill="black", anchor="md", align="center"
        )
        for column in range(len(names)):
            share = float(values[row, column]) / most
            red, green, blue = (_NEAR + share * (_FAR - _NEAR)).round().astype(int).tolist()
            x = left + column * _CELL
            box = (x, y, x + _CELL - 2, y + _CELL - 2)
            draw.rectangle(box, fill=(red, green, blue), outline=(200, 200, 200))
            if row != column:
                text = f"{values[row, column]:.3g}\n± {errors[row, column]:.2g}"
                draw.multiline_text(
                    (x + _CELL / 2, y + _CELL / 2),
                    text,
                    font=small,
                    fill="white" if share > _DARK else "black",
                    anchor="mm",
                    align="center",
                )
    picture.save(path)
