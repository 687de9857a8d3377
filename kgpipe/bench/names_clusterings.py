"""Ways to group vectors of names, alone and with the vetoes of resolution, on one set of names.

The names are the surface forms of Re-DocRED's entities. They are embedded and grouped as one corpus
and counted document by document, since no one has said which entities of two documents are one.
"""

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from kgpipe.bench.names_vectors import Floats, KnownEmbedder
from kgpipe.dedupe.block import find_pairs
from kgpipe.dedupe.entities import resolve_names_of
from kgpipe.dedupe.groups import group_rows
from kgpipe.dedupe.normalise import form_of
from kgpipe.errors import KgpipeError
from kgpipe.ports import Embedder
from kgpipe.settings import DedupeSettings
from kgpipe.stats.density_groups import RADII, density_groups
from kgpipe.stats.metrics import b_cubed_scores, pairwise_scores
from kgpipe.types import Kind

FORMS = "dedupe/aliases/redocred_dev_entity_surface_forms.jsonl"
THRESHOLDS = (0.75, 0.8, 0.85, 0.9, 0.95)
# The paper's radii are for points without twins; names lie far closer to their variants than to
# the nearest other name.
NARROW = ((0.05, 0.1), (0.02, 0.05), (0.01, 0.02))
_KINDS: dict[str, Kind] = {
    "PER": "person", "LOC": "place", "ORG": "organisation", "TIME": "date", "NUM": "quantity",
}  # fmt: skip


class Form(NamedTuple):
    """A surface form of the `entity`-th entity of a document."""

    document: str
    entity: int
    name: str
    kind: Kind


def read_forms(data: Path) -> list[Form]:
    """The forms of all documents; one that two entities of a document share goes to the first.

    Raises:
        KgpipeError: the file is missing.
    """
    top = data if (data / FORMS).is_file() else data.resolve().parent
    try:
        lines = (top / FORMS).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError as error:
        raise KgpipeError(
            f"{error.filename} is missing: name the folder of the public data with --data."
        ) from error
    forms: dict[tuple[str, str], Form] = {}
    for document in map(json.loads, lines):
        for number, entity in enumerate(document["entities"]):
            for name in sorted(set(entity["forms"])):
                kind = _KINDS.get(entity["type"], "other")
                form = Form(document["title"], number, name, kind)
                forms.setdefault((form.document, name), form)
    return list(forms.values())


def compare_clusterings(forms: Sequence[Form], embedder: Embedder) -> list[dict[str, Any]]:
    """Pairwise and B-cubed scores of each way to group, one row each; `vetoes` tells of the rest.

    With vetoes, it is the whole resolution without alias tables of the user's.
    """
    names = sorted({form.name for form in forms})
    texts = [form_of(name).text for name in names]
    vectors = embedder.embed(texts)
    rows = []
    for way, groups in _group_vectors(vectors):
        owner = dict(zip(names, groups, strict=True))
        rows.append({"way": way, "vetoes": False, **score_owners(forms, owner)})
    known = KnownEmbedder(embedder, texts, vectors)
    mentions = Counter((form.name, form.kind) for form in forms)
    for clustering in ("pairs", "density", "hdbscan"):
        settings = DedupeSettings.model_validate({"clustering": clustering})
        started = time.process_time()
        resolved = resolve_names_of(mentions, definitions=(), settings=settings, embedder=known)
        seconds = time.process_time() - started
        by_name = {name: entity.id for entity in resolved.entities for name in entity.names}
        rows.append(
            {"way": clustering, "vetoes": True, **score_owners(forms, by_name),
             "cpu_seconds": round(seconds, 1)}
        )  # fmt: skip
    return rows


def score_owners(forms: Sequence[Form], owner: Mapping[str, Any]) -> dict[str, float]:
    """Scores of a grouping of all names, within documents."""
    gold = [(form.document, form.entity) for form in forms]
    found = [(form.document, owner[form.name]) for form in forms]
    pairs, cubed = pairwise_scores(gold, found), b_cubed_scores(gold, found)
    return {
        "pairwise_precision": round(pairs.precision, 3),
        "pairwise_recall": round(pairs.recall, 3),
        "pairwise_f1": round(pairs.f1, 3),
        "b_cubed_f1": round(cubed.f1, 3),
    }


def _group_vectors(vectors: Floats) -> Iterator[tuple[str, list[int]]]:
    for threshold in THRESHOLDS:
        pairs = [pair[1:] for pair in find_pairs(vectors, threshold=threshold)]
        ends = np.array(pairs, dtype=np.int64).reshape(-1, 2)
        shape = (len(vectors), len(vectors))
        graph = csr_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=shape)
        labels = connected_components(graph, directed=False)[1]
        yield f"connected at {threshold}", labels.tolist()
    for radii in (RADII, *NARROW):
        groups = density_groups(vectors, rng=np.random.default_rng(0), radii=radii)
        yield f"density, radii {', '.join(map(str, radii))}", groups.tolist()
    yield "hdbscan", group_rows(vectors, clustering="hdbscan").tolist()
