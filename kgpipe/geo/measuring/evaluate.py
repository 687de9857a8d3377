"""How good a frozen embedding is: a linear probe learns on some tiles and is scored on others.

Labels are gold: they fit and score the probe, and the encoder is shown pixels only.
"""

import json
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kgpipe.errors import UsageError
from kgpipe.geo.data.tileset import TileSet
from kgpipe.geo.measuring.embedding_map import draw_map
from kgpipe.geo.measuring.metrics import (
    Floats,
    Ints,
    average_precision,
    chance_recall_at,
    cluster_vectors,
    estimate,
    label_precision_at,
    mean_average_precision,
    mutual_information,
    pair_ranks,
    recall_at,
    silhouette,
)
from kgpipe.geo.measuring.probe import fit_probe
from kgpipe.geo.measuring.score_sheet import write_verdicts
from kgpipe.ports import TileEncoder
from kgpipe.stats.intervals import Estimate, Indices
from kgpipe.stats.metrics import confusion_matrix, macro_f1
from kgpipe.tiles import Tile
from kgpipe.types import Rejection

POSITIVE = "mine"
RECALL_AT = (1, 5, 10)
# Neighbours that are looked at for tiles of the same category.
_NEIGHBOURS = 10
_TILES_AT_ONCE = 256
_SEED = 0


class Embedded(NamedTuple):
    """The tiles that could be embedded.

    `vectors` (n, d) are of all sensors together, `by_sensor` of each alone; `places` number the
    tiles in the set they come from.
    """

    tiles: Sequence[Tile]
    vectors: NDArray[np.float32]
    by_sensor: dict[str, NDArray[np.float32]]
    places: Ints
    rejections: Sequence[Rejection]


class Evaluated(NamedTuple):
    """The report, and each test tile's log-odds of the positive label, None without one."""

    report: dict[str, Any]
    scores: Floats | None


def embed_set(encoder: TileEncoder, tiles: TileSet) -> Embedded:
    """Embed a set by all its sensors, and where it has several by each of them alone.

    Raises:
        UsageError: none of its sensors is one that the model knows.
    """
    sensors = sorted(set(tiles.bands) & set(encoder.bands))
    if not sensors:
        raise UsageError(
            f"The tiles have {', '.join(sorted(tiles.bands))}, the model reads "
            f"{', '.join(sorted(encoder.bands))}: choose tiles of a sensor that it was trained on."
        )
    for sensor in sensors:
        if tuple(tiles.bands[sensor]) != tuple(encoder.bands[sensor]):
            raise UsageError(
                f"The {sensor} bands of the tiles ({', '.join(tiles.bands[sensor])}) are not those "
                f"of the model ({', '.join(encoder.bands[sensor])})."
            )
    views = {"": sensors} | ({one: [one] for one in sensors} if len(sensors) > 1 else {})
    rows: dict[str, list[NDArray[np.float32]]] = {view: [] for view in views}
    for at in range(0, len(tiles.tiles), _TILES_AT_ONCE):
        pixels = tiles.read(range(at, min(at + _TILES_AT_ONCE, len(tiles.tiles))))
        for view, seen in views.items():
            rows[view].append(encoder.embed_tiles({one: pixels[one] for one in seen}))
    joined = {view: np.concatenate(parts) for view, parts in rows.items() if parts}
    if not joined:
        raise UsageError("There is no tile to embed.")
    good: NDArray[np.bool_] = np.asarray(np.isfinite(joined[""]).all(axis=1))
    blank = [
        Rejection(stage="embed", item=tile.id, reason="nothing_seen",
                  detail="no pixel of the tile has a value")
        for tile, kept in zip(tiles.tiles, good, strict=True) if not kept
    ]  # fmt: skip
    places = np.flatnonzero(good).astype(np.int64)
    return Embedded(
        [tiles.tiles[place] for place in places.tolist()],
        joined.pop("")[good],
        {view: vectors[good] for view, vectors in joined.items()},
        places,
        [*tiles.rejections, *blank],
    )


