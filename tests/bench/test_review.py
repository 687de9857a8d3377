import json
from pathlib import Path

from kgpipe.bench.review import run


def test_every_label_comes_back(tmp_path: Path) -> None:
    report = run(tmp_path, sizes=(600,))
    (measured,) = report["runs"]
    assert json.loads((tmp_path / "report.json").read_text())["runs"] == [measured]
    for suffix in ("csv", "xlsx"):
        there, back = measured[suffix]["export"], measured[suffix]["import"]
        assert 0 < there["cpu_seconds"] < 60
        # An interpreter alone takes 10 MB. There is no upper bound here: Linux counts the peak of
        # the process that starts one, and that of the tests may be large.
        assert back["peak_memory_mb"] > 10
