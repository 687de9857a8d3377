import json
from pathlib import Path

import pytest

from kgpipe.backends.embed import MiniLmEmbedder
from kgpipe.bench import labels, labels_ppi
from kgpipe.bench.factbench import OURS
from kgpipe.bench.factbench_data import read_factbench
from kgpipe.errors import KgpipeError
from tests.bench.test_factbench import made_folder


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    defaults = {"labels": 20, "repetitions": 20, "seed": 0}
    monkeypatch.setattr(labels_ppi.sampled_accuracy, "__kwdefaults__", defaults)


def test_probabilities_are_computed_where_no_run_left_them(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    report = labels.run(made_folder(data, 60), tmp_path / "out", embedder=MiniLmEmbedder())
    assert report["sample"]["facts"] == 60
    assert labels.run(data, tmp_path / "out") == report
    assert json.loads((tmp_path / "out/report.json").read_text()) == report
    # Better than guessing, without labels of the same subject.
    assert report["sample"]["right_verdicts"]["true_share"] > 0.6


def test_those_of_a_run_are_used(tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    for folder in (data, out):
        folder.mkdir()
    made_folder(data, 40)
    bench, truth = read_factbench(data)
    ids = [fact.id for fact in bench.facts]
    rows = [f"{one}\t{chance:.4f}" for one, chance in zip(ids, truth, strict=True)]
    (out / "probabilities.tsv").write_text("\n".join([f"id\t{OURS}", *reversed(rows)]))
    report = labels.run(data, out)
    assert report["sample"]["right_verdicts"]["true_share"] == 1
    assert [path.name for path in sorted(out.iterdir())] == ["probabilities.tsv", "report.json"]
    (out / "probabilities.tsv").write_text("\n".join([f"id\t{OURS}", *rows[1:]]))
    with pytest.raises(KgpipeError, match=f"no '{ids[0]}'"):
        labels.run(data, out)