def evaluate_embedding(
    train: Embedded, test: Embedded, *, positive: str = POSITIVE, seed: int = _SEED
) -> Evaluated:
    """Fit probes on one set's embedding and score them on the other's.

    Args:
        train: its labels fit the probe and choose its strength.
        test: its labels score.
        positive: the label of the question of yes or no; where no tile has it, that part is left
            out.
        seed: of k-means and of the bootstrap.

    Returns:
        The report: `average_precision` with its interval (over groups where there are several),
        `macro_f1` of the categories, `mean_average_precision` over all labels, `retrieval`,
        `clusters`, `counts`, `rejections`, `warnings`.

    Raises:
        UsageError: one side has no labelled tile, or the training side has one class only.
    """
    labels = sorted({label for one in train.tiles for label in one.labels})
    if not labels or not any(one.labels for one in test.tiles):
        side = "training" if not labels else "tested"
        raise UsageError(f"No {side} tile has a label: a probe needs labels on both sides.")
    groups = group_tiles(test.tiles)
    report: dict[str, Any] = {"warnings": _overlap(train, test)}
    scores = None
    if positive in labels or any(positive in one.labels for one in test.tiles):
        scores = _probe_positive(train, test, positive)
        outcomes = has_label(test.tiles, positive)
        interval = _precision_interval(scores, outcomes, groups, seed)
        report["average_precision"] = interval.value
        report["average_precision_interval"] = [interval.low, interval.high]
        report["average_precision_by_chance"] = round(float(outcomes.mean()), 6)
    report |= _score_categories(train, test, positive, groups, seed)
    report["mean_average_precision"] = _score_labels(train, test, labels)
    report["retrieval"] = _score_retrieval(test, seed)
    report["clusters"] = _score_clusters(test, positive, seed)
    report["counts"] = {
        "train": len(train.tiles), "test": len(test.tiles),
        "train_groups": len(set(group_tiles(train.tiles))), "test_groups": len(set(groups)),
        "train_labels": _count_labels(train.tiles), "test_labels": _count_labels(test.tiles),
    }  # fmt: skip
    report["rejections"] = {
        side: dict(sorted(Counter(one.reason for one in embedded.rejections).items()))
        for side, embedded in (("train", train), ("test", test))
    }
    return Evaluated(report, scores)


def group_tiles(tiles: Sequence[Tile]) -> list[Hashable]:
    """What a resample must not cut: the group, else the block, else the tile itself."""
    return [one.group or one.block or one.id for one in tiles]


def has_label(tiles: Sequence[Tile], label: str) -> Floats:
    """1 where a tile has the label, else 0, shape (n,)."""
    return np.array([float(label in one.labels) for one in tiles])


def name_categories(tiles: Sequence[Tile], positive: str) -> list[str]:
    """Each tile's own category: its one label beside those of the question; "" without just one."""
    asked = {positive, f"not_{positive}"}
    own = [[label for label in one.labels if label not in asked] for one in tiles]
    return [names[0] if len(names) == 1 else "" for names in own]


def _overlap(train: Embedded, test: Embedded) -> list[str]:
    # Two made sets may name their tiles alike; a place tells them apart.
    known = {(one.id, one.lon, one.lat) for one in train.tiles}
    pictures = {row.tobytes() for row in train.vectors}
    same_id = sum((one.id, one.lon, one.lat) in known for one in test.tiles)
    same_picture = sum(row.tobytes() in pictures for row in test.vectors)
    shared = max(same_id, same_picture)
    if not shared:
        return []
    return [
        f"{shared} of {len(test.tiles)} tested tiles are among the training tiles too ({same_id} "
        f"by id, {same_picture} by their embedding): the figures are flattered."
    ]


def _probe_positive(train: Embedded, test: Embedded, positive: str) -> Floats:
    outcomes = has_label(train.tiles, positive)
    if len(np.unique(outcomes)) < 2:
        raise UsageError(
            f"{'All' if outcomes[0] else 'No'} training tiles have the label {positive!r}: a probe "
            "needs some with it and some without."
        )
    probe = fit_probe(train.vectors, outcomes[:, None], groups=group_tiles(train.tiles))
    scores: Floats = probe.score(test.vectors)[:, 0]
    return scores


def _precision_interval(
    scores: Floats, outcomes: Floats, groups: Sequence[Hashable], seed: int
) -> Estimate:
    units = groups if len(set(groups)) > 1 else range(len(scores))
    return estimate(lambda rows: average_precision(scores[rows], outcomes[rows]), units, seed=seed)


