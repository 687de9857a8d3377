"""Benchmark `asgmkg`: what resolution makes of the published ASGM-KG (arXiv 2408.08972).

Its 1,899 triples were never resolved. Each merge that was looked at by hand is judged in
`data/dedupe/asgmkg_merges.csv`: whether the two names mean one thing in the triples that have them.
"""

import csv
import json
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kgpipe.assets import asset_path
from kgpipe.errors import KgpipeError
from kgpipe.pipeline import build
from kgpipe.review.merges import write_merges
from kgpipe.settings import Settings
from kgpipe.stats.intervals import wilson
from kgpipe.text.predicates import canonical_predicate
from kgpipe.types import Graph, Merge
from kgpipe.wiring import wire
from kgpipe.workspace import Workspace

_FILE = "ASGM-KG_Dataset_1899_unique.csv"
_JUDGED = "data/dedupe/asgmkg_merges.csv"


def run(data: Path, out: Path) -> dict[str, Any]:
    """Resolve the triples; write `report.json`, and `merges.csv` as experts get it.

    Args:
        data: the folder of the published graph, or one above it.
        out: for both files.

    Raises:
        KgpipeError: the graph is not in `data`.
    """
    source = next(iter(sorted(data.rglob(_FILE))), None)
    if source is None:
        raise KgpipeError(f"There is no {_FILE} in {data}: it is part of the published ASGM-KG.")
    out.mkdir(parents=True, exist_ok=True)
    settings = Settings()
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder))
        ports = wire(settings, workspace)
        graph = build([source], workspace, settings, ports, until="dedupe")
        workspace.close()
    write_merges(graph, [], out / "merges.csv")
    with asset_path(_JUDGED).open(encoding="utf-8", newline="") as lines:
        judged = {row["merge_id"]: row["right"] == "1" for row in csv.DictReader(lines)}
    report = {"benchmark": "asgmkg", **count_graph(graph), **score_merges(graph.merges, judged)}
    (out / "report.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return report


def count_graph(graph: Graph) -> dict[str, int]:
    """Names, relations and facts before resolution and after it."""
    triples = graph.triples
    written = Counter(one.predicate for one in triples)
    resolved = Counter(claim.predicate for claim in graph.claims)
    return {
        "triples": len(triples),
        "claims": len(graph.claims),
        "names": len({name for one in triples for name in (one.subject, one.object)}),
        "entities": len(graph.entities),
        "relations_as_written": len(written),
        "relations_in_one_form": len({canonical_predicate(one.predicate) for one in triples}),
        "relations_resolved": len(resolved),
        "used_once_as_written": sum(number == 1 for number in written.values()),
        "used_once_resolved": sum(number == 1 for number in resolved.values()),
    }


def score_merges(merges: Sequence[Merge], judged: Mapping[str, bool]) -> dict[str, Any]:
    """The share of right merges among those that were judged, with Wilson's interval."""
    answers = [judged[merge.id] for merge in merges if merge.id in judged]
    figures: dict[str, Any] = {"merges": len(merges), "merges_judged": len(answers)}
    if answers:
        figures["merge_precision"] = wilson(sum(answers), len(answers)).model_dump()
    return figures
