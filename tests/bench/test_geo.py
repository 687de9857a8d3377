import json
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="PyTorch is an extra")
pytest.importorskip("rasterio", reason="rasterio is an extra")

from kgpipe.bench import run_benchmark
from kgpipe.bench.geo import PARTS, run
from kgpipe.errors import KgpipeError, UsageError


def test_an_unknown_part_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no part lakes; it has mines, s1s2"):
        run(tmp_path, tmp_path / "out", parts=["mines", "lakes"])
    assert set(PARTS) == {
        "mines", "s1s2", "ablation", "text", "alibi", "speed", "index", "conjure", "temporal",
    }  # fmt: skip


def test_data_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(KgpipeError, match="has no amazon_mining_s2"):
        run_benchmark("geo", tmp_path, tmp_path / "out")


def test_figures_of_other_parts_stay_in_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "amazon_mining_s2").mkdir()
    monkeypatch.setitem(PARTS, "speed", lambda *_: {"of": "speed"})
    monkeypatch.setitem(PARTS, "alibi", lambda *_: {"of": "alibi"})
    out = tmp_path / "out"
    run(tmp_path, out, parts=["speed"])
    assert run(tmp_path, out, parts=["alibi"]) == {"alibi": {"of": "alibi"}}
    kept = json.loads((out / "report.json").read_text())
    assert kept == {"speed": {"of": "speed"}, "alibi": {"of": "alibi"}}
