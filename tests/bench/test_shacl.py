import json
from pathlib import Path

import pytest

import kgpipe.bench.shacl
from kgpipe.bench.shacl import make_graph, run
from kgpipe.errors import KgpipeError
from kgpipe.publish.check import check_graph
from kgpipe.types import Graph


def test_the_made_graph_is_one() -> None:
    graph = make_graph(120)
    assert (len(graph.claims), len(graph.documents)) == (120, 3)
    assert check_graph(graph) == []
    assert len({claim.id for claim in graph.claims}) == 120


def test_report(tmp_path: Path) -> None:
    report = run(tmp_path / "out", sizes=(1_000, 2_000))
    assert report == json.loads((tmp_path / "out" / "report.json").read_text())
    for size in (1_000, 2_000):
        found = report[f"{size}_triples"]
        assert 0.7 * size < found["quads"] < 1.4 * size
        assert found["quads_per_second"] == pytest.approx(found["quads"] / found["seconds"])
        assert found["memory_mb_after"] > 20


def test_a_graph_that_violates_is_no_measurement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_graph(claims: int) -> Graph:
        graph = make_graph(claims)
        verdicts = tuple(one.model_copy(update={"probability": 2.0}) for one in graph.verdicts)
        return graph.model_copy(update={"verdicts": verdicts})

    monkeypatch.setattr(kgpipe.bench.shacl, "make_graph", break_graph)
    with pytest.raises(KgpipeError, match=r"violates its shapes.*claim-probability"):
        run(tmp_path, sizes=(100,))
