"""`bench geo`, part `mines`: are gold mines told from what looks like them, in sheets never seen?

Every sheet holds one class, and half of the mines were rendered in a way that no negative was, so
figures are on the tiles with clear = 0.75 alone, in folds by stem. Stems of one survey area (mines
and look-alikes of Bolivar) stay in one fold, which is stricter than folds by stem. The encoder of
a fold may see all other tiles of the other folds, never one of a tested stem.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kgpipe.bench.geo_categories import score_categories, score_sheet_identity
from kgpipe.geo.data.table import TileTable
from kgpipe.geo.measuring.embedding_map import draw_map
from kgpipe.geo.measuring.folds import share_groups
from kgpipe.geo.measuring.metrics import Compared, Floats, Ints, average_precision, compare
from kgpipe.geo.measuring.probe import draw_labelled, fit_probe
from kgpipe.geo.measuring.score_sheet import write_verdicts
from kgpipe.stats.intervals import Indices

FOLDS = 5
# The aim: the hand features' average precision and this.
WANTED_GAIN = 0.05
LOW_SHARE = 0.1
_COMPARABLE = 0.75
_SEED = 0
# Stems whose names begin with the same survey: their tiles may lie side by side.
_AREAS = re.compile(r"(.*bolivar|amazonas_2020|v2\.4_amazonas|ACAexpanded|v2\.6_amazon)")
_AREA_NAMES = {"v2.4_amazonas": "amazonas", "amazonas_2020": "amazonas"}
CONFOUND = (
    "1,244 of the mines come from two sheets of another rendering, of which no negative exists, "
    "and no mine has clear 0.05 or 0.6: a model can tell these by their rendering"
)

# Rows that an encoder may learn from, and those of them whose labels it may see -> vectors of all
# tiles.
Embed = Callable[[str, Indices, Indices], NDArray[np.float32]]


class Split(NamedTuple):
    """Of each tile: its fold, its area, whether it is a mine, whether it is comparable."""

    fold: Ints
    area: Sequence[str]
    mine: Floats
    comparable: NDArray[np.bool_]


class Scored(NamedTuple):
    """Out-of-fold log-odds of all tiles, and each fold's vectors."""

    scores: Floats
    vectors: Sequence[NDArray[np.float32]]


def split_mines(tiles: TileTable) -> Split:
    """Share the stems out to five folds, mines and look-alikes evenly."""
    area = [name_area(tile.group) for tile in tiles.tiles]
    mine = np.array([float("mine" in tile.labels) for tile in tiles.tiles])
    clear = tiles.columns["clear"].to_numpy(dtype=np.float64)
    comparable = clear == _COMPARABLE
    # What is not comparable is shared out afterwards and cannot unbalance what is measured.
    classes = (mine + 2 * ~comparable).astype(np.int64)
    fold = share_groups(area, classes, folds=FOLDS)
    return Split(fold, area, mine, comparable)


def drop_repeats(tiles: TileTable) -> TileTable:
    """Leave out tiles that repeat one of another stem (blank squares, in this set)."""
    stem_of = {tile.id: tile.group for tile in tiles.tiles}
    original = tiles.columns["dup_of"].tolist()
    return tiles.where(
        np.array(
            [
                not one or stem_of.get(one, tile.group) == tile.group
                for one, tile in zip(original, tiles.tiles, strict=True)
            ]
        )
    )


def name_area(stem: str) -> str:
    """The survey that a stem belongs to, else the stem itself."""
    found = _AREAS.match(stem)
    if found is None:
        return stem
    return "bolivar" if "bolivar" in found[1] else _AREA_NAMES.get(found[1], found[1])


def score_folds(
    name: str, split: Split, embed: Embed, *, share: float = 1.0, all_tiles: bool = False
) -> Scored:
    """Embed and probe each fold in turn.

    Args:
        name: of the embedding, with which `embed` is called.
        split: of `split_mines`.
        embed: makes vectors.
        share: of the training labels that are known.
        all_tiles: learn the probe on, and score, also what is not comparable.
    """
    scores = np.full(len(split.fold), np.nan)
    vectors = []
    for fold in range(FOLDS):
        rest = np.flatnonzero(split.fold != fold)
        known = rest
        if share < 1:
            classes = (split.mine + 2 * split.comparable).astype(np.int64)[rest]
            known = rest[next(draw_labelled(classes, share, draws=1, seed=_SEED + fold))]
        made = embed(f"{name}-fold{fold}-labels{round(100 * share)}", rest, known)
        vectors.append(made)
        learned = known if all_tiles else known[split.comparable[known]]
        tested = np.flatnonzero((split.fold == fold) & (all_tiles | split.comparable))
        probe = fit_probe(
            made[learned], split.mine[learned, None],
            groups=[split.area[row] for row in learned.tolist()],
        )  # fmt: skip
        scores[tested] = probe.score(made[tested])[:, 0]
    return Scored(scores, vectors)


