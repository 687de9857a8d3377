"""Contact sheets: pictures with many RGB tiles side by side, told by sheet, row and column.

A sheet is decoded once, when the set is opened: what cannot be decoded or lies outside of its
sheet is rejected there, and never becomes a black tile. A tile's side is 48 pixels, or what the PNG
text `tile_side` says.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin, UnidentifiedImageError

from kgpipe.errors import ItemError, KgpipeError, UsageError
from kgpipe.geo.data.bands import PICTURE, RGB_BANDS
from kgpipe.geo.data.tileset import Pixels
from kgpipe.geo.data.units import brightness

# Sheets of the Amazon mining tiles have no text that tells their side.
DEFAULT_SIDE = 48
SIDE_KEY = "tile_side"
# Decoded sheets that stay in memory: 77,000 tiles of 48 x 48 pixels.
_CACHE_BYTES = 512 * 2**20


class Sheets:
    """The sheets of a folder; the last used ones stay decoded."""

    def __init__(self, folder: Path, *, cache_bytes: int = _CACHE_BYTES) -> None:
        if not folder.is_dir():
            raise UsageError(
                f"{folder}: there is no such folder of contact sheets. Name it: --sheets DIR."
            )
        self._folder = folder
        self._room = cache_bytes
        self._decoded: OrderedDict[str, NDArray[np.uint8]] = OrderedDict()
        self.side: int | None = None

    def cells(self, name: str) -> NDArray[np.uint8]:
        """Return a sheet's tiles, (rows, columns, 3, side, side).

        Raises:
            ItemError: `missing_sheet`, `unreadable_sheet`, or `other_side` where its tiles are not
                of the size of the sheets before.
        """
        if name not in self._decoded:
            self._decoded[name] = self._decode(name)
            used = sum(picture.nbytes for picture in self._decoded.values())
            while used > self._room and len(self._decoded) > 1:
                used -= self._decoded.popitem(last=False)[1].nbytes
        self._decoded.move_to_end(name)
        picture, side = self._decoded[name], self.side or DEFAULT_SIDE
        rows, columns = picture.shape[0] // side, picture.shape[1] // side
        whole = picture[: rows * side, : columns * side].reshape(rows, side, columns, side, 3)
        return whole.transpose(0, 2, 4, 1, 3)

    def _decode(self, name: str) -> NDArray[np.uint8]:
        path = self._folder / name
        if not name or not path.is_file():
            raise ItemError("missing_sheet", f"{path} does not exist.")
        try:
            with Image.open(path) as picture:
                decoded = np.asarray(picture.convert("RGB"))
                side = int(picture.info.get(SIDE_KEY, DEFAULT_SIDE))
        # Pillow has no error of its own: a broken chunk is a SyntaxError, a short file an OSError.
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
            what = "no picture" if isinstance(error, UnidentifiedImageError) else str(error)
            raise ItemError("unreadable_sheet", f"{path}: {what}.") from error
        if self.side not in (None, side):
            raise ItemError("other_side", f"{path}: tiles of {side} px, others of {self.side} px.")
        self.side = side
        return decoded


class SheetPixels:
    """Reads RGB tiles out of contact sheets."""

    def __init__(self, sheets: Sheets, rows: pd.DataFrame) -> None:
        self.bands: Mapping[str, tuple[str, ...]] = {PICTURE: RGB_BANDS}
        self._sheets = sheets
        self.faults: dict[int, ItemError] = {}
        self._names: NDArray[np.object_] = rows["sheet"].to_numpy(dtype=object)
        # -1 where a cell is no whole number.
        self._cells = np.stack(
            [
                pd.to_numeric(rows[name], errors="coerce").fillna(-1).to_numpy(dtype=np.float64)
                for name in ("row", "col")
            ],
            axis=1,
        )
        self._find_faults()

    @property
    def side(self) -> int:
        """Pixels of a tile's side."""
        return self._sheets.side or DEFAULT_SIDE

    def _find_faults(self) -> None:
        for name, places in self._by_sheet(np.arange(len(self._names), dtype=np.intp)):
            try:
                cells = self._sheets.cells(name)
            except ItemError as error:
                self.faults.update(dict.fromkeys(places.tolist(), error))
                continue
            for place in places.tolist():
                row, column = self._cells[place]
                if not (
                    row % 1 == 0
                    and column % 1 == 0
                    and 0 <= row < cells.shape[0]
                    and 0 <= column < cells.shape[1]
                ):
                    self.faults[place] = ItemError(
                        "outside_sheet",
                        f"{name} has {cells.shape[0]} rows and {cells.shape[1]} columns of "
                        f"{self.side} px; row {row:g}, column {column:g} is none of them.",
                    )
                elif not cells[int(row), int(column)].any():
                    self.faults[place] = ItemError(
                        "blank_tile", f"{name}, row {row:g}, column {column:g} is all black."
                    )

    def _by_sheet(self, rows: NDArray[np.intp]) -> Sequence[tuple[str, NDArray[np.intp]]]:
        names, sheet_of_row = np.unique(self._names[rows].astype(str), return_inverse=True)
        return [
            (str(name), np.flatnonzero(sheet_of_row == number)) for number, name in enumerate(names)
        ]

    def read(self, rows: NDArray[np.intp]) -> Pixels:
        """Return float32 (tiles, 3, side, side) from 0 to 1, NaN where a mask left black.

        Raises:
            KgpipeError: a sheet that was read before cannot be read again.
        """
        stored = np.empty((len(rows), len(RGB_BANDS), self.side, self.side), dtype=np.uint8)
        cells = self._cells[rows].astype(np.intp)
        for name, places in self._by_sheet(rows):
            try:
                sheet = self._sheets.cells(name)
            except ItemError as error:
                raise KgpipeError(f"A contact sheet has changed: {error.detail}") from error
            stored[places] = sheet[cells[places, 0], cells[places, 1]]
        return {PICTURE: brightness(stored)}


def write_sheet(path: Path, tiles: NDArray[np.uint8], *, columns: int) -> None:
    """Write tiles (tiles, 3, side, side) as a contact sheet, row by row; what is over is black."""
    number, bands, side, _ = tiles.shape
    rows = -(-number // columns)
    cells = np.zeros((rows * columns, bands, side, side), dtype=np.uint8)
    cells[:number] = tiles
    picture = cells.reshape(rows, columns, bands, side, side).transpose(0, 3, 1, 4, 2)
    text = PngImagePlugin.PngInfo()
    text.add_text(SIDE_KEY, str(side))
    Image.fromarray(picture.reshape(rows * side, columns * side, bands)).save(path, pnginfo=text)
