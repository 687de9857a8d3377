from pathlib import Path

import numpy as np
import pytest

from kgpipe.assets import asset_path
from kgpipe.backends.embed import MINILM_NAME
from kgpipe.errors import KgpipeError
from kgpipe.verify.fitted import FittedModel
from kgpipe.verify.model_file import DEFAULT, read_model, write_model
from tests.verify.test_fitted import FACTS, NEW, gather, judge, model

__all__ = ["model"]


def test_a_file_of_plain_numbers_says_the_same(model: FittedModel, tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    write_model(model, path)
    evidence = [gather(fact) for fact in NEW]
    first, again = judge(model, *evidence), judge(read_model(path), *evidence)
    assert [row[0] for row in again] == pytest.approx([row[0] for row in first], abs=2e-3)
    assert [row[2] for row in again] == [row[2] for row in first]
    assert read_model(path).record == model.record


@pytest.mark.parametrize("text", ["", "[]", '{"format": "kgpipe fusion 0"}'])
def test_other_files_are_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(KgpipeError, match="model"):
        read_model(path)


def test_the_model_that_ships_says_what_it_was_fitted_on() -> None:
    shipped = read_model(asset_path(DEFAULT))
    assert shipped.embedder == MINILM_NAME
    assert "FactBench" in shipped.record["fitted_on"]
    assert shipped.record["held_out_by_subject"]["balanced_accuracy"] > 0.9
    facts = [fact for fact in FACTS if fact.statement.predicate == "birthPlace"][:12]
    judged = judge(shipped, *(gather(fact) for fact in facts))
    right = [(row[0] >= 0.5) == fact.true for row, fact in zip(judged, facts, strict=True)]
    assert np.mean(right) > 0.8
