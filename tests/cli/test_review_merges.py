import csv
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.calls import Call, spawn

TEXTS = {
    "a.txt": "Notes\n\nSmall-scale miners use mercury in Ghana. Ball mills use electricity.\n",
    "b.txt": "More notes\n\nSmall-scale miners use Hg in Ghana. The council banned cocoa.\n",
}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("merges")
    (folder / "in").mkdir()
    for name, text in TEXTS.items():
        (folder / "in" / name).write_text(text)
    assert spawn("run", "in", "-w", "w", cwd=folder).code == 0
    return folder


@pytest.fixture
def workspace(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished / "w", tmp_path / "w"))


def _export(call: Call, workspace: Path) -> list[dict[str, str]]:
    path = workspace / "merges.csv"
    assert call("review", "export", "--what", "merges", "-w", workspace).code == 0
    with path.open(encoding="utf-8-sig", newline="") as table:
        return list(csv.DictReader(table))


def _import(call: Call, workspace: Path, *rows: dict[str, str], code: int = 0) -> Any:
    path = workspace / "answers.csv"
    with path.open("w", encoding="utf-8", newline="") as table:
        writer = csv.DictWriter(
            table, ["merge_id", "left", "right", "decision", "annotator", "row_hash"],
            extrasaction="ignore", restval="",
        )  # fmt: skip
        writer.writeheader()
        writer.writerows(rows)
    answer = call("review", "import", path, "--what", "merges", "-w", workspace, "--json")
    assert answer.code == code, answer.err
    return answer


def _facts(call: Call, workspace: Path) -> set[tuple[str, str]]:
    call("publish", "csv", "-w", workspace, "--out", workspace / "out")
    with (workspace / "out" / "claims.csv").open(encoding="utf-8") as table:
        return {(row["subject"], row["object"]) for row in csv.DictReader(table)}


def _find(rows: list[dict[str, str]], *names: str) -> dict[str, str]:
    return next(row for row in rows if {row["left"], row["right"]} == set(names))


def test_undo_restores_the_facts_at_once_and_for_good(
    call: Call, finished: Path, workspace: Path
) -> None:
    merge = _find(_export(call, workspace), "mercury", "Hg")
    before = _facts(call, workspace)
    undone = call("review", "undo", merge["merge_id"], "-w", workspace, "--json")
    assert undone.json["facts_after"] == undone.json["facts_before"] + 1
    assert "stay apart from now on" in undone.err
    after = _facts(call, workspace)
    assert {obj for _, obj in after - before} >= {"Hg"}
    # A run finds it done; one that extracts anew obeys as well.
    assert call("run", "-w", workspace, "--json").stages["dedupe"]["reused"] == 1
    config = workspace / "kgpipe.toml"
    config.write_text("[extract]\nmax_field_chars = 200\n[dedupe]\nthreshold = 0.9\n")
    rerun = call("run", "-w", workspace, "-c", config, "--json")
    assert rerun.stages["extract"]["reused"] == rerun.stages["dedupe"]["reused"] == 0
    assert _facts(call, workspace) == after
    again = call("review", "undo", merge["merge_id"], "-w", workspace)
    assert again.code == 2 and "There is no merge" in again.err


def test_a_person_joins_what_nothing_had_joined_and_takes_it_back(
    call: Call, workspace: Path
) -> None:
    before = _facts(call, workspace)
    pair = {"left": "Ball mills", "right": "council"}
    joined = _import(call, workspace, pair | {"decision": "same"})
    assert (joined.json["read"], joined.json["changed"], joined.json["rejected"]) == (1, 1, 0)
    merge = _find(_export(call, workspace), *pair.values())
    assert (merge["reason"], merge["decided"]) == ("decided", "same")
    assert _facts(call, workspace) != before
    # What a run has judged in the meantime is one fact of the two.
    call("run", "-w", workspace)
    call("review", "undo", merge["merge_id"], "-w", workspace, "--annotator", "R")
    assert _facts(call, workspace) == before
    assert call("review", "status", "-w", workspace, "--json").json["decisions by R"] == 1


def test_export_and_import_without_a_change(call: Call, workspace: Path) -> None:
    before = _facts(call, workspace)
    _export(call, workspace)
    answer = call("review", "import", workspace / "merges.csv", "--what", "merges", "-w", workspace,
                  "--json")  # fmt: skip
    assert answer.json == {
        "read": 0, "changed": 0, "rejected": 0, "facts_before": len(before),
        "facts_after": len(before), "facts_gone": 0, "facts_new": 0,
    }  # fmt: skip
    assert _facts(call, workspace) == before


def test_disagreement_is_shown_and_not_obeyed(call: Call, workspace: Path) -> None:
    before = _facts(call, workspace)
    merge = _find(_export(call, workspace), "mercury", "Hg")
    answer = _import(
        call, workspace, merge | {"decision": "same", "annotator": "A"},
        merge | {"decision": "different", "annotator": "B"},
    )  # fmt: skip
    assert "Not obeyed" in answer.err and "same (A); different (B)" in answer.err
    assert _facts(call, workspace) == before
    status = call("review", "status", "-w", workspace, "--json").json
    assert status["pairs of names whose decisions disagree"] == 1
    # An undo ends the quarrel.
    call("review", "undo", merge["merge_id"], "-w", workspace)
    assert _facts(call, workspace) != before


def test_contradictions_are_named_and_the_rest_is_kept(call: Call, workspace: Path) -> None:
    rows = [
        ("mercury", "cocoa", "same"), ("cocoa", "electricity", "same"),
        ("mercury", "electricity", "different"), ("Ghana", "Atlantis", "different"),
    ]  # fmt: skip
    answer = _import(
        call, workspace, *({"left": a, "right": b, "decision": word} for a, b, word in rows)
    )
    assert (answer.json["read"], answer.json["rejected"]) == (3, 1)
    assert "answers.csv:4" in answer.err and "must stay apart" in answer.err
    assert "No text says 'Atlantis'" in answer.err
    merge = _find(_export(call, workspace), "mercury", "cocoa")
    _import(call, workspace, {"left": "mercury", "right": "electricity", "decision": "same"})
    refused = call("review", "undo", merge["merge_id"], "-w", workspace)
    assert refused.code == 1 and "'electricity' = 'cocoa'" in refused.err
