from pathlib import Path

import pytest

from kgpipe.bench import quads_rdflib
from kgpipe.bench.quads import worked_queries
from kgpipe.settings import PublishSettings


@pytest.mark.slow
def test_both_give_the_same_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quads_rdflib, "_CLAIMS", 30)
    found = quads_rdflib.compare_with_rdflib(
        tmp_path, queries=worked_queries(), settings=PublishSettings(syntaxes=("nquads",))
    )
    assert found["load"]["ratio"] > 0
    for name in worked_queries():
        assert found[name]["rows"] == found[name]["rdflib_rows"], name
