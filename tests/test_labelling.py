import csv
import gc
from pathlib import Path

import pytest

from kgpipe.bench.review import make_workspace
from kgpipe.errors import KgpipeError
from kgpipe.labelling import import_labels, load_review, load_summary, stream_rulings
from kgpipe.review.disputes import list_disputes
from kgpipe.review.export import DISPUTES, write_disputes, write_queue
from kgpipe.review.rows import list_facts
from kgpipe.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    make_workspace(tmp_path / "w", 6)
    return Workspace(tmp_path / "w")


def export(workspace: Workspace, path: Path, *, annotator: str = "") -> Path:
    rows = list_facts(load_review(workspace), stream_rulings(workspace), annotator=annotator)
    write_queue(rows, path)
    return path


def fill(path: Path, target: Path, labels: str, **more: str) -> Path:
    """A letter a row: s, r, u, or a blank for no label."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    full = {"s": "supported", "r": "refuted", "u": "unclear", " ": ""}
    for row, letter in zip(rows, labels, strict=False):
        row.update({"label": full[letter]} | more)
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return target


def said(workspace: Workspace) -> list[str]:
    return sorted(f"{one.annotator}:{one.label[0]}:{one.role[0]}" for one in workspace.labels())


def test_an_import_tells_whose_labels_it_read(workspace: Workspace, tmp_path: Path) -> None:
    base = export(workspace, tmp_path / "base.csv")
    first = import_labels(workspace, [fill(base, tmp_path / "a.csv", "ss")])
    assert (first.unnamed, first.adjudicated, first.alike) == (2, 0, ())
    import_labels(workspace, [fill(base, tmp_path / "b.csv", "rs", reviewer="Bo Li")])
    third = import_labels(workspace, [fill(base, tmp_path / "c.csv", "  s", reviewer="bo li")])
    assert (third.unnamed, third.alike) == (0, (("Bo Li", "bo li"),))
    write_disputes(
        list_disputes(load_review(workspace), stream_rulings(workspace)), tmp_path / "d.csv"
    )
    settled = fill(tmp_path / "d.csv", tmp_path / "settled.csv", "r", reviewer="Cy")
    assert import_labels(workspace, [settled]).adjudicated == 1


def test_two_experts_edit_one_file_and_a_third_settles(
    workspace: Workspace, tmp_path: Path
) -> None:
    base = export(workspace, tmp_path / "base.csv")
    ana = fill(base, tmp_path / "ana.csv", "ssr", reviewer="Ana")
    bo = fill(base, tmp_path / "bo.csv", "sr u")
    assert import_labels(workspace, [ana]).changed == 3
    second = import_labels(workspace, [bo], annotator="Bo")
    assert (second.changed, second.disputed, second.rejections) == (3, 1, ())
    for _ in range(2):
        assert import_labels(workspace, [ana]).changed == 0
        assert import_labels(workspace, [bo], annotator="Bo").changed == 0
    disputes = list(list_disputes(load_review(workspace), stream_rulings(workspace)))
    assert [row.given for row in disputes] == ["supported (Ana); refuted (Bo)"]
    write_disputes(disputes, tmp_path / "d.csv")
    settled = fill(tmp_path / "d.csv", tmp_path / "settled.csv", "r", reviewer="Ana")
    third = import_labels(workspace, [settled])
    assert (third.changed, third.disputed) == (1, 0)
    assert said(workspace) == [
        "Ana:r:a", "Ana:r:r", "Ana:s:r", "Ana:s:r", "Bo:r:r", "Bo:s:r", "Bo:u:r",
    ]  # fmt: skip


def test_edits_of_a_file_that_held_labels(workspace: Workspace, tmp_path: Path) -> None:
    blank = export(workspace, tmp_path / "blank.csv")
    import_labels(workspace, [fill(blank, tmp_path / "1.csv", "sss", reviewer="Ana")])
    base = export(workspace, tmp_path / "base.csv", annotator="Ana")
    assert import_labels(workspace, [base]).read == 0
    # Bo changes a label in Ana's file, and takes one out.
    bo = import_labels(workspace, [fill(base, tmp_path / "bo.csv", "sr ")], annotator="Bo")
    assert [one.reason for one in bo.rejections] == ["removed_label"]
    assert said(workspace) == ["Ana:s:r", "Ana:s:r", "Ana:s:r", "Bo:r:r"]
    # Ana changes her mind there; her first file has no effect any more.
    ana = fill(base, tmp_path / "ana.csv", "ssr")
    assert import_labels(workspace, [ana], annotator="Ana").changed == 1
    old = import_labels(workspace, [tmp_path / "1.csv"])
    assert (old.changed, [one.reason for one in old.rejections]) == (0, ["replaced_since"])
    assert import_labels(workspace, [tmp_path / "1.csv"], replace=True).changed == 1
    assert [one.label for one in workspace.replaced_labels()] == ["supported", "refuted"]


def test_nameless_files_of_two_people(workspace: Workspace, tmp_path: Path) -> None:
    base = export(workspace, tmp_path / "base.csv")
    one, two = fill(base, tmp_path / "1.csv", "ss"), fill(base, tmp_path / "2.csv", "sr")
    found = import_labels(workspace, [one, two])
    assert [fault.item for fault in found.rejections] == ["2.csv:3"]
    assert said(workspace) == [":s:r", ":s:r"]
    assert import_labels(workspace, [two], annotator="Bo").disputed == 1


def test_a_damaged_row_is_looked_up_in_the_workspace(workspace: Workspace, tmp_path: Path) -> None:
    base = export(workspace, tmp_path / "base.csv")
    damaged = fill(base, tmp_path / "1.csv", "s", row_hash="", key="", reviewer="Ana")
    found = import_labels(workspace, [damaged])
    assert (found.changed, found.rejections) == (1, ())
    review = load_review(workspace)
    assert [len(labels) for labels in review.labels.values()] == [1]


def test_what_is_loaded(workspace: Workspace) -> None:
    review = load_review(workspace)
    assert len(review.facts) == len(load_summary(workspace).claims) == 6
    first = review.facts["claim-0"].wordings[0]
    assert (first.subject, first.qualifiers, first.document) == (
        "camp at kilometre 0", "time: 2000", "report-0.pdf",
    )  # fmt: skip
    assert gc.isenabled()
    empty = Workspace(None)
    assert load_review(empty).facts == {}
    assert load_summary(empty).claims == ()


def test_a_misspelt_reviewer_is_told_once(workspace: Workspace, tmp_path: Path) -> None:
    base = export(workspace, tmp_path / "base.csv")
    ana = fill(base, tmp_path / "ana.csv", "s", reviewer="Ana Sousa")
    slip = fill(base, tmp_path / "slip.csv", " s", reviewer="Ana Souza")
    assert import_labels(workspace, [ana]).near == ()
    assert import_labels(workspace, [slip]).near == (("Ana Souza", "Ana Sousa"),)
    assert import_labels(workspace, [slip]).near == ()


def test_a_file_of_facts_is_none_of_disputes(workspace: Workspace, tmp_path: Path) -> None:
    base = export(workspace, tmp_path / "base.csv")
    ana = fill(base, tmp_path / "ana.csv", "s", reviewer="Ana")
    with pytest.raises(KgpipeError, match="no column said"):
        import_labels(workspace, [ana], layout=DISPUTES)
    assert workspace.labels() == []
    import_labels(workspace, [ana, fill(base, tmp_path / "bo.csv", "r", reviewer="Bo")])
    disputes = list(list_disputes(load_review(workspace), stream_rulings(workspace)))
    write_disputes(disputes, tmp_path / "d.csv")
    settled = fill(tmp_path / "d.csv", tmp_path / "settled.csv", "r", reviewer="Cy")
    assert import_labels(workspace, [settled], layout=DISPUTES).adjudicated == 1
