import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from kgpipe.decisions import Decision
from kgpipe.errors import KgpipeError
from kgpipe.review.merges import (
    MERGE_COLUMNS,
    count_merges,
    read_decisions,
    write_merges,
)
from kgpipe.types import Entity, Graph, Merge
from tests.review.builders import make_graph, make_triple

Cells = dict[str, str]


def _merge(number: int, left: str, right: str, reason: str, **more: object) -> Merge:
    fields = {"id": f"merge-{number}", "entity_id": "e", "left": left, "right": right,
              "reason": reason, "score": 1.0} | more  # fmt: skip
    return Merge.model_validate(fields)


MERGES = (
    _merge(1, "mercury", "Mercury", "same_normalised_form", string_similarity=1.0),
    _merge(2, "mercury", "Hg", "alias", cosine=0.31, left_triple="t1", left_mentions=2,
           against=("only right: hg",)),
    _merge(3, "gold mine", "mine of gold", "similar", score=0.87, cosine=0.87),
    _merge(4, "=gold\nshop", "+gold shop", "similar", score=0.95, cosine=0.95),
)  # fmt: skip


@pytest.fixture
def graph() -> Graph:
    entity = Entity(id="e", kind="", name="mercury", names=("mercury",))
    return make_graph(
        [make_triple("t1", "mercury", "gold")], [], merges=MERGES
    ).model_copy(update={"entities": (entity,)})  # fmt: skip


@pytest.fixture
def table(graph: Graph, tmp_path: Path) -> Path:
    path = tmp_path / "merges.csv"
    assert write_merges(graph, [], path) == (4, None)
    return path


def _cells(path: Path) -> list[Cells]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _edit(path: Path, change: Callable[[list[Cells]], object], **style: str) -> Path:
    rows = _cells(path)
    change(rows)
    encoding = style.pop("encoding", "utf-8")
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, MERGE_COLUMNS, restval="", delimiter=style.get("by", ","))
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_the_least_sure_comes_first_and_nothing_is_a_formula(table: Path) -> None:
    rows = _cells(table)
    assert [row["merge_id"][-1] for row in rows] == ["3", "4", "2", "1"]
    assert tuple(rows[0]) == MERGE_COLUMNS
    assert rows[2]["left_said"] == "mercury uses gold. [a.pdf, page 3]"
    assert (rows[2]["cosine"], rows[2]["against"]) == ("0.31", "only right: hg")
    assert (rows[3]["cosine"], rows[3]["string_similarity"]) == ("", "1.00")
    assert (rows[1]["left"], rows[1]["right"]) == ("'=gold shop", "'+gold shop")
    assert table.read_bytes().startswith(b"\xef\xbb\xbf")


def test_unchanged_it_says_nothing(table: Path) -> None:
    assert read_decisions(table, merges=MERGES) == ({}, [])


@pytest.mark.parametrize("style", [{}, {"encoding": "cp1252", "by": ";"},
                                   {"encoding": "utf-16", "by": "\t"}])  # fmt: skip
def test_decisions_are_read_whatever_saved_them(table: Path, style: dict[str, str]) -> None:
    def change(rows: list[Cells]) -> None:
        rows[0].update(decision="Same", annotator="R1", note="sure")
        rows[1].update(decision="NO")
        rows.append({"left": "Mann", "right": "Ort", "decision": "yes"})

    decisions, rejections = read_decisions(
        _edit(table, change, **style), merges=MERGES, annotator="R2"
    )
    assert rejections == []
    assert decisions == {
        2: Decision(left="gold mine", right="mine of gold", same=True, annotator="R1", note="sure"),
        # As the text has it, line break and all.
        3: Decision(left="=gold\nshop", right="+gold shop", same=False, annotator="R2"),
        6: Decision(left="Mann", right="Ort", same=True, annotator="R2"),
    }


def test_a_merge_that_is_no_more_is_read_by_its_cells(table: Path) -> None:
    _edit(table, lambda rows: rows[0].update(decision="different"))
    decisions, _ = read_decisions(table)
    assert decisions == {2: Decision(left="gold mine", right="mine of gold", same=False)}


def test_bad_rows_are_named_and_the_rest_is_read(table: Path) -> None:
    def change(rows: list[Cells]) -> None:
        rows[0].update(decision="diferent")
        rows[1].update(decision="same", left="gold shops")
        rows[2].update(note="hm")
        rows[3].update(decision="same")
        rows.append(rows[3] | {"decision": "different"})
        rows.append({"left": "gold", "right": " gold ", "decision": "same"})

    decisions, rejections = read_decisions(_edit(table, change), merges=MERGES)
    assert list(decisions) == [5]
    assert [(one.item[-1], one.reason) for one in rejections] == [
        ("2", "unknown_decision"), ("3", "edited_merge"), ("4", "note_without_decision"),
        ("6", "contradicting_decision"), ("7", "no_pair"),
    ]  # fmt: skip
    assert "did you mean 'different'" in rejections[0].detail


def test_what_was_said_is_shown_and_disputes_come_first(graph: Graph, tmp_path: Path) -> None:
    decisions = [
        Decision(left="Hg", right="mercury", same=True, annotator="R1"),
        Decision(left="hg", right="Mercury", same=False, annotator="R2"),
        Decision(left="mine of gold", right="gold mine", same=True),
        Decision(left="Ghana", right="Guyana", same=False),
        Decision(left="Peru", right="Togo", same=True),
    ]
    write_merges(graph, decisions, tmp_path / "m.csv")
    rows = _cells(tmp_path / "m.csv")
    assert [(row["merge_id"][-1:], row["decided"]) for row in rows] == [
        ("2", "same (R1); different (R2)"), ("4", ""), ("1", ""), ("3", "same"), ("", "different"),
    ]  # fmt: skip
    assert (rows[-1]["left"], rows[-1]["reason"]) == ("Ghana", "kept_apart")
    assert read_decisions(tmp_path / "m.csv", merges=MERGES) == ({}, [])
    assert count_merges(graph, decisions) == {
        "merges": 4,
        "merges with a decision": 2,
        "pairs of names kept apart": 1,
        "pairs of names whose decisions disagree": 1,
        "decisions": 5,
        "decisions by nobody named": 3,
        "decisions by R1": 1,
        "decisions by R2": 1,
    }


def test_answers_are_kept_and_another_file_is_refused(graph: Graph, table: Path) -> None:
    _edit(table, lambda rows: rows[0].update(decision="same"))
    filled = table.read_bytes()
    _, kept = write_merges(graph, [], table)
    assert kept and kept.read_bytes() == filled
    table.write_text("claim_id,label\n", encoding="utf-8")
    with pytest.raises(KgpipeError, match="imported with --what merges"):
        read_decisions(table)
