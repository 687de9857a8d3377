import json
from pathlib import Path

from kgpipe.bench.quads import run, worked_queries


def test_every_step_is_measured(tmp_path: Path) -> None:
    report = run(tmp_path, sizes=(300,))
    assert json.loads((tmp_path / "report.json").read_text())["runs"] == report["runs"]
    (measured,) = report["runs"]
    assert measured["quads"] > 30 * 300
    assert measured["quads_per_second_without_making"] > measured["quads_per_second"] > 0
    assert set(measured["queries"]) == set(worked_queries())
    assert measured["queries"]["facts"]["rows"] > 100
    # Nothing but the report is left.
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]
