import json
from pathlib import Path

import pytest

from kgpipe.bench.cesi import KGPIPE, WITH_CONTEXT, run, tell_homonyms
from kgpipe.errors import KgpipeError
from tests.bench.made_cesi import ROWS, made_cesi


def test_every_system_is_scored_and_contexts_tell_homonyms_apart(tmp_path: Path) -> None:
    report = run(made_cesi(tmp_path / "data"), tmp_path / "out", resamples=20)
    assert report == json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))
    found = {
        name: row["mean"]["value"]
        for name, row in report["base_test"].items()
        if isinstance(row, dict)
    }
    # With two Bushes a name alone says nothing; each mention's sentence does.
    assert found[WITH_CONTEXT] == 1
    assert found["exact string"] < found["lower-cased"] < found[KGPIPE] < 1
    homonyms = report["ambiguous_valid"]["homonyms"]
    assert homonyms[KGPIPE]["pairs"] == 0
    assert homonyms[WITH_CONTEXT] == {"homonyms": 1, "pairs": 1, "surfaces": 1, "together": 1}


def test_gold_entities_reach_no_prediction(tmp_path: Path) -> None:
    labels = [row[-1] for row in ROWS]
    made_cesi(tmp_path / "a")
    made_cesi(tmp_path / "b", gold=labels[::-1])
    for name in ("a", "b"):
        run(tmp_path / name, tmp_path / name / "out", resamples=1)
    tables = [
        [line.split("\t") for line in (tmp_path / name / "out" / "base_test.tsv").open()]
        for name in ("a", "b")
    ]
    plain = tables[0][0].index("plain embedding")
    # The baseline alone may choose its threshold on base_valid.
    for row in (row for table in tables for row in table):
        del row[plain]
    assert tables[0] == tables[1]
    assert len(tables[0]) == len(ROWS) + 1


def test_homonyms_are_counted_by_pairs_of_mentions() -> None:
    surfaces = ["Bush"] * 4 + ["Ghana"]
    gold = ["g", "g", "k", "k", "x"]
    assert tell_homonyms(surfaces, ["1", "1", "1", "2", "3"], gold) == {
        "homonyms": 1,
        "pairs": 0.5,
        "surfaces": 0.5,
        "together": 0.5,
    }


def test_missing_data_is_named(tmp_path: Path) -> None:
    with pytest.raises(KgpipeError, match=r"There is no base\.zip"):
        run(tmp_path, tmp_path / "out")
