from pathlib import Path

import pytest

from kgpipe.errors import KgpipeError
from kgpipe.evaluate.gold import read_gold, read_gold_labels, read_verdicts
from kgpipe.types import Rejection
from tests.evaluate.builders import gold_triple, write_gold


def labels_of(tmp_path: Path, text: str) -> tuple[dict[str, str | None], list[Rejection]]:
    path = tmp_path / "labels.csv"
    path.write_text(text, encoding="utf-8")
    rejections: list[Rejection] = []
    return {one.id: one.label for one in read_gold_labels(path, rejections)}, rejections


def test_reads_what_is_there(tmp_path: Path) -> None:
    gold = read_gold(write_gold(tmp_path))
    assert gold.triples and gold.labels and gold.names
    assert [len(part) for part in (gold.triples, gold.labels, gold.names)] == [3, 3, 3]
    assert gold.triples[0].attributed_to == ""
    assert gold.rejections == ()
    (tmp_path / "labels.csv").unlink()
    assert read_gold(tmp_path).labels is None


def test_a_label_takes_the_negation_of_its_gold_triple(tmp_path: Path) -> None:
    labels = read_gold(write_gold(tmp_path)).labels
    assert labels and [one.negated for one in labels] == [False, True, False]


def test_the_sample_gold_is_read_without_a_fault(sample: Path) -> None:
    gold = read_gold(sample / "gold")
    assert gold.rejections == ()
    assert gold.triples and gold.labels and gold.names


def test_an_empty_folder_is_an_error_that_names_the_files(tmp_path: Path) -> None:
    with pytest.raises(KgpipeError, match=r"triples\.jsonl"):
        read_gold(tmp_path)


def test_label_synonyms_and_separators(tmp_path: Path) -> None:
    labels, rejections = labels_of(tmp_path, "\ufeffID;Label\na;1\nb;0\nc;Unclear\n\n")
    assert labels == {"a": "supported", "b": "refuted", "c": "unclear"}
    assert rejections == []


def test_bad_label_rows_are_named_by_line(tmp_path: Path) -> None:
    labels, rejections = labels_of(tmp_path, "id,label\na,1\nb,suported\na,supported\n,1\n")
    assert labels == {"a": "supported"}
    assert [(one.item, one.reason) for one in rejections] == [
        ("labels.csv:3", "unknown_label"),
        ("labels.csv:4", "duplicate_id"),
        ("labels.csv:5", "missing_id"),
    ]


def test_an_annotator_who_contradicts_himself_has_no_vote(tmp_path: Path) -> None:
    text = (
        "id,label,annotator\na,1,A\na,0,B\na,0,A\nb,1,A\nb,0,A\nc,1,adjudicated\nc,0,adjudicated\n"
    )
    labels, rejections = labels_of(tmp_path, text)
    assert labels == {"a": "refuted", "b": None, "c": None}
    assert {one.reason for one in rejections} == {"contradicting_label"}
    assert [one.item for one in rejections] == ["labels.csv:4", "labels.csv:6", "labels.csv:8"]
    assert "refuted here and supported in line 2" in rejections[0].detail


@pytest.mark.parametrize(
    ("votes", "expected"),
    [
        ([("A", "1"), ("B", "1"), ("C", "0")], "supported"),
        ([("A", "1"), ("B", "0")], None),
        ([("A", "1"), ("B", "0"), ("adjudicated", "0")], "refuted"),
        ([("A", "1"), ("B", "0"), ("C", "unclear")], None),
    ],
)
def test_votes_are_settled_by_majority_or_adjudication(
    tmp_path: Path, votes: list[tuple[str, str]], expected: str | None
) -> None:
    rows = "".join(f"a,{label},{annotator}\n" for annotator, label in votes)
    assert labels_of(tmp_path, "id,label,annotator\n" + rows)[0] == {"a": expected}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,verdict\na,1\n", r"line 1: no column label \(found: id, verdict\)"),
        ("", "no column id, label"),
        ("id,label\na,maybe\n", "no usable label: labels.csv:2"),
        ('id,label\na,"1\n', "line 2"),
    ],
)
def test_unusable_label_files_end_in_one_message(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(KgpipeError, match=message):
        labels_of(tmp_path, text)


def test_labels_that_are_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_bytes("id,label\né,1\n".encode("cp1252"))
    with pytest.raises(KgpipeError, match="UTF-8"):
        read_gold_labels(path, [])
    with pytest.raises(KgpipeError, match="Cannot read"):
        read_gold_labels(tmp_path / "none.csv", [])


def test_bad_lines_of_json_are_named(tmp_path: Path) -> None:
    path = tmp_path / "v.jsonl"
    path.write_text(
        '{"id": "a", "label": "supported", "votes": []}\n{"id": "a", "label": "refuted"}\n'
        '{"id": "b"}\n{"id": \n\n{"id": "c", "label": "refuted", "probability": 0.2}\n',
        encoding="utf-8",
    )
    rejections: list[Rejection] = []
    rows = read_verdicts(path, rejections)
    assert [(row.id, row.probability) for row in rows] == [("a", None), ("c", 0.2)]
    assert [(one.item, one.reason) for one in rejections] == [
        ("v.jsonl:2", "duplicate_id"),
        ("v.jsonl:3", "bad_row"),
        ("v.jsonl:4", "not_json"),
    ]


def test_a_triple_without_a_subject_is_rejected(tmp_path: Path) -> None:
    good = gold_triple("g1", "a.pdf", ("a", "b", "c"))
    (tmp_path / "triples.jsonl").write_text(f'{good}\n{{"id": "g2"}}\n', encoding="utf-8")
    gold = read_gold(tmp_path)
    assert gold.triples and len(gold.triples) == 1
    assert "subject" in gold.rejections[0].detail
