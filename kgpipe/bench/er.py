"""Entity resolution of bare names, beside plain embedding clustering at its best threshold.

Re-DocRED's surface forms are resolved document by document, country names all at once, without
the alias tables that travel with kgpipe: they hold countries. The threshold of plain clustering is
the best on the very data that is scored, which no user can have.
"""

import json
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from kgpipe.bench.cluster_scores import number_labels
from kgpipe.bench.er_data import (
    NameSet,
    ProductPair,
    is_development,
    read_countries,
    read_products,
    read_redocred,
)
from kgpipe.bench.plain_clusters import METHODS, THRESHOLDS, Ints, best_plain, near_pairs
from kgpipe.dedupe.names import Name, resolve_names
from kgpipe.ports import Embedder
from kgpipe.settings import DedupeSettings
from kgpipe.stats.intervals import Indices, cluster_bootstrap, defined
from kgpipe.stats.metrics import (
    b_cubed_items,
    harmonic_mean,
    pairwise_scores,
    precision_recall_f1,
)
from kgpipe.wiring import wire_embedder

_RESAMPLES = 500


def run(data: Path, out: Path, *, resamples: int = _RESAMPLES) -> dict[str, Any]:
    """Score the names of both sets and the pairs of products; write `report.json`.

    Raises:
        KgpipeError: a file is missing or has another form.
    """
    settings = DedupeSettings(built_in_aliases=False)
    embedder = wire_embedder(settings.embedder).make()
    report: dict[str, Any] = {"benchmark": "entity resolution"}
    for title, names in (("redocred", read_redocred(data)), ("countries", read_countries(data))):
        report[title] = score_names(
            names, settings=settings, embedder=embedder, resamples=resamples
        )
    report["amazon_google_valid"] = score_products(
        read_products(data), settings=settings, embedder=embedder
    )
    out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report, indent=2) + "\n"
    (out / "report.json").write_text(text, encoding="utf-8")
    return report


def score_names(
    names: NameSet, *, settings: DedupeSettings, embedder: Embedder, resamples: int
) -> dict[str, Any]:
    """Pairwise and B-cubed scores of kgpipe and of plain clustering at its best threshold.

    `held_out` is of the half of the entities whose errors were not looked at.
    """
    started = time.process_time()
    ours = cluster_names(names, settings=settings, embedder=embedder)
    seconds = time.process_time() - started
    gold = number_labels(names.gold)
    pairs = near_pairs(embedder.embed(names.names), within=_rows_by_block(names))
    plain = best_plain(pairs, lambda clusters: pairwise_scores(gold.tolist(), clusters.tolist()).f1)
    systems = {"kgpipe": ours, "plain embedding": METHODS[plain.method](pairs, plain.threshold)}
    held_out = np.array([not is_development(entity) for entity in names.gold])
    return {
        "names": len(gold),
        "entities": int(gold.max()) + 1,
        "entities_of_several_names": int((np.bincount(gold) > 1).sum()),
        "best_plain": {"method": plain.method, "threshold": plain.threshold},
        **{name: _score(gold, labels, resamples=resamples) for name, labels in systems.items()},
        "held_out": {
            name: _score(gold[held_out], labels[held_out], resamples=resamples)
            for name, labels in systems.items()
        },
        "cpu_seconds": round(seconds, 1),
    }


def cluster_names(names: NameSet, *, settings: DedupeSettings, embedder: Embedder) -> Ints:
    """Each name's entity, resolved block by block."""
    labels: list[str] = [""] * len(names.names)
    for block, rows in enumerate(_rows_by_block(names)):
        found = resolve_names(
            [Name(id=str(row), name=names.names[row], kind=names.kind) for row in rows.tolist()],
            settings=settings,
            embedder=embedder,
        )
        for row in rows.tolist():
            labels[row] = f"{block}:{row}"
        for entry in found.rows:
            labels[int(entry.id)] = f"{block}:{entry.entity_id}"
    return number_labels(labels)


def score_products(
    pairs: list[ProductPair], *, settings: DedupeSettings, embedder: Embedder
) -> dict[str, Any]:
    """Match scores of kgpipe (both titles in one entity) and of the best cosine."""
    titles = sorted({title for pair in pairs for title in (pair.left, pair.right)})
    place = {title: row for row, title in enumerate(titles)}
    count = len(titles)
    ours = cluster_names(
        NameSet(tuple(titles), ("",) * count, ("",) * count), settings=settings, embedder=embedder
    )
    left = np.array([place[pair.left] for pair in pairs])
    right = np.array([place[pair.right] for pair in pairs])
    same = np.array([pair.same for pair in pairs])
    vectors = embedder.embed(titles)
    cosines = np.einsum("pd,pd->p", vectors[left], vectors[right])

    def match(said: Any) -> dict[str, float | None]:
        scores = precision_recall_f1(
            matched=float((said & same).sum()),
            predicted=float(said.sum()),
            gold=float(same.sum()),
        )
        return {name: defined(value) for name, value in scores._asdict().items()}

    best = max(THRESHOLDS, key=lambda threshold: match(cosines >= threshold)["f1"] or 0.0)
    return {
        "pairs": len(pairs),
        "matches": int(same.sum()),
        "kgpipe": match(ours[left] == ours[right]),
        "plain embedding": {**match(cosines >= best), "threshold": best},
    }


def _score(gold: Ints, predicted: Ints, *, resamples: int) -> dict[str, Any]:
    """Pairwise scores, and B-cubed scores with intervals by bootstrap over gold entities."""
    pairwise = pairwise_scores(gold.tolist(), predicted.tolist())
    precisions, recalls = b_cubed_items(gold.tolist(), predicted.tolist())

    def means(drawn: Indices) -> tuple[float, float, float]:
        precision, recall = float(precisions[drawn].mean()), float(recalls[drawn].mean())
        return precision, recall, harmonic_mean(precision, recall)

    b_cubed = cluster_bootstrap(means, gold.tolist(), resamples=resamples, shares=(0, 1))
    names = ("b_cubed_precision", "b_cubed_recall", "b_cubed_f1")
    return {
        **{f"pairwise_{name}": defined(value) for name, value in pairwise._asdict().items()},
        **{name: found.model_dump() for name, found in zip(names, b_cubed, strict=True)},
    }


def _rows_by_block(names: NameSet) -> list[Ints]:
    rows: defaultdict[str, list[int]] = defaultdict(list)
    for row, block in enumerate(names.blocks):
        rows[block].append(row)
    return [np.array(found, dtype=np.int64) for found in rows.values()]
