import json
from pathlib import Path

import pytest

from kgpipe.backends.embedded_extractor import EmbeddedExtractor
from kgpipe.bench import run_benchmark
from kgpipe.bench.healthver import read_claims
from kgpipe.verify.sentence_model import read_model, shipped_model
from tests.bench.made_healthver import write_table

OURS = "kgpipe, embedded judge, triples, then the sentence"


def test_pairs_are_judged_and_scored_by_halves(tmp_path: Path) -> None:
    rows = write_table(tmp_path)
    report = run_benchmark("healthver", tmp_path, tmp_path / "out")
    for half, pairs in (("reporting", rows), ("development", rows), ("whole", 2 * rows)):
        scores = {row["system"]: row for row in report[half]["systems"]}
        assert report[half]["pairs"] == pairs
        assert scores[OURS]["accuracy"]["value"] == 1.0
        assert scores["always Neutral"]["accuracy"]["value"] == 0.5
        assert scores["always Neutral"]["by_label"]["Supports"]["precision"] is None
    assert report["labels"] == {"Supports": 6, "Refutes": 6, "Neutral": 12}
    assert json.loads((tmp_path / "out" / "report.json").read_text()) == report
    answers = (tmp_path / "out" / "answers.tsv").read_text().splitlines()
    assert len(answers) == 1 + 2 * rows
    assert {line.split("\t")[0] for line in answers[1:]} == {"development", "reporting"}


def test_the_fitted_model_tells_what_it_was_fitted_on(tmp_path: Path) -> None:
    rows = write_table(tmp_path)
    run_benchmark("healthver", tmp_path, tmp_path / "out")
    model = read_model(tmp_path / "out" / "sentence.json")
    assert (model.record["pairs"], model.record["questions"]) == (rows, 3)
    assert model.embedder == shipped_model().embedder


def test_a_claims_sentence_becomes_triples() -> None:
    [claim] = read_claims("Masks do not protect children.", EmbeddedExtractor())
    assert (claim.subject, claim.object, claim.negated) == ("Masks", "children", True)


@pytest.mark.slow
def test_the_shipped_weights_are_those_of_the_development_half(
    shared_data: Path, tmp_path: Path
) -> None:
    if not (shared_data / "verify" / "healthver").is_dir():
        pytest.skip("the public data is not here")
    run_benchmark("healthver", shared_data / "verify", tmp_path)
    assert read_model(tmp_path / "sentence.json") == shipped_model()
