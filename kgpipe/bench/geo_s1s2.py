"""`bench geo`, part `s1s2`: one place seen by two sensors, and its land cover, scenes held out.

Each of the six scenes is held out in turn: encoder, probe and rivals learn on the other five.
Retrieval asks within the held-out scene, where all tiles are alike, so it is the harder one.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kgpipe.bench.geo_cells import describe_bands, pair_by_cells
from kgpipe.bench.geo_crops import LABELLED
from kgpipe.bench.geo_encoders import Workshop
from kgpipe.bench.geo_supervised import score_supervised
from kgpipe.geo.data.bands import OPTICAL
from kgpipe.geo.data.table import TileTable
from kgpipe.geo.measuring.evaluate import embed_set, has_label
from kgpipe.geo.measuring.galileo import embed as embed_by_galileo
from kgpipe.geo.measuring.galileo import load_galileo
from kgpipe.geo.measuring.metrics import (
    Floats,
    Vectors,
    chance_recall_at,
    cluster_vectors,
    compare,
    estimate,
    mean_average_precision,
    mutual_information,
    pair_ranks,
    silhouette,
)
from kgpipe.geo.measuring.probe import LABEL_SHARES, draw_labelled, fit_probe
from kgpipe.geo.training.settings import GeoSettings
from kgpipe.stats.intervals import Indices

AT = 5
_SEED = 0
_DRAWS = 5
# Northern summer; the crops' dates are not told, and Galileo wants a month.
_MONTH = 7
# At 32 px patches of 4 give 64 places of each group of bands.
_GALILEO_PATCH = 4

# Scene -> vectors of all tiles by the encoder that has not seen it.
ByScene = Mapping[str, NDArray[np.floating]]


class Crops(NamedTuple):
    """The tiles, their scenes, land cover (n, classes) 0 or 1, and which tiles have it."""

    tiles: TileTable
    scenes: NDArray[np.str_]
    names: Sequence[str]
    labels: Floats
    labelled: NDArray[np.bool_]

    @property
    def by_name(self) -> list[str]:
        """The scenes in order."""
        return sorted(set(self.scenes.tolist()))


class Held(NamedTuple):
    """Vectors by scene, and whether S1 found S2 (and S2 S1) among the first five, (n, 2)."""

    vectors: ByScene
    hits: Floats


def describe_crops(tiles: TileTable) -> Crops:
    """Take the land cover classes that more than one scene has.

    What only one scene has can neither be learned without it nor be tested with it.
    """
    scenes = np.array([tile.group for tile in tiles.tiles])
    labelled = np.array([tile.source.startswith(LABELLED) for tile in tiles.tiles])
    every = sorted({label for tile in tiles.tiles for label in tile.labels})
    table = np.stack([has_label(tiles.tiles, label) for label in every], axis=1)
    shared = [place for place in range(len(every)) if len(set(scenes[table[:, place] == 1])) > 1]
    return Crops(tiles, scenes, [every[one] for one in shared], table[:, shared], labelled)


def hold_out_scenes(
    name: str, crops: Crops, workshop: Workshop, *, changes: Mapping[str, Any] | None = None
) -> Held:
    """Train six encoders, each without one scene, and embed all tiles with each."""
    vectors = {}
    hits = np.zeros((len(crops.scenes), 2))
    for place, scene in enumerate(crops.by_name):
        held = crops.scenes == scene
        encoder = workshop.train(f"s1s2-{name}-{place}", crops.tiles.where(~held), changes=changes)
        found = embed_set(encoder, crops.tiles)
        radar, optical = (found.by_sensor[sensor][held] for sensor in ("S1", "S2"))
        hits[held] = _find_pairs(radar, optical)
        vectors[scene] = found.vectors
    return Held(vectors, hits)


def _find_pairs(radar: Vectors, optical: Vectors) -> Floats:
    """Whether S1 found S2, and S2 S1, among the first five, (n, 2)."""
    ranks = pair_ranks(radar, optical), pair_ranks(optical, radar)
    return (np.stack(ranks, axis=1) <= AT).astype(np.float64)


def _pair_by_hand(crops: Crops) -> Floats:
    """The same by the linear baseline, which learns on the same scenes."""
    pixels = crops.tiles.read(range(len(crops.scenes)))
    hits = np.zeros((len(crops.scenes), 2))
    for scene in crops.by_name:
        held = crops.scenes == scene
        pairs = pair_by_cells(
            pixels, crops.tiles.bands[OPTICAL], groups=crops.scenes,
            learned=np.flatnonzero(~held), tested=np.flatnonzero(held),
        )  # fmt: skip
        hits[held] = _find_pairs(pairs.radar, pairs.optical)
    return hits


def probe_scenes(crops: Crops, vectors: ByScene, *, share: float = 1.0, seed: int = 0) -> Floats:
    """Log-odds of each labelled tile by a probe that has not seen its scene, (n, classes).

    Args:
        crops: of `describe_crops`.
        vectors: by scene.
        share: of the training tiles whose labels are known.
        seed: decides which.
    """
    scores = np.full(crops.labels.shape, np.nan)
    for scene in sorted(set(crops.scenes[crops.labelled].tolist())):
        tested = np.flatnonzero(crops.labelled & (crops.scenes == scene))
        learned = np.flatnonzero(crops.labelled & (crops.scenes != scene))
        if share < 1:
            first = crops.labels[learned].argmax(axis=1).astype(np.int64)
            learned = learned[next(draw_labelled(first, share, draws=1, seed=seed, least=1))]
        probe = fit_probe(
            vectors[scene][learned], crops.labels[learned],
            groups=crops.scenes[learned].tolist(),
        )  # fmt: skip
        scores[tested] = probe.score(vectors[scene][tested])
    return scores


def bench_s1s2(tiles: TileTable, workshop: Workshop, *, galileo: Path) -> dict[str, Any]:
    """Retrieval across sensors against chance; land cover beside a supervised model and Galileo."""
    crops = describe_crops(tiles)
    held = hold_out_scenes("full", crops, workshop)
    own = probe_scenes(crops, held.vectors)
    systems = {
        "embedding": own,
        "supervised": _supervise(crops, workshop, workshop.settings),
        # What helps retrieval may hurt a classifier, which gets a second chance without it.
        "supervised_on_absolute_values": _supervise(
            crops, workshop, workshop.settings.model_copy(update={"standardise": ()})
        ),
        "galileo_nano": probe_scenes(crops, _embed_by_galileo(crops, galileo)),
        "means_of_bands": probe_scenes(crops, _describe_by_hand(crops)),
    }
    by_hand = _pair_by_hand(crops)
    return {
        "scenes": crops.by_name,
        "tiles": len(crops.scenes),
        "labelled_tiles": int(crops.labelled.sum()),
        "classes": list(crops.names),
        "retrieval": _score_retrieval(crops, held.hits),
        "retrieval_by_cells_by_hand": _score_retrieval(crops, by_hand),
        "retrieval_against_cells_by_hand": compare_hits(held.hits, by_hand)["difference"],
        "mean_average_precision": {
            name: score_labels(scores, crops) for name, scores in systems.items()
        },
        # A random order of the tiles has the share of the class as its average precision.
        "mean_average_precision_by_chance": round(
            float(crops.labels[crops.labelled].mean(axis=0).mean()), 4
        ),
        "embedding_against": {
            name: difference(own, scores, crops)
            for name, scores in systems.items() if name != "embedding"
        },
        "few_labels": _score_few_labels(crops, held.vectors),
        "clusters_of_held_out_scenes": _score_clusters(crops, held.vectors),
    }  # fmt: skip


def score_labels(scores: Floats, crops: Crops) -> dict[str, Any]:
    """Mean average precision, macro and micro, of the labelled tiles."""
    known, gold = scores[crops.labelled], crops.labels[crops.labelled]

    def macro(rows: Indices) -> float:
        return mean_average_precision(known[rows], gold[rows]).macro

    def micro(rows: Indices) -> float:
        return mean_average_precision(known[rows], gold[rows]).micro

    return {
        kind: estimate(statistic, range(len(known)), seed=_SEED).model_dump(mode="json")
        for kind, statistic in (("macro", macro), ("micro", micro))
    }


def difference(first: Floats, second: Floats, crops: Crops) -> dict[str, Any]:
    """By how much the first has the higher macro mean average precision, paired."""
    one, other, gold = (table[crops.labelled] for table in (first, second, crops.labels))
    found = compare(
        lambda rows: mean_average_precision(one[rows], gold[rows]).macro,
        lambda rows: mean_average_precision(other[rows], gold[rows]).macro,
        range(len(gold)),
        seed=_SEED,
    )
    return found.difference.model_dump(mode="json")


def compare_hits(first: Floats, second: Floats) -> dict[str, Any]:
    """Mean of both directions of two systems on the same tiles, and by how much the first leads."""
    one, other = first.mean(axis=1), second.mean(axis=1)
    found = compare(
        lambda rows: float(one[rows].mean()),
        lambda rows: float(other[rows].mean()),
        range(len(one)),
        seed=_SEED,
    )
    return {name: getattr(found, name).model_dump(mode="json") for name in found._fields}


def _score_retrieval(crops: Crops, hits: Floats) -> dict[str, Any]:
    sizes = {scene: int((crops.scenes == scene).sum()) for scene in crops.by_name}
    chance = np.mean([chance_recall_at(sizes[scene], AT) for scene in crops.scenes.tolist()])
    return {
        f"{name}_recall_at_{AT}": {
            "resampling_tiles": _mean(hits[:, side], range(len(hits))),
            "resampling_scenes": _mean(hits[:, side], crops.scenes.tolist()),
            "by_chance": round(float(chance), 4),
            "by_scene": {
                scene: round(float(hits[crops.scenes == scene, side].mean()), 4)
                for scene in crops.by_name
            },
        }
        for side, name in enumerate(("S1_to_S2", "S2_to_S1"))
    }


def _mean(values: Floats, groups: Sequence[Any]) -> dict[str, Any]:
    found = estimate(lambda rows: float(values[rows].mean()), groups, seed=_SEED)
    return found.model_dump(mode="json")


def _supervise(crops: Crops, workshop: Workshop, settings: GeoSettings) -> Floats:
    pixels = crops.tiles.read(range(len(crops.scenes)))
    scores = np.full(crops.labels.shape, np.nan)
    for scene in sorted(set(crops.scenes[crops.labelled].tolist())):
        tested = np.flatnonzero(crops.labelled & (crops.scenes == scene))
        learned = np.flatnonzero(crops.labelled & (crops.scenes != scene))
        scores[tested] = score_supervised(
            pixels, crops.labels, bands=dict(crops.tiles.bands), learned=learned, tested=tested,
            settings=settings, device=workshop.device,
        )  # fmt: skip
    return scores


def _embed_by_galileo(crops: Crops, folder: Path) -> ByScene:
    """It has seen none of the scenes, as far as is known."""
    pixels = crops.tiles.read(range(len(crops.scenes)))
    vectors = embed_by_galileo(
        load_galileo(folder), pixels, bands=crops.tiles.bands, month=_MONTH, patch=_GALILEO_PATCH
    )
    return dict.fromkeys(crops.by_name, vectors)


def _describe_by_hand(crops: Crops) -> ByScene:
    pixels = crops.tiles.read(range(len(crops.scenes)))
    return dict.fromkeys(crops.by_name, describe_bands(pixels, crops.tiles.bands[OPTICAL]))


def _score_few_labels(crops: Crops, vectors: ByScene) -> dict[str, Any]:
    """The probe with fewer labels, mean and range over draws; the encoders have used all."""
    report: dict[str, Any] = {}
    for share in LABEL_SHARES:
        draws = range(_DRAWS if share < 1 else 1)
        found = [
            score_labels(probe_scenes(crops, vectors, share=share, seed=seed), crops)
            for seed in draws
        ]
        macro = [one["macro"]["value"] for one in found]
        report[f"{share:.0%}"] = {
            "mean_macro": round(float(np.mean(macro)), 4),
            "lowest": min(macro),
            "highest": max(macro),
        }
    return report


def _score_clusters(crops: Crops, vectors: ByScene) -> dict[str, Any]:
    """By the set of classes as one label, within each scene, mean over scenes."""
    widths, shared = [], []
    for scene in sorted(set(crops.scenes[crops.labelled].tolist())):
        held = crops.scenes == scene
        kinds = np.unique(crops.labels[held], axis=0, return_inverse=True)[1].reshape(-1)
        own = np.asarray(vectors[scene][held], dtype=np.float32)
        count = len(set(kinds.tolist()))
        if not 2 <= count < len(kinds):
            continue
        codes = kinds.astype(np.int64)
        widths.append(silhouette(own, codes))
        shared.append(mutual_information(codes, cluster_vectors(own, count, seed=_SEED)))
    return {
        "silhouette": round(float(np.mean(widths)), 4),
        "nmi": round(float(np.mean(shared)), 4),
        "scenes": len(widths),
    }
