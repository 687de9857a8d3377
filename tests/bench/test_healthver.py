import json
from pathlib import Path

import pytest

from kgpipe.backends.embedded_extractor import EmbeddedExtractor
from kgpipe.bench import run_benchmark
from kgpipe.bench.healthver import read_claims, read_pairs
from kgpipe.errors import KgpipeError

ROWS = (
    ("Mercury causes tremor.", "Workers fell ill: mercury causes tremor of the hands.", "Supports"),
    ("Mercury causes tremor.", "Mercury does not cause tremor, the authors found.", "Refutes"),
    ("Mercury causes tremor.", "Gold is sold in the town on Fridays.", "Neutral"),
    ("Can gold be sold?", "Gold is sold in the town on Fridays.", "Neutral"),
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    lines = ["id,evidence,claim,label"]
    lines += [f'{n},"{evidence}","{claim}",{label}' for n, (claim, evidence, label) in
              enumerate(ROWS)]  # fmt: skip
    folder = tmp_path / "verify" / "healthver"
    folder.mkdir(parents=True)
    (folder / "healthver_dev.csv").write_text("\n".join(lines) + "\n")
    return folder.parent


def test_pairs_are_judged_and_scored(data: Path, tmp_path: Path) -> None:
    report = run_benchmark("healthver", data, tmp_path / "out")
    ours = next(row for row in report["systems"] if row["system"] == "kgpipe, embedded judge")
    assert ours["accuracy"]["value"] == 1.0
    never = next(row for row in report["systems"] if row["system"] == "always Neutral")
    assert never["accuracy"]["value"] == 0.5
    assert never["by_label"]["Supports"]["precision"] is None
    assert report["labels"] == {"Supports": 1, "Refutes": 1, "Neutral": 2}
    assert json.loads((tmp_path / "out" / "report.json").read_text()) == report
    answers = (tmp_path / "out" / "answers.tsv").read_text().splitlines()
    assert [line.split("\t")[0] for line in answers[1:]] == [label for *_, label in ROWS]


def test_a_claims_sentence_becomes_triples() -> None:
    [claim] = read_claims("Masks do not protect children.", EmbeddedExtractor())
    assert (claim.subject, claim.object, claim.negated) == ("Masks", "children", True)


def test_another_table_is_refused(data: Path, tmp_path: Path) -> None:
    (data / "healthver" / "healthver_dev.csv").write_text("claim,evidence,label\na,b,Maybe\n")
    with pytest.raises(KgpipeError, match="no table of claim"):
        read_pairs(data)
    with pytest.raises(KgpipeError, match=r"There is no healthver_dev\.csv"):
        read_pairs(tmp_path)