def _score_categories(
    train: Embedded, test: Embedded, positive: str, groups: Sequence[Hashable], seed: int
) -> dict[str, Any]:
    learned, asked = (name_categories(one.tiles, positive) for one in (train, test))
    names = sorted({*learned, *asked} - {""})
    if len(set(learned) - {""}) < 2 or not set(asked) - {""}:
        return {}
    kept = np.array([place for place, name in enumerate(learned) if name])
    tested = np.array([place for place, name in enumerate(asked) if name])
    codes = np.array([names.index(learned[place]) for place in kept.tolist()])
    gold = np.array([names.index(asked[place]) for place in tested.tolist()], dtype=np.int64)
    all_groups = group_tiles(train.tiles)
    probe = fit_probe(
        train.vectors[kept], np.eye(len(names))[codes],
        groups=[all_groups[place] for place in kept.tolist()],
    )  # fmt: skip
    found = probe.score(test.vectors[tested]).argmax(axis=1).astype(np.int64)

    def score(rows: Indices) -> float:
        return macro_f1(confusion_matrix(gold[rows], found[rows], classes=len(names)))

    tested_groups = [groups[place] for place in tested.tolist()]
    units = tested_groups if len(set(tested_groups)) > 1 else range(len(tested))
    interval = estimate(score, units, seed=seed)
    return {
        "macro_f1": interval.value,
        "macro_f1_interval": [interval.low, interval.high],
        "categories": names,
        "categories_absent_from_training": sorted(set(asked) - set(learned) - {""}),
        "categories_absent_from_test": sorted(set(learned) - set(asked) - {""}),
    }


def _score_labels(train: Embedded, test: Embedded, labels: Sequence[str]) -> dict[str, Any]:
    wanted = [
        label for label in labels
        if 0 < has_label(train.tiles, label).mean() < 1 and has_label(test.tiles, label).any()
    ]  # fmt: skip
    if not wanted:
        return {}
    learned, asked = (
        np.stack([has_label(one.tiles, label) for label in wanted], axis=1) for one in (train, test)
    )
    probe = fit_probe(train.vectors, learned, groups=group_tiles(train.tiles))
    found = mean_average_precision(probe.score(test.vectors), asked)
    return {"macro": round(found.macro, 6), "micro": round(found.micro, 6), "labels": wanted}


def _score_retrieval(test: Embedded, seed: int) -> dict[str, Any]:
    """From each sensor to each other one: is the tile itself among the first?"""
    report: dict[str, Any] = {}
    groups = np.array(group_tiles(test.tiles))
    for one in sorted(test.by_sensor):
        for other in sorted(set(test.by_sensor) - {one}):
            # Of a tile that one of them did not see there is nothing to find.
            both = np.isfinite(test.by_sensor[one] + test.by_sensor[other]).all(axis=1)
            if not both.any():
                continue
            units = groups[both].tolist() if len(set(groups[both])) > 1 else range(int(both.sum()))
            ranks = pair_ranks(test.by_sensor[one][both], test.by_sensor[other][both])
            report[f"{one}_to_{other}"] = {"tiles": len(ranks)} | {
                f"recall_at_{k}": estimate(
                    partial(_recall_of_rows, ranks, k), units, seed=seed
                ).model_dump(mode="json")
                | {"by_chance": chance_recall_at(len(ranks), k)}
                for k in RECALL_AT
            }
    return report


def _recall_of_rows(ranks: Ints, k: int, rows: Indices) -> float:
    return recall_at(ranks[rows], k)


def _score_clusters(test: Embedded, positive: str, seed: int) -> dict[str, Any]:
    """By category, else by the set of labels as one."""
    names = name_categories(test.tiles, positive)
    if not all(names):
        names = ["+".join(one.labels) for one in test.tiles]
    codes = np.unique(names, return_inverse=True)[1].astype(np.int64)
    count = int(codes.max()) + 1
    if not 2 <= count < len(codes):
        return {}
    clusters = cluster_vectors(test.vectors, count, seed=seed)
    near = label_precision_at(test.vectors, codes, min(_NEIGHBOURS, len(codes) - 1))
    shares = np.bincount(codes) / len(codes)
    return {
        "silhouette": round(silhouette(test.vectors, codes), 6),
        "nmi": round(mutual_information(codes, clusters), 6),
        "clusters": count,
        "same_among_10_nearest": round(float(near.mean()), 6),
        "same_by_chance": round(float((shares**2).sum()), 6),
    }


def _count_labels(tiles: Sequence[Tile]) -> dict[str, int]:
    return dict(sorted(Counter(label for one in tiles for label in one.labels).items()))


def write_report(report: Mapping[str, Any], path: Path) -> None:
    """Write a report as JSON, with its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def draw_evaluation(
    evaluated: Evaluated, test: Embedded, tiles: TileSet, folder: Path, *, positive: str = POSITIVE
) -> list[Path]:
    """Write `verdicts.png`, where there are scores, and `map.png`; return what was written."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    if evaluated.scores is not None:
        path = folder / "verdicts.png"
        outcomes = has_label(test.tiles, positive)
        write_verdicts(tiles, test.places, evaluated.scores, outcomes, path)
        written.append(path)
    names = name_categories(test.tiles, positive)
    path = folder / "map.png"
    draw_map(test.vectors, names, path, title="Tiles by category")
    return [*written, path]
