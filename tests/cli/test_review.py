import csv
import shutil
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.cli.calls import Call


def fill_in(path: Path, *, encoding: str = "utf-8", delimiter: str = ",", **labels: str) -> None:
    """Label facts, named by their objects, and save the table as a spreadsheet would."""
    with path.open(encoding="utf-8-sig", newline="") as table:
        rows = list(csv.DictReader(table))
    for row in rows:
        row |= {"label": labels.get(row["object"], ""), "reviewer": "R"}
    with path.open("w", encoding=encoding, newline="") as table:
        writer = csv.DictWriter(table, rows[0], delimiter=delimiter, lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(rows)


def gates(call: Call, workspace: Path) -> dict[str, str]:
    """What is published of each fact, by its object."""
    out = workspace / "out"
    assert call("publish", "csv", "-w", workspace, "--out", out).code == 0
    with (out / "claims.csv").open(encoding="utf-8") as table:
        return {row["object"]: row["gate"] for row in csv.DictReader(table)}


@pytest.mark.parametrize(
    ("encoding", "delimiter"),
    # As it was written; Excel in a country with a decimal comma; Excel's Unicode text.
    [("utf-8", ","), ("utf-8-sig", ";"), ("utf-16", "\t")],
)
def test_there_and_back(
    call: Call, workspace: Path, tmp_path: Path, encoding: str, delimiter: str
) -> None:
    queue = tmp_path / "queue.csv"
    exported = call("review", "export", queue, "-w", workspace, "--json")
    assert exported.json == {"what": "facts", "out": str(queue), "written": 3}
    fill_in(
        queue, encoding=encoding, delimiter=delimiter,
        amalgam="supported", mercury="no", cyanide="perhaps",
    )  # fmt: skip
    imported = call("review", "import", queue, "-w", workspace, "--json")
    assert (imported.code, imported.json) == (0, {"read": 2, "changed": 2, "rejected": 1})
    assert "'perhaps' is not understood" in imported.err
    again = call("review", "import", queue, "-w", workspace, "--json")
    assert again.json == {"read": 2, "changed": 0, "rejected": 1}
    status = call("review", "status", "-w", workspace, "--json")
    assert status.json["facts"] == 3
    assert status.json["facts with a label"] == status.json["labels by R"] == 2
    assert "2 labels by R" in status.err


def test_labels_outrank_the_machine_and_survive_a_run_that_computes_anew(
    call: Call, corpus: Path, workspace: Path, tmp_path: Path
) -> None:
    assert gates(call, workspace)["mercury"] == "approved"
    queue = tmp_path / "queue.csv"
    call("review", "export", queue, "-w", workspace)
    fill_in(queue, amalgam="supported", mercury="refuted")
    call("review", "import", queue, "-w", workspace)
    config = tmp_path / "kgpipe.toml"
    config.write_text("[extract]\nmax_field_chars = 200\n")
    evidence = ("--evidence", corpus / "ev")
    rerun = call("run", "-w", workspace, "-c", config, *evidence, "--json")
    assert rerun.stages["extract"]["reused"] == 0
    assert gates(call, workspace) == {
        "amalgam": "approved", "mercury": "rejected", "cyanide": "rejected",
    }  # fmt: skip
    # What has a label is not asked again.
    assert call("review", "export", queue, "-w", workspace, "--json").json["written"] == 1


def test_batch_and_the_default_place(call: Call, workspace: Path) -> None:
    answer = call("review", "export", "-w", workspace, "--batch", "2", "--json")
    assert answer.json == {"what": "facts", "out": str(workspace / "review.csv"), "written": 2}


@pytest.mark.parametrize("command", ["run", "review export"])
def test_a_filled_in_queue_is_kept(call: Call, corpus: Path, workspace: Path, command: str) -> None:
    fill_in(workspace / "review.csv", amalgam="supported")
    filled = (workspace / "review.csv").read_bytes()
    options = ("--evidence", corpus / "ev") if command == "run" else ()
    answer = call(*command.split(), "-w", workspace, *options)
    [kept] = workspace.glob("review.*.csv")
    assert kept.read_bytes() == filled
    assert f"The filled-in {workspace / 'review.csv'} was kept as {kept}" in answer.err
    assert call("review", "import", kept, "-w", workspace, "--json").json["read"] == 1


def test_an_open_quotation_mark_is_a_failure(call: Call, workspace: Path) -> None:
    queue = workspace / "review.csv"
    queue.write_bytes(queue.read_bytes() + b'"half a row')
    answer = call("review", "import", queue, "-w", workspace)
    assert (answer.code, answer.out) == (1, "")
    assert "Is a quotation mark left open?" in answer.err
    assert call("review", "status", "-w", workspace, "--json").json["facts with a label"] == 0


def label_workbook(path: Path, reviewer: str, **labels: str) -> None:
    """Label facts, named by their objects, in a workbook."""
    book: Any = openpyxl.load_workbook(path)
    sheet = book.active
    at = {cell.value: cell.column for cell in sheet[1]}
    for row in range(2, sheet.max_row + 1):
        answer = labels.get(sheet.cell(row, at["object"]).value)
        if answer:
            sheet.cell(row, at["label"]).value = answer
            sheet.cell(row, at["reviewer"]).value = reviewer
    book.save(path)


def test_two_experts_and_an_adjudicator(call: Call, workspace: Path, tmp_path: Path) -> None:
    ana, bo, disputes = tmp_path / "ana.xlsx", tmp_path / "bo.xlsx", tmp_path / "disputes.xlsx"
    assert call("review", "export", ana, "-w", workspace, "--all", "--json").json["written"] == 3
    shutil.copy(ana, bo)
    label_workbook(ana, "Ana", amalgam="supported", mercury="supported")
    label_workbook(bo, "Bo", amalgam="supported", mercury="refuted", cyanide="refutd")
    imported = call("review", "import", ana, bo, "-w", workspace, "--json")
    assert imported.json == {"read": 4, "changed": 4, "rejected": 1}
    assert "bo.xlsx:" in imported.err
    assert "did you mean 'refuted'" in imported.err
    assert "People disagree about 1 statements" in imported.err
    assert gates(call, workspace)["mercury"] == "pending"
    status = call("review", "status", "-w", workspace, "--json")
    assert status.json["facts to adjudicate"] == 1
    assert status.json["agreement"]["observed"]["value"] == 0.5
    assert "Krippendorff's alpha" in status.err
    call("review", "export", disputes, "-w", workspace, "--what", "disputes")
    label_workbook(disputes, "Cy", mercury="supported")
    settling = ("review", "import", "--what", "disputes", "-w", workspace, "--json")
    refused = call(*settling, ana)
    assert (refused.code, "no column said" in refused.err) == (1, True)
    assert call(*settling, disputes).json["changed"] == 1
    assert gates(call, workspace)["mercury"] == "approved"
    settled = call("review", "status", "-w", workspace, "--json").json
    assert (settled["facts to adjudicate"], settled["facts adjudicated"]) == (0, 1)
    assert settled["labels whose evidence has changed since"] == 0
    again = call("review", "import", ana, bo, disputes, "-w", workspace, "--json")
    assert again.json["changed"] == 0


def test_evidence_that_has_changed_is_shown(
    call: Call, corpus: Path, workspace: Path, tmp_path: Path
) -> None:
    queue = tmp_path / "queue.csv"
    call("review", "export", queue, "-w", workspace)
    fill_in(queue, mercury="supported")
    call("review", "import", queue, "-w", workspace)
    # The survey is no more.
    assert call("run", "-w", workspace, "--evidence", corpus / "ev" / "denial.txt").code == 0
    status = call("review", "status", "-w", workspace, "--json").json
    assert status["labels whose evidence has changed since"] == 1
    call("review", "export", queue, "-w", workspace, "--all")
    with queue.open(encoding="utf-8-sig", newline="") as table:
        changed = {row["object"]: row["evidence_changed"] for row in csv.DictReader(table)}
    assert changed == {"mercury": "after the label of R", "amalgam": "", "cyanide": ""}


def test_own_labels_go_with_all_facts_only(call: Call, workspace: Path) -> None:
    answer = call("review", "export", "-w", workspace, "--annotator", "R")
    assert answer.code == 2
    assert "--annotator goes with --all" in answer.err
