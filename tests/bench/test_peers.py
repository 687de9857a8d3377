import json
from pathlib import Path
from typing import Any, get_args

import pytest

from kgpipe.bench import run_benchmark
from kgpipe.bench.peer_runs import Row, SystemRun, Terms
from kgpipe.bench.peers import SYSTEMS
from kgpipe.errors import UsageError

pytest.importorskip("nervaluate")
GOLD = ("Trane", "location", "Swords,_Dublin")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """400 lines for development, and 25 for the test: the 1st, 13th and 25th are taken."""
    folder = tmp_path / "edc"
    folder.mkdir()
    (folder / "texts.txt").write_text("Trane is in Swords, Dublin.\n" * 425)
    (folder / "references.txt").write_text(f"{[list(GOLD)]}\n" * 425)
    (folder / "schema.csv").write_text("location,The subject is located in the object.\n")
    return folder


def finished(out: Path, system: str, terms: Any, *triples: tuple[str, str, str]) -> None:
    rows = tuple(Row(triples=triples, seconds=seconds) for seconds in (1.0, 2.0, 6.0))
    done = SystemRun(system=system, terms=terms, seconds=9, usage={"calls": 3}, rows=rows)
    (out / f"{terms}_{system}.json").write_text(done.model_dump_json())


def test_finished_runs_are_scored_without_a_model(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    for terms in get_args(Terms):
        for system in SYSTEMS:
            finished(out, system, terms, ("Trane", "LOCATION", "Swords, Dublin"))
    finished(out, "asgmkg", "own", ("trane", "sits in", "x"), ("a", "b", "c"))
    report = run_benchmark("peers", data, out)
    assert json.loads((out / "report.json").read_text()) == report
    best = report["systems"]["kgpipe, same terms"]
    assert best["partial"]["f1"] == best["exact"]["f1"] == 1.0
    assert (best["outside_schema"], best["calls_a_text"]) == (0, 1.0)
    assert (best["seconds_a_text"], best["median_seconds_a_text"]) == (3.0, 2.0)
    worst = report["systems"]["asgmkg, own terms"]
    assert worst["partial"]["f1"] < 0.5
    assert worst["outside_schema"] == 6


def test_a_missing_run_needs_a_model(data: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--model gguf:PATH"):
        run_benchmark("peers", data, tmp_path / "out")
