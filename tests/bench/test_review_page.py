import json
from pathlib import Path

import pytest

from kgpipe.bench import review_page
from kgpipe.bench.review_page import make_workspace, run
from kgpipe.pipeline import load_graph
from kgpipe.workspace import Workspace


def test_the_made_graph_is_whole(tmp_path: Path) -> None:
    make_workspace(tmp_path, 400)
    workspace = Workspace(tmp_path, create=False)
    graph = load_graph(workspace)
    workspace.close()
    assert len(graph.claims) == len(graph.verdicts) == 400
    assert len(graph.labels) == 20 and len(graph.conflicts) == 2 and len(graph.merges) == 4
    texts = {document.id: document.text for document in graph.documents}
    for triple in graph.triples:
        assert triple.evidence is not None
        span = triple.evidence.span
        assert texts[triple.document_id][span.start : span.end] == triple.evidence.quote
    assert any(triple.evidence and triple.evidence.page for triple in graph.triples)


def test_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(review_page, "REQUESTS", 3)
    report = run(tmp_path, sizes=[2000])
    assert report == json.loads((tmp_path / "report.json").read_text())
    figures = report["2000_facts"]
    assert figures.pop("start_seconds") > 0
    assert len(figures) == 12
    for times in figures.values():
        assert 0 < times["median_ms"] <= times["max_ms"] < 10_000
