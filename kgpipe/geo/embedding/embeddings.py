"""A folder of tile embeddings: what `kgpipe geo embed` writes, and search and linking read.

`tiles.jsonl` holds a record a row of `vectors.npy` (float32, rows of length 1), without its labels,
which are gold; `rejections.jsonl` what could not be embedded; `manifest.json` the model, where the
tiles came from, and counts.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from kgpipe.errors import ItemError, KgpipeError, UsageError
from kgpipe.geo.data.tileset import Pixels, TileSet
from kgpipe.geo.embedding.scaling import count_missing
from kgpipe.geo.embedding.stored_tiles import StoredTiles
from kgpipe.ports import TileEncoder
from kgpipe.tiles import Tile
from kgpipe.types import Rejection

TILES, VECTORS = "tiles.jsonl", "vectors.npy"
REJECTIONS, MANIFEST = "rejections.jsonl", "manifest.json"
_STAGE = "embed"
# Tiles that are read at a time: 256 of 12 bands and 48 x 48 pixels take 28 MB.
_BATCH = 256


class Embedded(NamedTuple):
    """Some tiles of a set in order, with their vectors, and those without.

    Attributes:
        tiles: those that could be embedded.
        vectors: (tiles, d), rows of length 1.
        rejections: of the others.
        missing: pixels of the tiles that were filled in.
    """

    tiles: Sequence[Tile]
    vectors: NDArray[np.float32]
    rejections: Sequence[Rejection]
    missing: int


class Embeddings(NamedTuple):
    """What a folder holds.

    Attributes:
        tiles: in the order of the vectors; their labels are left out. From a file each is read
            when it is looked at: who goes through them more than once makes a list of them.
        vectors: (tiles, d), rows of length 1; a file that is mapped, not read.
        model: name of the encoder, with its digest.
        bands: of the sensors that were embedded.
    """

    tiles: Sequence[Tile]
    vectors: NDArray[np.float32]
    model: str
    bands: Mapping[str, tuple[str, ...]]


class Origin(NamedTuple):
    """Where the tiles of embeddings came from, as the user wrote it.

    Attributes:
        tiles: a set that `open_tiles` opens.
        sheets: folder of its contact sheets; None for that beside it.
        raster: how its rasters were read (see `cutting.choose_cutting`).
    """

    tiles: Path
    sheets: Path | None = None
    raster: tuple[str, ...] = ()


def shared_bands(source: TileSet, encoder: TileEncoder) -> dict[str, list[int]]:
    """Where the encoder's bands stand in a set's arrays, for each sensor that both have.

    Raises:
        UsageError: no sensor that both have, or bands that the set lacks.
    """
    chosen = {}
    for sensor in encoder.bands:
        if sensor not in source.bands:
            continue
        has, wants = source.bands[sensor], encoder.bands[sensor]
        if lacking := [band for band in wants if band not in has]:
            raise UsageError(
                f"The model sees {sensor} by the bands {' '.join(wants)}; the tiles have "
                f"{' '.join(has)}, without {' '.join(lacking)}. Use a model trained on these bands."
            )
        chosen[sensor] = [has.index(band) for band in wants]
    if not chosen:
        raise UsageError(
            f"The model sees {_list(encoder.bands)}; the tiles have {_list(source.bands)}: they "
            "share no sensor."
        )
    return chosen


def embed_set(source: TileSet, *, encoder: TileEncoder, batch: int = _BATCH) -> Iterator[Embedded]:
    """Embed a set batch by batch; one bad tile costs no other.

    Raises:
        UsageError: the set's bands are not the model's.
    """
    bands = shared_bands(source, encoder)
    for start in range(0, len(source.tiles), batch):
        places = list(range(start, min(start + batch, len(source.tiles))))
        yield _embed_places(source, places, encoder, bands)


def _embed_places(
    source: TileSet, places: Sequence[int], encoder: TileEncoder, bands: Mapping[str, list[int]]
) -> Embedded:
    rejections: list[Rejection] = []
    try:
        pixels = _read(source, places, bands)
    except ItemError as error:
        if len(places) > 1:
            # Some tile of these is at fault: find it, and keep the others.
            parts = [_embed_places(source, [place], encoder, bands) for place in places]
            return _join(parts)
        tile = source.tiles[places[0]]
        rejections.append(_reject(tile, error.reason, error.detail))
        return Embedded([], np.zeros((0, 0), dtype=np.float32), rejections, 0)
    vectors = encoder.embed_tiles(pixels)
    visible = np.asarray(np.isfinite(vectors).all(axis=1))
    for place in np.flatnonzero(~visible).tolist():
        detail = "no sensor has a single pixel with a value."
        rejections.append(_reject(source.tiles[places[place]], "no_data", detail))
    return Embedded(
        [
            source.tiles[place]
            for place, there in zip(places, visible.tolist(), strict=True)
            if there
        ],
        vectors[visible],
        rejections,
        sum(count_missing(values) for values in pixels.values()),
    )


def _read(source: TileSet, places: Sequence[int], bands: Mapping[str, list[int]]) -> Pixels:
    pixels = source.read(places)
    return {sensor: pixels[sensor][:, order] for sensor, order in bands.items()}


def _join(parts: Sequence[Embedded]) -> Embedded:
    kept = [part for part in parts if len(part.tiles)]
    return Embedded(
        [tile for part in kept for tile in part.tiles],
        np.concatenate([part.vectors for part in kept])
        if kept
        else np.zeros((0, 0), dtype=np.float32),
        [rejection for part in parts for rejection in part.rejections],
        sum(part.missing for part in parts),
    )


def _reject(tile: Tile, reason: str, detail: str) -> Rejection:
    return Rejection(stage=_STAGE, item=tile.id, reason=reason, detail=detail)


def write_embeddings(
    folder: Path,
    parts: Iterator[Embedded],
    *,
    encoder: TileEncoder,
    bands: Mapping[str, Sequence[str]],
    origin: Origin | None = None,
    rejections: Sequence[Rejection] = (),
    watch: Callable[[int], None] = lambda _: None,
) -> dict[str, Any]:
    """Write embeddings as they come, so that a set may be larger than memory.

    Args:
        folder: made if it is missing; embeddings that it holds are replaced at the end.
        parts: of `embed_set`.
        encoder: what embeds them.
        bands: of the sensors that are embedded.
        origin: of the tiles, None for those that no file holds.
        rejections: of tiles that were left out before.
        watch: told after each part how many tiles have been seen to.

    Returns:
        The manifest: model, origin, bands, d, N, rejections by reason, missing pixels.

    Raises:
        KgpipeError: no tile could be embedded.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rejected = list(rejections)
    count = width = missing = 0
    raw, listed = _partial(folder, VECTORS), _partial(folder, TILES)
    with raw.open("wb") as vectors, listed.open("w", encoding="utf-8") as tiles:
        for part in parts:
            rejected += part.rejections
            missing += part.missing
            if len(part.tiles):
                width = part.vectors.shape[1]
                if not count:
                    # The header holds the number of rows, known at the end; its length is fixed.
                    _write_header(vectors, 0, width)
                vectors.write(np.ascontiguousarray(part.vectors, dtype="<f4").tobytes())
                tiles.writelines(
                    tile.model_copy(update={"labels": ()}).model_dump_json() + "\n"
                    for tile in part.tiles
                )
                count += len(part.tiles)
            watch(len(part.tiles) + len(part.rejections))
        if count:
            vectors.seek(0)
            _write_header(vectors, count, width)
    if not count:
        raw.unlink()
        listed.unlink()
        reasons = ", ".join(f"{n} {reason}" for reason, n in _count(rejected).items())
        raise KgpipeError(f"No tile could be embedded ({reasons or 'the set is empty'}).")
    with _partial(folder, REJECTIONS).open("w", encoding="utf-8") as file:
        file.writelines(rejection.model_dump_json() + "\n" for rejection in rejected)
    manifest = {
        "model": encoder.name,
        "origin": _show_origin(origin) if origin else None,
        "bands": {sensor: list(names) for sensor, names in bands.items()},
        "width": width,
        "tiles": count,
        "rejections": _count(rejected),
        "missing_pixels": missing,
    }
    _partial(folder, MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    # Without a manifest the folder is none of embeddings: old and new files are never read as one.
    (folder / MANIFEST).unlink(missing_ok=True)
    for name in (VECTORS, TILES, REJECTIONS, MANIFEST):
        _partial(folder, name).replace(folder / name)
    return manifest


def read_embeddings(folder: Path) -> Embeddings:
    """Open a folder of embeddings.

    Raises:
        UsageError: it holds none.
        KgpipeError: it is damaged.
    """
    if not (folder / MANIFEST).is_file():
        raise UsageError(
            f"{folder} holds no embeddings. Make them: "
            "kgpipe geo embed --model MODEL --tiles TILES.csv --out EMBEDDINGS"
        )
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        tiles = StoredTiles(folder / TILES)
        vectors = np.load(folder / VECTORS, mmap_mode="r", allow_pickle=False)
        whole = (manifest["tiles"], manifest["width"])
        bands = {sensor: tuple(names) for sensor, names in manifest["bands"].items()}
        model = str(manifest["model"])
    except (OSError, ValueError, EOFError, KeyError, TypeError) as error:
        raise KgpipeError(f"{folder} is damaged ({error}): embed the tiles again.") from error
    if vectors.shape != whole or len(tiles) != len(vectors):
        raise KgpipeError(
            f"{folder} is damaged: {len(tiles)} tiles, vectors of shape {vectors.shape}, and "
            f"{whole} in {MANIFEST}. Embed the tiles again."
        )
    return Embeddings(tiles, vectors, model, bands)


def read_origin(folder: Path) -> Origin | None:
    """Where the tiles of embeddings came from; None where the folder does not tell.

    Raises:
        KgpipeError: its manifest is damaged.
    """
    path = folder / MANIFEST
    if not path.is_file():
        return None
    try:
        # Folders of earlier versions have no such entry.
        told = json.loads(path.read_text(encoding="utf-8")).get("origin")
        if told is None:
            return None
        sheets = Path(told["sheets"]) if told["sheets"] else None
        return Origin(Path(told["tiles"]), sheets, tuple(told.get("raster", ())))
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        raise KgpipeError(f"{path} is damaged ({error}): embed the tiles again.") from error


def read_rejections(folder: Path) -> list[Rejection]:
    """Why tiles of a set are not among its embeddings."""
    with (folder / REJECTIONS).open(encoding="utf-8") as file:
        return [Rejection.model_validate_json(line) for line in file]


def _show_origin(origin: Origin) -> dict[str, Any]:
    return {
        "tiles": str(origin.tiles),
        "sheets": str(origin.sheets) if origin.sheets else None,
        "raster": list(origin.raster),
    }


def _partial(folder: Path, name: str) -> Path:
    return folder / f"{name}.partial"


def _write_header(file: Any, count: int, width: int) -> None:
    header = {"descr": "<f4", "fortran_order": False, "shape": (count, width)}
    npy.write_array_header_1_0(file, header)


def _count(rejections: Sequence[Rejection]) -> dict[str, int]:
    return dict(sorted(Counter(rejection.reason for rejection in rejections).items()))


def _list(bands: Mapping[str, tuple[str, ...]]) -> str:
    return "; ".join(f"{sensor}: {' '.join(names)}" for sensor, names in bands.items())
