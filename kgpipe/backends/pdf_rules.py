"""The drawn lines of a PDF page through pdfium: what rules and boxes a table is made of.

Reading them costs a few milliseconds a page, where a layout library reads 9 pages a second.
"""

import ctypes
from collections.abc import Callable, Iterator
from typing import Any

from kgpipe.pages import Rule

Point = tuple[float, float]

# All lengths are in points. What is thinner is a drawn line, whether stroked or filled.
_THIN = 2.0
# Shorter strokes are dots, ticks and arrow heads.
_SHORTEST = 4.0
# The ends of a level or upright line differ no more than this.
_STRAIGHT = 0.5
# A path of more segments is a drawing, and so is a page of more paths: a map or a chart.
_MAX_SEGMENTS = 2000
_MAX_PATHS = 5000


def read_rules(page: Any) -> tuple[Rule, ...]:
    """Return the level and upright lines drawn on a pypdfium2 page, borders of boxes included."""
    import pypdfium2.raw as pdfium

    count = pdfium.FPDFPage_CountObjects(page.raw)
    objects = (pdfium.FPDFPage_GetObject(page.raw, index) for index in range(count))
    paths = [
        path for path in objects if pdfium.FPDFPageObj_GetType(path) == pdfium.FPDF_PAGEOBJ_PATH
    ]
    if len(paths) > _MAX_PATHS:
        return ()
    to_page = _point_reader(page)
    rules = {
        rule
        for path in paths
        for start, end in _strokes(path)
        if (rule := _rule(to_page(start), to_page(end)))
    }
    return tuple(sorted(rules))


def _strokes(path: Any) -> Iterator[tuple[Point, Point]]:
    """The straight strokes of a path; a thin one is a single stroke along its middle."""
    import pypdfium2.raw as pdfium

    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    pdfium.FPDFPageObj_GetBounds(path, left, bottom, right, top)
    x0, y0, x1, y1 = left.value, bottom.value, right.value, top.value
    if min(x1 - x0, y1 - y0) < _THIN:
        middle_x, middle_y = (x0 + x1) / 2, (y0 + y1) / 2
        level = x1 - x0 > y1 - y0
        yield ((x0, middle_y), (x1, middle_y)) if level else ((middle_x, y0), (middle_x, y1))
        return
    if pdfium.FPDFPath_CountSegments(path) > _MAX_SEGMENTS:
        return
    yield from _segments(path)


def _segments(path: Any) -> Iterator[tuple[Point, Point]]:
    import pypdfium2.raw as pdfium

    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFPageObj_GetMatrix(path, matrix)
    x, y = ctypes.c_float(), ctypes.c_float()
    first = last = (0.0, 0.0)
    for index in range(pdfium.FPDFPath_CountSegments(path)):
        segment = pdfium.FPDFPath_GetPathSegment(path, index)
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        point = (
            matrix.a * x.value + matrix.c * y.value + matrix.e,
            matrix.b * x.value + matrix.d * y.value + matrix.f,
        )
        kind = pdfium.FPDFPathSegment_GetType(segment)
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            first = point
        elif kind == pdfium.FPDF_SEGMENT_LINETO:
            yield last, point
        last = point
        if pdfium.FPDFPathSegment_GetClose(segment):
            yield last, first
            last = first


def _point_reader(page: Any) -> Callable[[Point], Point]:
    """A function from PDF coordinates to points from the page's top-left corner."""
    left, bottom, right, top = page.get_bbox()
    turns: dict[int, Callable[[Point], Point]] = {
        0: lambda point: (point[0] - left, top - point[1]),
        90: lambda point: (point[1] - bottom, point[0] - left),
        180: lambda point: (right - point[0], point[1] - bottom),
        270: lambda point: (top - point[1], right - point[0]),
    }
    return turns[page.get_rotation()]


def _rule(start: Point, end: Point) -> Rule | None:
    """The stroke as a rule, None if it is slanted or short."""
    (x0, x1), (y0, y1) = sorted((start[0], end[0])), sorted((start[1], end[1]))
    if max(x1 - x0, y1 - y0) < _SHORTEST:
        return None
    if y1 - y0 <= _STRAIGHT:
        middle = round((y0 + y1) / 2, 1)
        return (round(x0, 1), middle, round(x1, 1), middle)
    if x1 - x0 <= _STRAIGHT:
        middle = round((x0 + x1) / 2, 1)
        return (middle, round(y0, 1), middle, round(y1, 1))
    return None
