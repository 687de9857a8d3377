"""Labels against errors found: as a table, and as a picture."""

import csv
from collections.abc import Mapping
from html import escape
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
# By verdicts and order, the errors found in the first labels.
Curves = Mapping[str, Mapping[str, Floats]]

_WIDTH, _HEIGHT, _LEFT, _TOP, _GAP = 300, 190, 46, 60, 66
_COLUMNS = 3
_CLIPPED = 'clip-path="url(#frame)"'
UNREACHABLE = "oracle"
# Distinct for the colour-blind (Okabe and Ito 2008).
_COLOURS = ("#0072b2", "#56b4e9", "#009e73", "#e69f00", "#999999", "#d55e00")


def write_curves(curves: Curves, path: Path) -> None:
    """One row for each number of labels, order and set of verdicts."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["verdicts", "order", "labels", "errors_found"])
        for system, orders in curves.items():
            for order, found in orders.items():
                for labels, errors in enumerate(found.astype(int).tolist(), start=1):
                    writer.writerow([system, order, labels, errors])


def draw_curves(curves: Curves, chances: Mapping[str, float], out: Path) -> None:
    """`curves.svg`: a small picture for each set of verdicts; `chances` is a random label's."""
    pictures = []
    names = [*next(iter(curves.values())), "random"]
    for place, (system, orders) in enumerate(curves.items()):
        labels = max(map(len, orders.values()))
        at_random = chances[system] * np.arange(1, labels + 1, dtype=np.float64)
        lines: list[Floats] = [*orders.values(), at_random]
        # What nobody can reach runs out of the picture, so that the others can be told apart.
        top = 1.2 * float(max(line.max() for name, line in zip(names, lines, strict=True)
                              if name != UNREACHABLE))  # fmt: skip
        x = _LEFT + place % _COLUMNS * (_WIDTH + _GAP)
        y = _TOP + place // _COLUMNS * (_HEIGHT + _GAP)
        pictures.append(f'<g transform="translate({x} {y})">{_frame(system, labels, top)}')
        pictures += [
            _line(line, labels, top, colour) for line, colour in zip(lines, _COLOURS, strict=True)
        ]
        pictures.append("</g>")
    rows = -(-len(curves) // _COLUMNS)
    width = _LEFT + min(_COLUMNS, len(curves)) * (_WIDTH + _GAP)
    height = _TOP + rows * (_HEIGHT + _GAP)
    key = "".join(
        f'<tspan fill="{colour}" dx="14">&#9632; {escape(name)}</tspan>'
        for name, colour in zip(names, _COLOURS, strict=True)
    )
    (out / "curves.svg").write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        'font-family="sans-serif" font-size="11"><rect width="100%" height="100%" fill="#fff"/>'
        f'<clipPath id="frame"><rect width="{_WIDTH}" height="{_HEIGHT}"/></clipPath>'
        f'<text x="{_LEFT - 14}" y="16" font-size="12">{key}</text>{"".join(pictures)}</svg>\n',
        encoding="utf-8",
    )


def _frame(title: str, labels: int, top: float) -> str:
    name, _, how = title.partition("; ")
    return (
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="none" stroke="#ccc"/>'
        f'<text y="-20" font-weight="bold">{escape(name)}</text><text y="-6">{escape(how)}</text>'
        f'<text x="-6" y="10" text-anchor="end">{top:.0f}</text>'
        f'<text x="-6" y="{_HEIGHT}" text-anchor="end">0</text>'
        f'<text x="{_WIDTH}" y="{_HEIGHT + 15}" text-anchor="end">{labels} labels</text>'
        f'<text x="0" y="{_HEIGHT + 15}">errors found</text>'
    )


def _line(found: Floats, labels: int, top: float, colour: str) -> str:
    points = " ".join(
        f"{(at + 1) / labels * _WIDTH:.1f},{_HEIGHT - value / max(top, 1) * _HEIGHT:.1f}"
        for at, value in enumerate(found.tolist())
    )
    return (
        f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.6" {_CLIPPED}/>'
    )