def compare_scores(
    own: Floats, other: Floats, split: Split, *, second: str = "hand_features"
) -> dict[str, Any]:
    """Pooled average precision of both, and the paired difference, by tiles and by areas.

    Args:
        own: out-of-fold scores of the embedding, NaN where a tile is not scored.
        other: those of what it is compared with.
        split: of `split_mines`.
        second: what the other one is called in the report.
    """
    rows = np.flatnonzero(~np.isnan(own))
    gold = split.mine[rows]

    def precision(scores: Floats) -> Callable[[Indices], float]:
        return lambda drawn: average_precision(scores[rows][drawn], gold[drawn])

    units: dict[str, Sequence[Any]] = {
        "tiles": range(len(rows)),
        "areas": [split.area[row] for row in rows.tolist()],
    }
    report: dict[str, Any] = {"tiles": len(rows), "mines": int(gold.sum())}
    for unit, groups in units.items():
        found: Compared = compare(precision(own), precision(other), groups, seed=_SEED)
        report[f"resampling_{unit}"] = {
            "embedding": found.first.model_dump(mode="json"),
            second: found.second.model_dump(mode="json"),
            "difference": found.difference.model_dump(mode="json"),
        }
    report["by_fold"] = {
        str(fold): {
            "mines": int(split.mine[held].sum()),
            "tiles": len(held),
            "embedding": round(average_precision(own[held], split.mine[held]), 4),
            second: round(average_precision(other[held], split.mine[held]), 4),
        }
        for fold in range(FOLDS)
        if len(held := rows[split.fold[rows] == fold])
    }
    return report


def bench_mines(
    tiles: TileTable,
    hand: NDArray[np.float32],
    embed: Embed,
    *,
    rivals: Mapping[str, NDArray[np.float32]],
    low_labels: bool = True,
) -> tuple[dict[str, Any], Scored, Split]:
    """All figures of the part.

    Args:
        tiles: the Amazon mining tiles.
        hand: hand features of the same tiles.
        embed: trains an encoder on some rows and embeds all.
        rivals: other fixed vectors of the same tiles, by name.
        low_labels: also with a tenth of the labels, for which encoders are trained again.

    Returns:
        The report, the scores of the embedding with all labels, and the split.
    """
    split = split_mines(tiles)

    def fixed(vectors: NDArray[np.float32]) -> Embed:
        return lambda name, rows, known: vectors

    by_hand = fixed(hand)
    own, baseline = (
        score_folds("mines", split, embed),
        score_folds("hand", split, by_hand),
    )
    report: dict[str, Any] = {
        "folds": _describe_folds(split),
        "clear_0.75": compare_scores(own.scores, baseline.scores, split),
    }
    gain = report["clear_0.75"]["resampling_tiles"]["difference"]
    report["reached"] = {
        "wanted_gain": WANTED_GAIN,
        "gain_is_enough": gain["value"] >= WANTED_GAIN,
        "interval_above_0": gain["low"] > 0,
    }
    report["rivals"] = {
        name: compare_scores(
            own.scores, score_folds(name, split, fixed(vectors)).scores, split, second=name
        )
        for name, vectors in rivals.items()
    }
    if low_labels:
        report["clear_0.75_with_a_tenth_of_the_labels"] = compare_scores(
            score_folds("mines", split, embed, share=LOW_SHARE).scores,
            score_folds("hand", split, by_hand, share=LOW_SHARE).scores,
            split,
        )
    report["all_tiles"] = {
        "confound": CONFOUND,
        **compare_scores(
            score_folds("mines", split, embed, all_tiles=True).scores,
            score_folds("hand", split, by_hand, all_tiles=True).scores,
            split,
        ),
    }
    report["sheet_identity"] = {
        "embedding": score_sheet_identity(tiles, split, own.vectors),
        "hand_features": score_sheet_identity(tiles, split, baseline.vectors),
    }
    report["nine_categories"] = {
        "embedding": score_categories(tiles, split, own.vectors),
        "hand_features": score_categories(tiles, split, baseline.vectors),
    }
    return report, own, split


def _describe_folds(split: Split) -> list[dict[str, Any]]:
    area = np.array(split.area)
    return [
        {
            "mines": int((held & (split.mine == 1) & split.comparable).sum()),
            "not_mines": int((held & (split.mine == 0) & split.comparable).sum()),
            "areas": sorted(set(area[held].tolist())),
        }
        for held in (split.fold == fold for fold in range(FOLDS))
    ]


def draw_mines(tiles: TileTable, scored: Scored, split: Split, folder: Path) -> list[str]:
    """Write the surest right and wrong verdicts, and a map of a fold's unseen tiles."""
    rows = np.flatnonzero(~np.isnan(scored.scores))
    verdicts = folder / "mines_verdicts.png"
    write_verdicts(tiles, rows, scored.scores[rows], split.mine[rows], verdicts)
    unseen = np.flatnonzero(split.comparable & (split.fold == 0))
    names = [tiles.tiles[row].labels[-1] for row in unseen.tolist()]
    drawn = folder / "mines_map.png"
    draw_map(scored.vectors[0][unseen], names, drawn, title="Stems that the encoder has not seen")
    return [verdicts.name, drawn.name]
