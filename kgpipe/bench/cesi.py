"""Canonicalisation of Open IE's noun phrases (Vashishth et al. 2018): CESI's base and ambiguous.

A mention is the subject of one triple. Systems read the triples and their sentences; gold entities
enter where clusters are scored, and on base_valid where the baseline's threshold is chosen.
"""

import json
import time
from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any

from kgpipe.bench.cesi_data import PARTS, Part, Statement, is_development, read_part
from kgpipe.bench.cluster_scores import canonicalisation_f1, number_labels, score_clustering
from kgpipe.bench.plain_clusters import METHODS, Ints, Plain, best_plain, near_pairs
from kgpipe.dedupe.names import Name, resolve_names
from kgpipe.ports import Embedder
from kgpipe.settings import DedupeSettings
from kgpipe.wiring import wire_embedder

KGPIPE, WITH_CONTEXT, PLAIN = "kgpipe", "kgpipe with context", "plain embedding"
_VALID = "base_valid"
_RESAMPLES = 500

# Averages of the three F1 that the authors report; on ambiguous for the test part, not this one.
PUBLISHED = {"base_test": 0.993, "ambiguous_test": 0.835}


def run(data: Path, out: Path, *, resamples: int = _RESAMPLES) -> dict[str, Any]:
    """Cluster the subjects of every part by every system; write `report.json` and clusters.

    Args:
        data: the folder `cesi`, or the one that holds it.
        out: for the report, and one table a part with each mention's cluster.
        resamples: of the bootstrap.

    Raises:
        KgpipeError: a file is missing.
    """
    settings = DedupeSettings()
    embedder = wire_embedder(settings.embedder).make()
    parts = {name: read_part(data, name) for name in PARTS}
    chosen = _plain(parts[_VALID], embedder)
    out.mkdir(parents=True, exist_ok=True)
    report: dict[str, Any] = {
        "benchmark": "CESI",
        "plain_embedding": {"method": chosen.method, "threshold": chosen.threshold},
        "published_mean": PUBLISHED,
    }
    for name, part in parts.items():
        started = time.process_time()
        systems = predict_clusters(
            part.statements, settings=settings, embedder=embedder, plain=chosen
        )
        report[name] = {
            **score_systems(systems, part.gold, resamples=resamples),
            "cpu_seconds": round(time.process_time() - started, 1),
        }
        _write_clusters(part, systems, out / f"{name}.tsv")
    held_out = [row for row, gold in enumerate(part.gold) if not is_development(gold)]
    report["ambiguous_valid_held_out"] = score_systems(
        {system: [labels[row] for row in held_out] for system, labels in systems.items()},
        [part.gold[row] for row in held_out],
        resamples=resamples,
    )
    report["ambiguous_valid"]["homonyms"] = {
        system: tell_homonyms([row.subject for row in part.statements], labels, part.gold)
        for system, labels in systems.items()
    }
    text = json.dumps(report, indent=2) + "\n"
    (out / "report.json").write_text(text, encoding="utf-8")
    return report


def predict_clusters(
    statements: Sequence[Statement], *, settings: DedupeSettings, embedder: Embedder, plain: Plain
) -> dict[str, list[Hashable]]:
    """The cluster of each statement's subject by every system; `plain` says how names cluster."""
    subjects = [row.subject for row in statements]
    surfaces = sorted(set(subjects))
    pairs = near_pairs(embedder.embed(surfaces))
    alone = METHODS[plain.method](pairs, plain.threshold).tolist()
    cluster_of = dict(zip(surfaces, alone, strict=True))
    return {
        "exact string": list(subjects),
        "lower-cased": [name.lower() for name in subjects],
        "last word": [name.lower().split()[-1] for name in subjects],
        PLAIN: [cluster_of[name] for name in subjects],
        KGPIPE: _resolve(statements, settings=settings, embedder=embedder, context=False),
        WITH_CONTEXT: _resolve(statements, settings=settings, embedder=embedder, context=True),
    }


def score_systems(
    systems: dict[str, list[Hashable]], gold: Sequence[str], *, resamples: int
) -> dict[str, Any]:
    """Figures of each system, and the size of what was clustered."""
    return {
        "mentions": len(gold),
        "entities": len(set(gold)),
        **{
            name: score_clustering(gold, labels, resamples=resamples)
            for name, labels in systems.items()
        },
    }


def tell_homonyms(
    surfaces: Sequence[str], labels: Sequence[Hashable], gold: Sequence[str]
) -> dict[str, Any]:
    """How far mentions of one surface that mean several entities are told apart.

    `pairs` is the share of pairs of such mentions of two entities that stand in two clusters,
    `surfaces` the mean of that share over surfaces, so that one frequent word does not decide;
    `together` the share of pairs of one entity, on these surfaces, that stand in one cluster.
    """
    mentions: defaultdict[str, list[int]] = defaultdict(list)
    for row, surface in enumerate(surfaces):
        mentions[surface].append(row)
    apart, together = [], []
    for rows in mentions.values():
        if len({gold[row] for row in rows}) > 1:
            theirs, ours = _pairs_of(gold, rows), _pairs_of(labels, rows)
            both = _pairs_of(list(zip(gold, labels, strict=True)), rows)
            every = len(rows) * (len(rows) - 1) // 2
            apart.append((every - theirs - ours + both, every - theirs))
            together.append((both, theirs))
    shares = [part / whole for part, whole in apart]
    return {
        "homonyms": len(apart),
        "pairs": _share(apart),
        "surfaces": round(sum(shares) / len(shares), 6) if shares else None,
        "together": _share(together),
    }


def _resolve(
    statements: Sequence[Statement], *, settings: DedupeSettings, embedder: Embedder, context: bool
) -> list[Hashable]:
    """Entities of the subjects, as `kgpipe dedupe` resolves both ends of the triples."""
    names = [
        Name(id=f"{row}:{end}", name=name, context=" ".join(found.sentences) if context else "")
        for row, found in enumerate(statements)
        for end, name in (("s", found.subject), ("o", found.object))
    ]
    resolution = resolve_names(names, settings=settings, embedder=embedder)
    entities = {row.id: row.entity_id for row in resolution.rows}
    # A rejected name is in no entity: by itself.
    return [entities.get(f"{row}:s", f"{row}:s") for row in range(len(statements))]


def _plain(part: Part, embedder: Embedder) -> Plain:
    subjects = [row.subject for row in part.statements]
    surfaces = sorted(set(subjects))
    place = {surface: row for row, surface in enumerate(surfaces)}
    rows = [place[subject] for subject in subjects]
    gold = number_labels(part.gold)

    def score(clusters: Ints) -> float:
        return canonicalisation_f1(gold, clusters[rows])[0]

    return best_plain(near_pairs(embedder.embed(surfaces)), score)


def _pairs_of(labels: Sequence[Hashable], rows: Sequence[int]) -> int:
    return sum(size * (size - 1) // 2 for size in Counter(labels[row] for row in rows).values())


def _share(counts: Sequence[tuple[int, int]]) -> float | None:
    whole = sum(every for _, every in counts)
    return round(sum(part for part, _ in counts) / whole, 6) if whole else None


def _write_clusters(part: Part, systems: dict[str, list[Hashable]], path: Path) -> None:
    lines = ["\t".join(["subject", "predicate", "object", *systems])]
    for row, (subject, predicate, obj, _) in enumerate(part.statements):
        cells = [subject, predicate, obj, *(str(labels[row]) for labels in systems.values())]
        lines.append("\t".join(" ".join(cell.split()) for cell in cells))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
