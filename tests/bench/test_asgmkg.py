from pathlib import Path

import pytest

from kgpipe.bench.asgmkg import run, score_merges
from kgpipe.errors import KgpipeError
from kgpipe.types import Merge


def _merge(key: str) -> Merge:
    return Merge(id=key, entity_id="e", left="a", right="b", reason="similar", score=0.9)


def test_precision_is_of_the_merges_that_were_judged() -> None:
    scores = score_merges([_merge("1"), _merge("2"), _merge("3")], {"1": True, "2": False})
    assert (scores["merges"], scores["merges_judged"]) == (3, 2)
    assert scores["merge_precision"]["value"] == 0.5
    assert "merge_precision" not in score_merges([_merge("3")], {})


def test_without_the_graph(tmp_path: Path) -> None:
    with pytest.raises(KgpipeError, match="ASGM-KG"):
        run(tmp_path, tmp_path / "out")


def test_the_published_graph(shared_data: Path, tmp_path: Path) -> None:
    report = run(shared_data / "asgm", tmp_path)
    assert (report["triples"], report["names"], report["relations_as_written"]) == (1899, 1656, 787)
    assert report["entities"] < report["names"]
    assert report["relations_resolved"] < report["relations_in_one_form"]
    # Every merge was judged; what resolution finds anew must be, too.
    assert report["merges_judged"] == report["merges"]
    assert report["merge_precision"]["value"] >= 0.95
    assert (tmp_path / "merges.csv").read_text("utf-8-sig").count("\n") > report["merges"]
