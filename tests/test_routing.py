import csv
from pathlib import Path

import pytest

from kgpipe.errors import UsageError
from kgpipe.pipeline import load_graph
from kgpipe.routing import load_drift, write_shares
from kgpipe.settings import ReviewSettings, Settings
from kgpipe.types import Label, Polarity
from kgpipe.workspace import Workspace
from tests.cli.calls import spawn

PLACES = ("Tarkwa", "Obuasi", "Prestea", "Bogoso", "Dunkwa", "Konongo", "Bibiani", "Bonte")
THINGS = ("mercury", "cyanide")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of sixteen imported facts, without verdicts."""
    folder = tmp_path_factory.mktemp("project")
    lines = [f"{place},uses,{thing}" for place in PLACES for thing in THINGS]
    (folder / "facts.csv").write_text("\n".join(["subject,predicate,object", *lines, ""]))
    done = spawn("run", "facts.csv", "-w", "w", "--until", "dedupe", cwd=folder)
    assert done.code == 0, done.err
    return folder / "w"


def settings(*reviewers: str, **more: object) -> Settings:
    fields = {"reviewers": reviewers, "batch": 4, "seeded": 0.5, "overlap": 0.0} | more
    return Settings(review=ReviewSettings.model_validate(fields))


def read_table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_files_are_written_and_drift_is_told(project: Path, tmp_path: Path) -> None:
    workspace = Workspace(project)
    claims = load_graph(workspace).claims
    assert len(claims) == 16
    workspace.save_labels(
        [
            Label(key=one.keys[0], label="supported", annotator="", role="adjudicator")
            for one in claims[:6]
        ]
    )
    written = write_shares(workspace, tmp_path, settings("Ann", "Ben Osei"))
    assert [(one.reviewer, one.path.name, one.facts, one.known) for one in written] == [
        ("Ann", "Ann.csv", 4, 2),
        ("Ben Osei", "Ben_Osei.csv", 4, 2),
    ]
    known = {one.keys[0] for one in claims[:6]}
    tables = {one.reviewer: read_table(one.path) for one in written}
    assert all(row["reviewer"] == name for name, rows in tables.items() for row in rows)
    assert not any(row["label"] for rows in tables.values() for row in rows)
    assert load_drift(workspace, settings()) == {}

    def answer(name: str, known_answer: Polarity) -> None:
        workspace.save_labels([
            Label(key=row["key"], annotator=name,
                  label=known_answer if row["key"] in known else "unclear")
            for row in tables[name]
        ])  # fmt: skip

    answer("Ann", "supported")
    answer("Ben Osei", "refuted")
    drift = load_drift(workspace, settings())
    assert [(name, one.overall.value, one.overall.n) for name, one in drift.items()] == [
        ("Ann", 1.0, 2),
        ("Ben Osei", 0.0, 2),
    ]
    # The next files hold other facts, known and unknown, and nothing counts twice.
    again = write_shares(workspace, tmp_path / "again", settings("Ann"))
    assert not {row["key"] for row in read_table(again[0].path)} & {
        row["key"] for row in tables["Ann"]
    }
    assert load_drift(workspace, settings())["Ann"].overall.n == 2


def test_names_that_give_one_file_are_refused(project: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="would share the file"):
        write_shares(Workspace(project), tmp_path, settings("Ann B", "ann/b"))
    assert not list(tmp_path.iterdir())


def test_a_name_is_no_path(project: Path, tmp_path: Path) -> None:
    (written,) = write_shares(Workspace(project), tmp_path / "in", settings("../../Ann"))
    assert written.path.parent == tmp_path / "in"


def test_a_file_is_no_folder(project: Path, tmp_path: Path) -> None:
    (tmp_path / "there").touch()
    for target in (tmp_path / "there", tmp_path / "new.csv"):
        with pytest.raises(UsageError, match="name a folder"):
            write_shares(Workspace(project), target, settings("ann"))
