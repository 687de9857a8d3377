"""STAC items as tiles: an item, a collection, a catalogue, or the answer of a search, from files.

Needs pystac and rasterio (extra `tiles`). The bands of an asset are told by `bands` (STAC 1.1) or
`eo:bands`, by their names or common names; else by the asset's key; else by the file itself. Where
two assets hold the same band, the first one counts.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pystac
from pystac.errors import STACError, STACTypeError

from kgpipe.errors import ItemError, UsageError
from kgpipe.geo.data.bands import recognise_band
from kgpipe.geo.data.cutting import Cutting
from kgpipe.geo.data.rasters import name_layers
from kgpipe.geo.data.scene_pixels import Layer, Scene
from kgpipe.geo.data.scenes import open_scenes
from kgpipe.geo.data.table import TileTable, as_rejection, require_tiles
from kgpipe.types import Rejection

# Assets that show an item without being a measurement of it.
_PICTURES = frozenset({"thumbnail", "overview", "visual", "preview", "rendered_preview"})
# What `kgpipe` writes about a tile where STAC has no word for it.
GROUP, LABELS, PLACES = "kgpipe:group", "kgpipe:labels", "kgpipe:places"
_DAY = timedelta(days=1)
# pystac trusts what it reads: a key that is not there, or a list in the place of an object, fails
# where it is first used.
_UNREADABLE = (
    OSError, ValueError, KeyError, TypeError, AttributeError, STACError, STACTypeError,
)  # fmt: skip


def open_stac(path: Path, *, cutting: Cutting) -> TileTable:
    """Open the items of a STAC file and what it links to.

    Assets are looked for beside their item; an item whose assets are missing, or on the web, is a
    rejection.

    Raises:
        UsageError: no STAC file.
        KgpipeError: no items, or none of the tiles can be used.
    """
    rejections: list[Rejection] = []
    scenes: list[Scene] = []
    for item in _find_items(path, rejections):
        try:
            scenes.append(_make_scene(item, path.parent, cutting))
        except ItemError as error:
            rejections.append(as_rejection(item.id, error))
    if not scenes:
        require_tiles([], rejections, source=str(path))
    table = open_scenes(scenes, cutting=cutting, root=path.parent.resolve())
    table.rejections = [*rejections, *table.rejections]
    return table


def _find_items(path: Path, rejections: list[Rejection]) -> Iterator[pystac.Item]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content.get("type") == "FeatureCollection":
            found = pystac.ItemCollection.from_dict(content)
            for item in found:
                # Hrefs in an answer that was saved are relative to its file.
                item.set_self_href(item.get_self_href() or str(path.resolve()))
            yield from found
            return
        start = pystac.read_file(str(path.resolve()))
    except _UNREADABLE as error:
        raise UsageError(f"{path} is no STAC file: {error!r}") from error
    if isinstance(start, pystac.Item):
        yield start
    elif isinstance(start, pystac.Catalog):
        yield from _walk(start, rejections)


def _walk(catalogue: pystac.Catalog, rejections: list[Rejection]) -> Iterator[pystac.Item]:
    """Yield every item below, those that cannot be read as rejections."""
    for link in (*catalogue.get_item_links(), *catalogue.get_child_links()):
        href = link.get_absolute_href() or ""
        if "://" in href:
            error = ItemError("remote_item", f"{href} lies on the web; download it first.")
            rejections.append(as_rejection(href, error))
            continue
        try:
            target = link.resolve_stac_object(catalogue.get_root()).target
        except _UNREADABLE as error:
            rejections.append(as_rejection(href, ItemError("unreadable_item", f"{error!r}")))
            continue
        if isinstance(target, pystac.Item):
            yield target
        elif isinstance(target, pystac.Catalog):
            yield from _walk(target, rejections)


def _make_scene(item: pystac.Item, folder: Path, cutting: Cutting) -> Scene:
    layers: dict[str, Layer] = {}
    faults: list[ItemError] = []
    for key, asset in item.assets.items():
        if key in _PICTURES or _PICTURES & set(asset.roles or ()):
            continue
        try:
            for layer in _read_asset(key, asset, cutting):
                layers.setdefault(layer.band, layer)
        except ItemError as error:
            faults.append(error)
    missing = [error for error in faults if error.reason in {"missing_asset", "remote_asset"}]
    if missing or not layers:
        raise (missing or faults or [ItemError("no_assets", f"{item.id} has no assets.")])[0]
    start, end = _read_period(item)
    properties = item.properties
    return Scene(
        name=item.id,
        layers=list(layers.values()),
        start=start,
        end=end,
        labels=tuple(properties.get(LABELS, ())),
        group=str(properties.get(GROUP) or item.id),
        places=tuple(properties.get(PLACES, ())),
        item=_relative(item.get_self_href() or "", folder),
        facts={
            name: value
            for name, value in properties.items()
            if isinstance(value, str | int | float) and ":" in name
        },
    )


def _read_asset(key: str, asset: pystac.Asset, cutting: Cutting) -> list[Layer]:
    href = asset.get_absolute_href() or asset.href
    if "://" in href and not href.startswith("file://"):
        raise ItemError("remote_asset", f"{href} lies on the web; download it first.")
    path = Path(href.removeprefix("file://"))
    named = asset.extra_fields.get("bands") or asset.extra_fields.get("eo:bands") or []
    layers = [
        Layer(band, str(path), index)
        for index, about in enumerate(named, start=1)
        if (band := _name_band(about))
    ]
    if not layers and not named and (band := recognise_band(key)):
        layers = [Layer(band, str(path))]
    if layers and not path.is_file():
        raise ItemError("missing_asset", f"asset {key}: {path} does not exist.")
    if not layers and not named and path.suffix.lower() in {".tif", ".tiff"} and path.is_file():
        layers = name_layers(path, cutting.bands)
    return layers


def _name_band(about: dict[str, str]) -> str | None:
    """The band by its name, else by its common name."""
    for key in ("name", "eo:common_name", "common_name", "sar:polarization"):
        if about.get(key) and (band := recognise_band(str(about[key]))):
            return band
    return None


def _read_period(item: pystac.Item) -> tuple[str, str]:
    """The first day of an item, and the one after its last."""
    first = item.datetime or item.common_metadata.start_datetime
    last = item.datetime or item.common_metadata.end_datetime
    if first is None or last is None:
        return "", ""
    # A period that ends at midnight ends with the day before.
    end = last + _DAY - timedelta(microseconds=1) if last > first else first + _DAY
    return _day(first), _day(end)


def _day(moment: datetime) -> str:
    return moment.astimezone(UTC).date().isoformat()


def _relative(href: str, folder: Path) -> str:
    path = Path(href)
    root = folder.resolve()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else href
