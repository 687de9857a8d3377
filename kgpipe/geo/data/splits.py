"""Splits of tiles by place: what belongs together never lies on both sides.

A random split would measure how well a model knows a place again: neighbouring tiles overlap, and
one sheet's tiles were rendered alike. So folds are made of whole groups, joined where a tile of the
one repeats a tile of the other.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from shapely import STRtree
from shapely.geometry import box as rectangle

from kgpipe.errors import UsageError
from kgpipe.geo.data.table import TileTable
from kgpipe.tiles import Tile

Key = Literal["group", "block"]


def split_by(
    tiles: TileTable | Sequence[Tile], *, key: Key = "group", folds: int, seed: int
) -> NDArray[np.intp]:
    """Share tiles out to folds, whole groups at a time, each label evenly.

    Greedy, as scikit-learn's StratifiedGroupKFold: the groups with the most uneven labels first,
    each into the fold that leaves the labels' counts the most even.

    Args:
        tiles: those of a table also bring their column `dup_of`.
        key: "group" keeps a sheet's stem or a scene together, "block" a half degree cell and the
            tiles of its neighbours that overlap; a tile without block goes by its group.
        folds: at least 2.
        seed: decides between groups that are alike.

    Returns:
        The number of its fold, from 0, for each tile.

    Raises:
        UsageError: fewer groups than folds.
    """
    group_of_tile = join_groups(tiles, key=key)
    groups = int(group_of_tile.max(initial=-1)) + 1
    if folds < 2 or groups < folds:
        raise UsageError(
            f"{folds} folds need at least 2 and no more than the {groups} groups (by {key}) that "
            "the tiles form. Ask for fewer folds, or bring tiles of more places."
        )
    counts = _count_labels(_records(tiles), group_of_tile, groups)
    shares = counts / np.maximum(counts.sum(axis=0), 1)  # (groups, labels)
    # Among equals the seed decides: a stable sort keeps the shuffled order.
    shuffled = np.random.default_rng(seed).permutation(groups)
    order = shuffled[np.argsort(-shares[shuffled].max(axis=1), kind="stable")]
    fold_of_group = np.zeros(groups, dtype=np.intp)
    held = np.zeros((folds, shares.shape[1]))
    for left, group in zip(range(groups, 0, -1), order, strict=True):
        empty = np.flatnonzero(held[:, 0] == 0)
        # Every fold gets a group: the last ones are kept for those that have none yet.
        choices = empty if len(empty) >= left else np.arange(folds)
        unevenness = [
            np.std(held + shares[group] * (np.arange(folds) == fold)[:, None], axis=0).mean()
            for fold in choices
        ]
        fold = choices[int(np.argmin(np.round(unevenness, 12)))]
        fold_of_group[group] = fold
        held[fold] += shares[group]
    return fold_of_group[group_of_tile]


def hold_out(tiles: TileTable | Sequence[Tile], *, groups: Sequence[str]) -> NDArray[np.bool_]:
    """Mark the tiles of some groups, and every tile that repeats one of theirs.

    Raises:
        UsageError: no such group, or nothing would be left beside them.
    """
    records = _records(tiles)
    unknown = sorted(set(groups) - {tile.group for tile in records})
    if unknown:
        known = ", ".join(sorted({tile.group for tile in records})[:10])
        raise UsageError(f"No tile has the group {', '.join(unknown)}. The first groups: {known}.")
    joined = join_groups(tiles, key="group")
    chosen = np.array([tile.group in set(groups) for tile in records], dtype=bool)
    marked = np.isin(joined, joined[chosen])
    if marked.all():
        raise UsageError("Every tile belongs to the groups to hold out: nothing is left to train.")
    return np.asarray(marked, dtype=bool)


def join_groups(tiles: TileTable | Sequence[Tile], *, key: Key) -> NDArray[np.intp]:
    """The number of the group of each tile, groups with a tile in common being one.

    Duplicates by the column `dup_of` join groups; by block overlapping extents do too.
    """
    records = _records(tiles)
    names = [
        ("block", tile.block) if key == "block" and tile.block else ("group", tile.group or tile.id)
        for tile in records
    ]
    number_of_name = {name: number for number, name in enumerate(sorted(set(names)))}
    group = np.array([number_of_name[name] for name in names], dtype=np.intp)
    pairs = _duplicates(tiles)
    if key == "block":
        pairs += _overlaps(records)
    left = group[np.array([pair[0] for pair in pairs], dtype=np.intp)]
    right = group[np.array([pair[1] for pair in pairs], dtype=np.intp)]
    size = len(number_of_name)
    links = coo_array((np.ones(len(pairs)), (left, right)), shape=(size, size))
    return np.asarray(connected_components(links, directed=False)[1][group], dtype=np.intp)


def _records(tiles: TileTable | Sequence[Tile]) -> Sequence[Tile]:
    return tiles.tiles if isinstance(tiles, TileTable) else tiles


def _duplicates(tiles: TileTable | Sequence[Tile]) -> list[tuple[int, int]]:
    """Tiles that are the same, or that repeat the same tile, be that one in the set or not."""
    if not isinstance(tiles, TileTable) or "dup_of" not in tiles.columns:
        return []
    first = {tile.id: place for place, tile in enumerate(tiles.tiles)}
    pairs = []
    for place, original in enumerate(tiles.columns["dup_of"]):
        if original:
            pairs.append((first.setdefault(str(original), place), place))
    return pairs


def _overlaps(tiles: Sequence[Tile]) -> list[tuple[int, int]]:
    """Tiles that share ground; one over the antimeridian is two rectangles."""
    places, parts = [], []
    for place, tile in enumerate(tiles):
        if tile.box is None:
            continue
        west, south, east, north = tile.box
        spans = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
        for left, right in spans:
            places.append(place)
            parts.append(rectangle(left, south, right, north))
    found = STRtree(parts).query(parts, predicate="intersects")
    return [(places[one], places[other]) for one, other in found.T if one < other]


def _count_labels(
    tiles: Sequence[Tile], group_of_tile: NDArray[np.intp], groups: int
) -> NDArray[np.float64]:
    """Tiles of each group, and those of them with each label: (groups, 1 + labels)."""
    names = sorted({label for tile in tiles for label in tile.labels})
    column = {name: number for number, name in enumerate(names, start=1)}
    counts = np.zeros((groups, 1 + len(names)))
    for tile, group in zip(tiles, group_of_tile, strict=True):
        counts[group, 0] += 1
        for label in tile.labels:
            counts[group, column[label]] += 1
    return counts
