import csv
from pathlib import Path

from tests.cli.calls import Call


def test_a_file_for_each_reviewer(call: Call, workspace: Path, tmp_path: Path) -> None:
    out = tmp_path / "files"
    done = call("review", "export", out, "-w", workspace, "--reviewers", "ann, ben", "--json")
    assert (done.code, done.json["written"]) == (0, 3)
    assert "facts for ann, 0 of them known" in done.err
    found = {}
    for name in ("ann", "ben"):
        with (out / f"{name}.csv").open(encoding="utf-8-sig", newline="") as table:
            rows = list(csv.DictReader(table))
        assert {row["reviewer"] for row in rows} == {name}
        found[name] = {row["claim_id"] for row in rows}
    assert len(found["ann"] | found["ben"]) == 3


def test_reviewers_may_stand_in_the_settings(call: Call, workspace: Path, tmp_path: Path) -> None:
    config = tmp_path / "kgpipe.toml"
    config.write_text('[review]\nreviewers = ["ann", "ben"]\noverlap = 1.0\n')
    done = call("review", "export", "-w", workspace, "-c", config, "--json")
    assert done.json["written"] == 6
    assert (workspace / "review" / "ben.csv").is_file()


def test_known_facts_tell_how_a_reviewer_does(call: Call, workspace: Path, tmp_path: Path) -> None:
    queue, out = tmp_path / "queue.csv", tmp_path / "files"
    call("review", "export", queue, "-w", workspace)
    with queue.open(encoding="utf-8-sig", newline="") as table:
        rows = list(csv.DictReader(table))
    fill(queue, rows, "supported", "gold")
    assert call("review", "import", queue, "-w", workspace).code == 0
    done = call("review", "export", out, "-w", workspace, "--reviewers", "ann", "--batch", "3")
    assert "1 facts for ann, 1 of them known" in done.err
    with (out / "ann.csv").open(encoding="utf-8-sig", newline="") as table:
        fill(out / "ann.csv", list(csv.DictReader(table)), "refuted", "ann")
    assert call("review", "import", out / "ann.csv", "-w", workspace).code == 0
    status = call("review", "status", "-w", workspace, "--json")
    assert "Known facts, ann: 0% of 1 right" in status.err
    assert status.json["known_facts"]["ann"]["right"]["n"] == 1


def test_a_name_twice_is_wrong_usage(call: Call, workspace: Path, tmp_path: Path) -> None:
    done = call("review", "export", tmp_path, "-w", workspace, "--reviewers", "ann,ann")
    assert done.code == 2
    assert "named twice" in done.err


def fill(path: Path, rows: list[dict[str, str]], label: str, reviewer: str) -> None:
    with path.open("w", encoding="utf-8", newline="") as table:
        writer = csv.DictWriter(table, rows[0])
        writer.writeheader()
        writer.writerows(row | {"label": label, "reviewer": reviewer} for row in rows)
