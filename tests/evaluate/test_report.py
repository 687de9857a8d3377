import json
from pathlib import Path

import pytest

from kgpipe.errors import KgpipeError
from kgpipe.evaluate.report import (
    evaluate_graph,
    evaluate_verdicts,
    plan_verdicts,
    write_report,
)
from kgpipe.text.normalise import label_key
from kgpipe.types import Label, Polarity
from tests.evaluate.builders import make_graph, write_gold


def write_verdicts(path: Path, *rows: tuple[str, str, float]) -> Path:
    lines = [json.dumps({"id": i, "label": label, "probability": p}) for i, label, p in rows]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_a_graph_against_gold(tmp_path: Path) -> None:
    gold = write_gold(tmp_path / "gold")
    verdicts = write_verdicts(tmp_path / "v.jsonl", ("g1", "supported", 0.9), ("x", "unclear", 0.5))
    report = evaluate_graph(make_graph(), gold, verdicts=verdicts)
    assert report.counts and report.extraction and report.resolution
    assert report.counts.claims == 3
    assert report.counts.verdicts == {"supported": 2, "refuted": 0, "unclear": 0, "error": 1}
    assert report.counts.rejections[0].reason == "encrypted"
    own, every = report.verification
    assert (own.judged, own.errors, own.unlabelled) == (2, 1, 0)
    assert own.decided_accuracy.value == 0.5
    assert (every.name, every.judged, every.missing, every.unlabelled) == (
        "All gold claims",
        1,
        2,
        1,
    )
    assert "demonstration" in report.notes[0]


def test_a_graph_without_gold(tmp_path: Path) -> None:
    report = evaluate_graph(make_graph(), None)
    assert report.counts and report.extraction is None and report.verification == ()
    assert len(write_report(report, tmp_path)) == 3


def test_each_part_of_gold_may_be_absent(tmp_path: Path) -> None:
    gold = write_gold(tmp_path)
    (gold / "triples.jsonl").unlink()
    (gold / "labels.csv").unlink()
    report = evaluate_graph(make_graph(), gold)
    assert (report.extraction, report.verification) == (None, ())
    assert report.resolution and report.resolution.seen == 2
    write_report(report, tmp_path / "out")


def test_verdicts_against_labels(tmp_path: Path) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text("id,label\na,1\nb,0\nc,maybe\n", encoding="utf-8")
    verdicts = write_verdicts(tmp_path / "v.jsonl", ("a", "supported", 0.9), ("b", "refuted", 0.2))
    report = evaluate_verdicts(verdicts, labels)
    assert report.verification[0].decided_accuracy.value == 1
    assert [one.item for one in report.gold_rejections] == ["labels.csv:4"]
    labels.write_text("id,label\na,1\nz,0\n", encoding="utf-8")
    [unknown] = evaluate_verdicts(verdicts, labels).gold_rejections
    assert (unknown.item, unknown.reason) == ("labels.csv:3", "unknown_id")
    assert "no verdict in v.jsonl has the id 'z'" in unknown.detail
    labels.write_text("id,label\na,1\nb,0\n", encoding="utf-8")
    with pytest.raises(KgpipeError, match="No verdict"):
        evaluate_verdicts(write_verdicts(tmp_path / "w.jsonl", ("z", "refuted", 0.1)), labels)


def test_the_written_report_is_whole_and_repeats(tmp_path: Path) -> None:
    gold = write_gold(tmp_path / "gold")
    first = write_report(evaluate_graph(make_graph(), gold), tmp_path / "one")
    second = write_report(evaluate_graph(make_graph(), gold), tmp_path / "two")
    assert [path.name for path in first] == ["report.json", "report.md", "report.html"]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    parsed = json.loads(first[0].read_text(encoding="utf-8"))
    assert parsed["extraction"]["partial"]["matched"] == 2
    assert parsed["verification"][0]["cases"][0]["id"] == "g1"


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(KgpipeError, match="Cannot write"):
        write_report(evaluate_graph(make_graph(), None), tmp_path / "file")


def test_a_graph_against_its_reviewers(tmp_path: Path) -> None:
    graph = make_graph()
    told: dict[str, Polarity] = {"t1": "supported", "t2": "refuted", "t3": "supported"}
    labels = tuple(
        Label(key=label_key(triple), label=told[triple.id], annotator="A")
        for triple in graph.triples
    )
    report = evaluate_graph(graph.model_copy(update={"labels": labels}), None)
    [scores] = report.verification
    assert (scores.name, scores.labelled, scores.errors) == ("Labels of reviewers", 3, 1)
    assert (scores.right, scores.wrong, scores.abstained) == (1, 1, 0)
    # Every fact has a label, so that nothing is left to estimate.
    assert report.whole is None
    part = evaluate_graph(graph.model_copy(update={"labels": labels[:1]}), None)
    assert part.whole and part.whole.true is None
    assert "--plan 0.1" in write_report(part, tmp_path)[1].read_text(encoding="utf-8")


def test_a_sample_tells_of_all_verdicts_of_a_file(tmp_path: Path) -> None:
    verdicts = write_verdicts(
        tmp_path / "v.jsonl",
        *((f"c{n}", "supported", 0.9) if n % 3 else (f"c{n}", "refuted", 0.1) for n in range(400)),
    )
    plan = plan_verdicts(verdicts, None, margin=0.1)
    labels = tmp_path / "labels.csv"
    rows = [f"{one},{int(int(one[1:]) % 3 > 0)}" for one in plan.sample]
    labels.write_text("\n".join(["id,label", *rows]), encoding="utf-8")
    whole = evaluate_verdicts(verdicts, labels).whole
    assert whole and whole.true and whole.true.estimate.low and whole.true.estimate.high
    assert (whole.sampled, whole.facts, plan.needed) == (78, 400, 78)
    assert whole.true.estimate.low < 0.665 < whole.true.estimate.high
    assert plan_verdicts(verdicts, labels, margin=0.1).labelled == 78
