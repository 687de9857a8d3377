import json
from pathlib import Path

import pytest

from kgpipe.backends.fake import FakeEmbedder
from kgpipe.bench import names
from kgpipe.bench.names import measure, measure_blocking, run
from kgpipe.dedupe.block import find_pairs
from tests.bench.made_names import made_names

ROOTS = ["Ghana", "Bank of Ghana", "Lake Volta", "Ministry of Mines"]


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "MiniLmEmbedder", FakeEmbedder)


@pytest.mark.usefixtures("fast")
def test_a_size_is_timed_checked_and_updated() -> None:
    figures = measure(ROOTS, 300)
    resolution = figures["resolution"]
    assert resolution["entities"] + resolution["merges"] == 300
    assert 0 < resolution["embedded"] <= 300
    assert figures["blocking"]["recall"] == 1
    assert figures["update"]["new_names"] == 3
    assert figures["update"]["of_them_not_in_update"] == 0
    assert set(figures) == {"vectors", "resolution", "blocking", "update", "others"}


@pytest.mark.usefixtures("fast")
def test_beyond_what_is_embedded_vectors_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "MAX_EMBEDDED", 100)
    figures = measure(ROOTS, 300)
    assert figures["vectors"] == "made from those of real names"
    assert "others" not in figures and "update" not in figures


def test_recall_counts_the_pairs_that_blocking_misses(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = FakeEmbedder().embed([f"site {number}" for number in range(200)])
    whole = measure_blocking(vectors)
    assert whole["recall"] == 1
    assert whole["exact_pairs_of_sample"] == whole["pairs"] > 100
    first = next(find_pairs(vectors, threshold=names.THRESHOLD))
    monkeypatch.setattr(names, "find_pairs", lambda vectors, threshold: iter([first]))
    assert measure_blocking(vectors)["recall"] == pytest.approx(1 / whole["pairs"], abs=1e-4)


@pytest.mark.slow
def test_report_is_written(tmp_path: Path) -> None:
    report = run(made_names(tmp_path), tmp_path / "out", sizes=(50,))
    assert report == json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))
    assert report["50 names"]["resolution"]["peak_memory_mb"] > 0
    assert len(report["clusterings"]) == 13
