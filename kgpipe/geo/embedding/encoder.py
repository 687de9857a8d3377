"""A trained model through onnxruntime, without torch."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from kgpipe.errors import KgpipeError, UsageError
from kgpipe.geo.embedding.model import Model, read_model
from kgpipe.geo.embedding.scaling import scale, seen
from kgpipe.ids import content_digest
from kgpipe.ports import Embedder, Port, TileEncoder

_JOINT = ("S1", "S2")
_JOINT_PART = "tiles_S1+S2"
# Numbers of pixels that go through the encoder at a time: 128 RGB tiles of 48 x 48. More does not
# pay on a processor, and larger tiles need more memory each.
_PIXELS_AT_ONCE = 128 * 48 * 48
_TEXTS_AT_ONCE = 4096

Pixels = Mapping[str, NDArray[np.float32]]
Rows = NDArray[np.float32]


def load_encoder(
    folder: Path, *, embedder: Port[Embedder] | None = None, threads: int = 0
) -> TileEncoder:
    """Open a model.

    Args:
        folder: that `kgpipe geo train` wrote.
        embedder: of sentences, that which the model was trained with; None if no text is embedded.
        threads: of onnxruntime; 0 for all cores.

    Raises:
        UsageError: no model, or one that was trained with another embedder.
        KgpipeError: a damaged model.
    """
    model = read_model(folder)
    if embedder is not None and model.embedder and embedder.name != model.embedder:
        raise UsageError(
            f"{folder} was trained with texts embedded by {model.embedder}, not {embedder.name}."
        )
    return OnnxTileEncoder(folder, model, embedder=embedder, threads=threads)


class OnnxTileEncoder:
    """`TileEncoder` on the .onnx files of a model; files are read when they are first needed."""

    def __init__(
        self, folder: Path, model: Model, *, embedder: Port[Embedder] | None, threads: int
    ) -> None:
        self._folder = folder
        self.model = model
        self.name = model.name
        self.bands: Mapping[str, tuple[str, ...]] = model.bands
        self._embedder = embedder
        self._threads = threads or os.cpu_count() or 1
        self._sessions: dict[str, Any] = {}

    @property
    def width(self) -> int:
        """Numbers in an embedding."""
        return self.model.settings.width

    def embed_tiles(self, pixels: Pixels) -> Rows:
        """Embed tiles; what is not seen by one sensor is embedded by the others alone.

        Radar and optical pixels together go through the joint encoder where the model has one;
        otherwise several sensors' embeddings are averaged.

        Args:
            pixels: (tiles, bands, height, width) a sensor, as in `kgpipe.geo.data.tileset`.

        Returns:
            (tiles, width) of length 1, NaN where no sensor has data.

        Raises:
            UsageError: no sensor of the model's, other bands, or sides that are no multiple of
                the patch.
        """
        return self._by_visible(pixels, self._embed_visible)

    def embed_points(self, pixels: Pixels, offsets: NDArray[np.float32]) -> Rows:
        """Embed a point inside each tile; several sensors are averaged.

        Args:
            pixels: as in `embed_tiles`.
            offsets: (tiles, 2) from the centre, -1 to 1: x to the east, y to the NORTH.

        Raises:
            UsageError: as in `embed_tiles`, an offset outside of its tile, or a model without
                points.
        """
        wanted = (len(next(iter(pixels.values()), ())), 2)
        # Written so that NaN is outside.
        if offsets.shape != wanted or not (np.abs(offsets) <= 1).all():
            raise UsageError(f"Offsets must have the shape {wanted} and lie within -1 to 1.")
        # Rows of a grid run south.
        coordinates = (offsets * np.array([1.0, -1.0])).astype(np.float32)

        def embed(batch: Pixels, rows: NDArray[np.intp]) -> Rows:
            found = []
            for sensor, tiles in batch.items():
                (grid,) = self._session(f"tiles_{sensor}").run(["grid"], {"pixels": tiles})
                feeds = {"grid": grid, "coordinates": coordinates[rows]}
                found += self._session(f"points_{sensor}").run(["embedding"], feeds)
            return _mean(found)

        return self._by_visible(pixels, embed)

    def embed_texts(self, texts: Sequence[str]) -> Rows:
        """Embed descriptions.

        Raises:
            UsageError: no embedder was handed in, or the model was trained without texts.
        """
        session = self._session("texts")
        if self._embedder is None:
            raise UsageError("Texts cannot be embedded: no sentence embedder was handed in.")
        rows = np.empty((len(texts), self.width), dtype=np.float32)
        for start in range(0, len(texts), _TEXTS_AT_ONCE):
            part = list(texts[start : start + _TEXTS_AT_ONCE])
            feeds = {"sentences": np.asarray(self._sentences.embed(part), dtype=np.float32)}
            (rows[start : start + len(part)],) = session.run(["embedding"], feeds)
        return rows

    def embed_locations(self, lonlat: NDArray[np.float64]) -> Rows:
        """Embed longitudes and latitudes in degrees; NaN gives NaN.

        Raises:
            UsageError: what is no place on Earth, or a model that was trained without locations.
        """
        places = np.asarray(lonlat, dtype=np.float64).reshape(-1, 2)
        known = np.isfinite(places).all(axis=1)
        if (np.abs(places[known]) > (180.0, 90.0)).any():
            wrong = places[known][(np.abs(places[known]) > (180.0, 90.0)).any(axis=1)][0]
            raise UsageError(
                f"lon {wrong[0]}, lat {wrong[1]} is no place on Earth: longitude stands first."
            )
        rows = np.full((len(places), self.width), np.nan, dtype=np.float32)
        session = self._session("locations")
        if known.any():
            feeds = {"lonlat": places[known].astype(np.float32)}
            (rows[known],) = session.run(["embedding"], feeds)
        return rows

    # ------------------------------------------------------------ parts

    @cached_property
    def _sentences(self) -> Embedder:
        assert self._embedder is not None
        return self._embedder.make()

    def _embed_visible(self, batch: Pixels, rows: NDArray[np.intp]) -> Rows:
        joint = self._has_joint and all(sensor in batch for sensor in _JOINT)
        found = {
            sensor: self._session(f"tiles_{sensor}").run(
                ["grid"] if joint and sensor in _JOINT else ["embedding"], {"pixels": tiles}
            )[0]
            for sensor, tiles in batch.items()
        }
        if joint:
            grids = {sensor: found.pop(sensor) for sensor in _JOINT}
            (found["joint"],) = self._session(_JOINT_PART).run(["embedding"], grids)
        return _mean(list(found.values()))

    @property
    def _has_joint(self) -> bool:
        return f"{_JOINT_PART}.onnx" in self.model.files

    def _by_visible(
        self, pixels: Pixels, embed: Callable[[Pixels, NDArray[np.intp]], Rows]
    ) -> Rows:
        """Embed rows in groups of those that the same sensors have seen."""
        known = self._check(pixels)
        count = len(next(iter(known.values())))
        visible = np.stack([seen(tiles) for tiles in known.values()], axis=1)  # (tiles, sensors)
        rows = np.full((count, self.width), np.nan, dtype=np.float32)
        for pattern in np.unique(visible, axis=0):
            sensors = [sensor for sensor, is_seen in zip(known, pattern, strict=True) if is_seen]
            if not sensors:
                continue
            own = np.flatnonzero((visible == pattern).all(axis=1))
            area = int(np.prod(next(iter(known.values())).shape[2:]))
            for part in _batches(own, size=max(1, _PIXELS_AT_ONCE // area)):
                scaled = {
                    sensor: scale(
                        known[sensor][part],
                        self.model.ranges[sensor],
                        clip=self.model.settings.clip,
                    )
                    for sensor in sensors
                }
                rows[part] = embed(scaled, part)
        return rows

    def _check(self, pixels: Pixels) -> Pixels:
        known = {sensor: tiles for sensor, tiles in pixels.items() if sensor in self.bands}
        if not known:
            raise UsageError(
                f"The tiles have {', '.join(pixels) or 'no sensor'}, the model was trained on "
                f"{_list_bands(self.bands)}."
            )
        patch = self.model.settings.patch
        for sensor, tiles in known.items():
            if tiles.ndim != 4 or tiles.shape[1] != len(self.bands[sensor]):
                raise UsageError(
                    f"{sensor} has the shape {tiles.shape}; the model was trained on "
                    f"(tiles, bands, height, width), {_list_bands({sensor: self.bands[sensor]})}."
                )
            if tiles.shape[2] % patch or tiles.shape[3] % patch or 0 in tiles.shape[2:]:
                raise UsageError(
                    f"Tiles of {tiles.shape[2]} x {tiles.shape[3]} pixels cannot be cut into "
                    f"patches of {patch}: both sides must be multiples of it."
                )
        if len({(len(tiles), *tiles.shape[2:]) for tiles in known.values()}) > 1:
            shapes = ", ".join(f"{sensor} {tiles.shape}" for sensor, tiles in known.items())
            raise UsageError(f"The sensors' tiles differ in number or size: {shapes}.")
        return known

    def _session(self, part: str) -> Any:
        if part not in self._sessions:
            self._sessions[part] = self._open(f"{part}.onnx")
        return self._sessions[part]

    def _open(self, file: str) -> Any:
        if file not in self.model.files:
            left_out = "; ".join(f"{n}: {why}" for n, why in self.model.left_out.items())
            raise UsageError(
                f"{self._folder} was trained without {file.removesuffix('.onnx')}"
                f"{f' ({left_out})' if left_out else ''}."
            )
        path = self._folder / file
        try:
            content = path.read_bytes()
        except OSError as error:
            raise KgpipeError(f"Cannot read {path}: {error.strerror}. Train again.") from error
        if content_digest(content) != self.model.files[file]:
            raise KgpipeError(f"{path} is not the file that model.json describes: train again.")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def _list_bands(bands: Mapping[str, tuple[str, ...]]) -> str:
    return "; ".join(f"{sensor}: {' '.join(names)}" for sensor, names in bands.items())


def _batches(rows: NDArray[np.intp], *, size: int) -> Iterator[NDArray[np.intp]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def _mean(found: Sequence[Rows]) -> Rows:
    """The direction of the mean of unit vectors."""
    if len(found) == 1:
        return found[0]
    total = np.sum(found, axis=0)
    return np.asarray(total / np.linalg.norm(total, axis=1, keepdims=True), dtype=np.float32)
