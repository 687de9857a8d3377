import json
from pathlib import Path

import pytest

from kgpipe.bench.bolt import make_graph, run
from tests.bolt import make_rows


def test_the_graph_has_three_relationships_to_a_node() -> None:
    rows = make_rows(make_graph(10_000), "d")
    assert rows.node_count == pytest.approx(10_000, rel=0.03)
    assert rows.link_count == pytest.approx(3 * rows.node_count, rel=0.03)
    assert sum(len(table.rows) for table in rows.facts) == 4_500


@pytest.mark.slow
@pytest.mark.xdist_group("bolt")
def test_the_report(tmp_path: Path) -> None:
    pytest.importorskip("arcadedb_embedded", reason="not installed: kgpipe[bolt]")
    report = run(tmp_path, [300, 600])
    assert json.loads((tmp_path / "report.json").read_text()) == report
    assert [one["nodes"] for one in report["runs"]] == [327, 632]
    assert report["nodes"] == 632
    assert report["second_writes"] == 0
    assert 0 < report["second_to_first"] < 1
