import csv
import random
import time
import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgpipe.review import importing
from kgpipe.review.export import FACTS, write_queue
from kgpipe.review.rows import ReviewRow, digest_evidence
from kgpipe.types import Label, Rejection
from tests.review.builders import make_row

Cells = dict[str, str]


def read_labels(path: Path, **more: Any) -> tuple[list[Label], list[Rejection]]:
    edits, rejections = importing.read_labels(path, **more)
    return [edit.label for edit in edits], rejections


def edit(
    path: Path,
    change: Callable[[list[Cells]], object],
    *,
    columns: Sequence[str] = FACTS.columns,
    encoding: str = "utf-8",
    delimiter: str = ",",
) -> Path:
    """Change the file as an expert's spreadsheet would, and save it its way."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    change(rows)
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, columns, delimiter=delimiter, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture
def queue(tmp_path: Path) -> Path:
    path = tmp_path / "review.csv"
    write_queue([make_row(number) for number in range(1, 5)], path)
    return path


def fill(*labels: str) -> Callable[[list[Cells]], None]:
    def change(rows: list[Cells]) -> None:
        for row, label in zip(rows, labels, strict=False):
            row.update(label=label, reviewer="r1")

    return change


def test_a_partly_filled_file(queue: Path) -> None:
    def change(rows: list[Cells]) -> None:
        rows[1].update(label="refuted", reviewer="r1", comment="the date is wrong")

    labels, rejections = read_labels(edit(queue, change))
    assert rejections == []
    assert labels == [
        Label(
            key="key-2",
            label="refuted",
            annotator="r1",
            comment="the date is wrong",
            evidence=digest_evidence(make_row(2)),
        )
    ]


def test_an_untouched_file_holds_no_label(queue: Path) -> None:
    assert read_labels(queue) == ([], [])


@pytest.mark.parametrize(
    ("words", "label"),
    [
        (["supported", "SUPPORTED", "1", "yes", "Y", "True", " true "], "supported"),
        (["refuted", "Refuted", "0", "no", "N", "FALSE", "0.0"], "refuted"),
        (["unclear", "Unclear", "?"], "unclear"),
    ],
)
def test_label_synonyms(queue: Path, words: list[str], label: str) -> None:
    for word in words:
        labels, rejections = read_labels(edit(queue, fill(word)))
        assert ([one.label for one in labels], rejections) == ([label], [])


@pytest.mark.parametrize(("encoding", "delimiter"), [("cp1252", ";"), ("utf-16", "\t")])
def test_reordered_and_saved_by_another_program(queue: Path, encoding: str, delimiter: str) -> None:
    expected = read_labels(edit(queue, fill("yes", "no", "?")))[0]

    def shuffle(rows: list[Cells]) -> None:
        random.Random(1).shuffle(rows)

    columns = sorted(FACTS.columns)
    labels, rejections = read_labels(
        edit(queue, shuffle, columns=columns, encoding=encoding, delimiter=delimiter)
    )
    assert rejections == []
    assert sorted(labels, key=lambda one: one.key) == expected


def test_bad_rows_are_named_and_the_rest_is_read(queue: Path) -> None:
    def change(rows: list[Cells]) -> None:
        fill("suported", "yes", "yes", "yes")(rows)
        rows[2]["object"] = "cyanide"
        rows[3]["key"] = "key-1"

    labels, rejections = read_labels(edit(queue, change))
    assert [one.key for one in labels] == ["key-2"]
    assert [(one.item, one.reason) for one in rejections] == [
        ("review.csv:2", "unknown_label"),
        ("review.csv:4", "unknown_fact"),
        ("review.csv:5", "unknown_fact"),
    ]
    assert "did you mean 'supported'" in rejections[0].detail
    assert rejections[0].detail.startswith("row 2: ")


def test_a_comment_without_a_label_is_told(queue: Path) -> None:
    _, (rejection,) = read_labels(edit(queue, lambda rows: rows[0].update(comment="hm")))
    assert rejection.reason == "comment_without_label"


def test_a_row_copied_with_another_label_contradicts(queue: Path) -> None:
    def change(rows: list[Cells]) -> None:
        fill("yes", "yes")(rows)
        rows += [rows[0] | {"label": "no"}, rows[1], rows[0] | {"label": "no", "reviewer": "r2"}]

    labels, rejections = read_labels(edit(queue, change))
    assert [(one.key, one.label, one.annotator) for one in labels] == [
        ("key-1", "supported", "r1"),
        ("key-2", "supported", "r1"),
        ("key-1", "refuted", "r2"),
    ]
    assert [(one.item, one.reason) for one in rejections] == [
        ("review.csv:6", "contradicting_label")
    ]
    assert "row 2" in rejections[0].detail


def test_cells_beyond_the_last_column(queue: Path) -> None:
    edit(queue, fill("yes"))
    content = queue.read_text(encoding="utf-8")
    queue.write_text(content.rstrip() + ",more\r\n", encoding="utf-8")
    labels, rejections = read_labels(queue)
    assert (len(labels), rejections[0].reason) == (1, "too_many_cells")


def test_a_formula_in_a_comment_stays_text(queue: Path, tmp_path: Path) -> None:
    evil = "=cmd|' /C calc'!A0"
    labels, _ = read_labels(edit(queue, lambda rows: rows[0].update(label="no", comment=evil)))
    assert labels[0].comment == evil
    back = tmp_path / "back.csv"
    write_queue([make_row(1, label="refuted", comment=evil, reviewer="R")], back)
    assert f"'{evil}" in back.read_text(encoding="utf-8")
    # As it was exported it holds nothing new.
    assert read_labels(back) == ([], [])


def test_a_deleted_row_and_a_changed_id_do_no_harm(queue: Path) -> None:
    def change(rows: list[Cells]) -> None:
        fill("yes", "yes", "no", "no")(rows)
        rows[3]["claim_id"] = "claim-99"
        del rows[1]

    labels, rejections = read_labels(edit(queue, change))
    assert ([one.key for one in labels], rejections) == (["key-1", "key-3", "key-4"], [])


def test_cells_that_were_merged_before_it_was_saved_as_csv(queue: Path) -> None:
    def change(rows: list[Cells]) -> None:
        fill("yes", "no")(rows)
        rows[1].update(subject="", predicate="", object="", key="", row_hash="")

    labels, (rejection,) = read_labels(edit(queue, change))
    assert [one.key for one in labels] == ["key-1"]
    assert (rejection.item, rejection.reason) == ("review.csv:3", "no_fact")


def test_without_the_columns_that_only_help(queue: Path) -> None:
    few = ["row_hash", "label", "subject", "predicate", "object", "key"]
    labels, rejections = read_labels(edit(queue, fill("yes"), columns=few), annotator="R")
    assert ([(one.annotator, one.comment) for one in labels], rejections) == ([("R", "")], [])


def test_50_megabytes_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    quote = "The camp burns amalgam in the open. " * 40
    write_queue((make_row(number, quote=quote) for number in range(33_000)), path)
    assert path.stat().st_size > 50 << 20
    tracemalloc.start()
    assert read_labels(path) == ([], [])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # A block for the encoding and a row at a time; the file itself would be 50 times as much.
    assert peak < 6 << 20


def test_reading_twice_gives_the_same(queue: Path) -> None:
    edit(queue, fill("yes", "bad", "no"))
    assert read_labels(queue) == read_labels(queue)


@given(st.lists(st.text(max_size=12), min_size=4, max_size=4))
@settings(deadline=None, max_examples=80, derandomize=True)
def test_any_text_survives_the_round_trip(
    tmp_path_factory: pytest.TempPathFactory, parts: list[str]
) -> None:
    path = tmp_path_factory.mktemp("round") / "q.csv"
    subject, predicate, item, quote = parts
    write_queue([make_row(subject=subject, predicate=predicate, object=item, quote=quote)], path)
    labels, rejections = read_labels(edit(path, fill("yes")))
    assert (len(labels), rejections) == (1, [])


def test_100_000_rows_take_seconds(tmp_path: Path) -> None:
    rows: list[ReviewRow] = [make_row(number) for number in range(100_000)]
    path = tmp_path / "q.csv"
    started = time.process_time()
    write_queue(rows, path)
    path.write_text(
        path.read_text(encoding="utf-8-sig").replace(",,,,,key-", ",,yes,,r1,key-"),
        encoding="utf-8",
    )
    labels, rejections = read_labels(path)
    # Measured at 3 s; the bound leaves room for a slow machine.
    assert time.process_time() - started < 20
    assert (len(labels), rejections) == (100_000, [])
