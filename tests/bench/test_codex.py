import json
from pathlib import Path

import numpy as np

from kgpipe.bench.codex import HYBRID, STACK, NamedScores, run
from tests.bench.made_codex import made_codex


def test_every_system_is_judged(tmp_path: Path) -> None:
    embedding = NamedScores("random", np.arange(12.0) % 5, np.arange(12.0) % 5)
    report = run(made_codex(tmp_path), tmp_path / "out", embeddings=[embedding])
    assert report == json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))
    found = {row["system"]: row["accuracy"]["value"] for row in report["systems"]}
    assert found["always true"] == found["one verdict a relation"] == 0.5
    # Who speaks a town's language lives there, and no one else does.
    assert found["rule_confidence"] == found[STACK] == 1
    assert HYBRID in found
    assert {row["first"] for row in report["mcnemar"]} == {HYBRID}
    assert len((tmp_path / "out" / "verdicts.tsv").read_text("utf-8").splitlines()) == 13
