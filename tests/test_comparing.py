import json
from pathlib import Path

import pytest

from kgpipe.comparing import compare_runs, refuse_drop
from kgpipe.errors import KgpipeError, UsageError
from kgpipe.evaluate.compare import sum_up, write_comparison
from kgpipe.evaluate.report import evaluate_graph, evaluate_verdicts, write_report
from kgpipe.types import Label
from kgpipe.workspace import Workspace
from tests.review.builders import make_graph, make_triple


def write_verdicts(path: Path, said: str) -> Path:
    names = {"+": "supported", "-": "refuted", "?": "unclear"}
    lines = [json.dumps({"id": f"c{n}", "label": names[one]}) for n, one in enumerate(said)]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    rows = [f"c{n},{n % 2}" for n in range(4)]
    path = tmp_path / "labels.csv"
    path.write_text("\n".join(["id,label", *rows, "c9,maybe"]), encoding="utf-8")
    return path


def test_verdict_files_and_their_reports_compare_alike(tmp_path: Path, labels: Path) -> None:
    files = [
        write_verdicts(tmp_path / f"{n}.jsonl", said) for n, said in enumerate(("-+-+", "-+++"))
    ]
    direct = compare_runs(*files, gold=labels)
    assert (direct.labelled, direct.drop, direct.only_first_right) == (4, 0.25, 1)
    assert [one.item for one in direct.rejections] == ["labels.csv:6"]
    folders = [tmp_path / "one", tmp_path / "two"]
    for file, folder in zip(files, folders, strict=True):
        write_report(evaluate_verdicts(file, labels), folder)
    through = compare_runs(*folders)
    assert (through.drop, through.p_value) == (direct.drop, direct.p_value)
    with pytest.raises(KgpipeError, match=r"dropped by 0\.2500, more than --max-drop 0\.2 allows"):
        refuse_drop(direct, 0.2)
    refuse_drop(direct, 0.25)


def test_facts_that_were_labelled_since_the_first_report_are_no_gain(tmp_path: Path) -> None:
    triples = [make_triple(f"t{n}", f"Mill {n}", "power") for n in range(4)]
    graph = make_graph(triples, [0.9, 0.9, 0.9, 0.1])
    said = [
        Label(key=key, label="supported", annotator="Ana")
        for claim in graph.claims
        for key in claim.keys
    ]
    folders = [tmp_path / "one", tmp_path / "two"]
    for labels, folder in zip((said[:2], said), folders, strict=True):
        write_report(
            evaluate_graph(graph.model_copy(update={"labels": tuple(labels)}), None), folder
        )
    found = compare_runs(*folders)
    assert (found.labelled, found.left_out, found.only_second_right) == (2, 2, 0)
    assert (found.gained, found.p_value, found.drop) == ((), 1.0, 0.0)
    assert sum_up(found)[1].startswith("Left out: 2 facts")
    for path in write_comparison(found, tmp_path / "out"):
        assert "left out" in path.read_text(encoding="utf-8").replace("_", " ")


def test_what_cannot_be_compared_is_said_plainly(tmp_path: Path, labels: Path) -> None:
    file = write_verdicts(tmp_path / "v.jsonl", "+")
    Workspace(tmp_path / "w").close()
    with pytest.raises(UsageError, match="need labels"):
        compare_runs(file, file)
    with pytest.raises(UsageError, match="two of the same kind"):
        compare_runs(file, tmp_path / "w", gold=labels)
    with pytest.raises(KgpipeError, match=r"There is no .*absent"):
        compare_runs(file, tmp_path / "absent", gold=labels)
    with pytest.raises(KgpipeError, match="no fact in common"):
        compare_runs(tmp_path / "w", tmp_path / "w")
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / "report.json").write_text('{"verification": []}', encoding="utf-8")
    with pytest.raises(KgpipeError, match="no labelled verdicts"):
        compare_runs(tmp_path / "r", tmp_path / "r")


def test_a_gate_without_labels_does_not_open(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("id,label\nother,1\n", encoding="utf-8")
    file = write_verdicts(tmp_path / "v.jsonl", "+")
    with pytest.raises(KgpipeError, match="cannot be checked"):
        refuse_drop(compare_runs(file, file, gold=tmp_path / "labels.csv"), 0.5)
