import json
from functools import partial
from pathlib import Path

import pytest

from kgpipe.bench import codex
from kgpipe.bench.codex import HYBRID, HYBRID_TREES, STACK, run
from kgpipe.bench.codex_kge import embedding_scores
from kgpipe.errors import UsageError
from tests.bench.made_codex import made_codex


def test_every_system_is_judged_by_the_graph_alone(tmp_path: Path) -> None:
    report = run(made_codex(tmp_path), tmp_path / "out")
    assert report == json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))
    found = {row["system"]: row["accuracy"]["value"] for row in report["systems"]}
    assert found["always true"] == found["one verdict a relation"] == 0.5
    # Who speaks a town's language lives there, and no one else does.
    assert found["rule_confidence"] == found[STACK] == 1
    assert HYBRID not in found
    assert {row["first"] for row in report["mcnemar"]} == {STACK}
    assert len((tmp_path / "out" / "verdicts.tsv").read_text("utf-8").splitlines()) == 13


def test_embeddings_are_trained_and_stacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch", reason="the extra kge brings torch")
    from tests.bench.test_codex_kge import SMALL

    monkeypatch.setattr(
        codex, "embedding_scores", partial(embedding_scores, recipes=SMALL, seeds=(1,))
    )
    report = run(made_codex(tmp_path), tmp_path / "out", model="kge")
    names = {row["system"] for row in report["systems"]}
    assert {"ComplEx", "TransE", HYBRID, HYBRID_TREES} <= names
    assert {row["first"] for row in report["mcnemar"]} == {HYBRID_TREES}
    assert len(list((tmp_path / "out" / "kge").glob("*.npz"))) == 2


def test_another_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--model kge"):
        run(made_codex(tmp_path), tmp_path / "out", model="openai:x")
