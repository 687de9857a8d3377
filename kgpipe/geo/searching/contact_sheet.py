"""The picture of a search: its tiles by rank, with score, id and place below each."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from kgpipe.errors import UsageError
from kgpipe.geo.data.tileset import TileSet
from kgpipe.geo.searching.hits import Found, Hit
from kgpipe.geo.searching.renderings import Pictures, render

# Sizes in pixels: five tiles stand side by side on a screen, their captions in 13 points.
_COLUMNS, _SIDE, _GAP, _LINE = 5, 208, 16, 18
_TEXT, _TITLE = 13, 20
_HEAD = 2 * _GAP + 44
_PAPER, _INK, _FAINT, _FRAME = (255, 255, 255), (20, 20, 20), (95, 95, 95), (200, 200, 200)
# On most Linux systems and with matplotlib; Pillow's own font lacks many accents.
_FONTS = ("DejaVuSans.ttf", "LiberationSans-Regular.ttf", "Arial.ttf")

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def write_sheet(found: Found, tiles: TileSet, path: Path) -> int:
    """Draw the hits into a PNG; return how many of them `tiles` lacks, which are left blank.

    Args:
        found: what a search gave.
        tiles: that hold the pixels.
        path: file to write.

    Raises:
        UsageError: there are no hits, `tiles` has none of them, or they have no colours.
        OSError: the file cannot be written.
    """
    if not found.hits:
        raise UsageError("The search found no tiles, so there is nothing to draw.")
    places = {tile.id: place for place, tile in enumerate(tiles.tiles)}
    there = [hit for hit in found.hits if hit.tile.id in places]
    if not there:
        raise UsageError(
            f"None of the tiles that were found is among those of --tiles: not even "
            f"{found.hits[0].tile.id}. Name the tiles that were embedded."
        )
    drawn = render(tiles.read([places[hit.tile.id] for hit in there]), tiles.bands)
    pictures = {hit.tile.id: picture for hit, picture in zip(there, drawn, strict=True)}
    draw_sheet(found, pictures).save(path, format="PNG", optimize=True)
    return len(found.hits) - len(there)


def draw_sheet(found: Found, pictures: dict[str, Pictures]) -> Image.Image:
    """Lay out the pictures (height, width, 3) of hits, one at least, by their tiles' ids."""
    hits = found.hits
    columns = min(_COLUMNS, max(len(hits), 3))
    rows = -(-len(hits) // columns)
    captions = [_caption(hit) for hit in hits]
    cell = _SIDE + max(map(len, captions)) * _LINE + _GAP
    width = _GAP + columns * (_SIDE + _GAP)
    sheet = Image.new("RGB", (width, _HEAD + rows * (cell + _GAP)), _PAPER)
    canvas = ImageDraw.Draw(sheet)
    text, title = _font(_TEXT), _font(_TITLE)
    canvas.text((_GAP, _GAP), _fit(found.query, title, width - 2 * _GAP), _INK, title)
    below = f"{len(hits)} tiles, model {found.model}"
    canvas.text((_GAP, _GAP + 28), _fit(below, text, width - 2 * _GAP), _FAINT, text)
    for at, hit in enumerate(hits):
        left = _GAP + at % columns * (_SIDE + _GAP)
        top = _HEAD + at // columns * (cell + _GAP)
        _draw_tile(sheet, canvas, pictures.get(hit.tile.id), (left, top), text)
        for line, words in enumerate(captions[at]):
            colour = _INK if line == 0 else _FAINT
            spot = (left, top + _SIDE + 6 + line * _LINE)
            canvas.text(spot, _fit(words, text, _SIDE), colour, text)
    return sheet


def _draw_tile(
    sheet: Image.Image, canvas: ImageDraw.ImageDraw, picture: Pictures | None,
    corner: tuple[int, int], font: Font,
) -> None:  # fmt: skip
    left, top = corner
    frame = (left - 1, top - 1, left + _SIDE, top + _SIDE)
    if picture is None:
        canvas.text((left + 8, top + _SIDE // 2), "not among --tiles", _FAINT, font)
    else:
        height, width = picture.shape[:2]
        scale = _SIDE / max(height, width)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        # Pixels of satellites stay squares; what is larger than its place is averaged.
        method = Image.Resampling.NEAREST if scale >= 1 else Image.Resampling.BOX
        drawn = Image.fromarray(np.ascontiguousarray(picture)).resize(size, method)
        sheet.paste(drawn, (left + (_SIDE - size[0]) // 2, top + (_SIDE - size[1]) // 2))
    canvas.rectangle(frame, outline=_FRAME)


def _caption(hit: Hit) -> list[str]:
    """Rank and score with its parts, id, place, and where that is."""
    tile = hit.tile
    parts = ", ".join(f"{name} {value:.2f}" for name, value in hit.parts.items())
    known = tile.lon is not None and tile.lat is not None
    lines = [
        f"{hit.rank}.  {hit.score:.3f}",
        parts if len(hit.parts) > 1 else "",
        tile.id,
        ", ".join(reversed(tile.places)) or "place not known",
        f"lon {tile.lon:.3f}, lat {tile.lat:.3f}" if known else "",
        _describe_distance(hit.distance_km),
    ]
    return [line for line in lines if line]


def _describe_distance(km: float | None) -> str:
    if km is None:
        return ""
    return f"{km:,.1f} km away" if km else "in the place asked for"


def _fit(words: str, font: Font, width: int) -> str:
    """The words cut in their middle to so many pixels: ids differ at their ends."""
    if font.getlength(words) <= width:
        return words
    for kept in range(len(words) - 1, 1, -1):
        head = kept // 3
        shorter = f"{words[:head]}...{words[len(words) - (kept - head) :]}"
        if font.getlength(shorter) <= width:
            return shorter
    return ""


def _font(size: int) -> Font:
    for name in _FONTS:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return ImageFont.load_default(size)
