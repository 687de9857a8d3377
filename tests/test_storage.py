import gc
import sqlite3
from pathlib import Path

import pytest

from kgpipe.storage import (
    FILE_NAME,
    SCHEMA_VERSION,
    insert_labels,
    open_database,
    read_state,
    read_stored_labels,
    without_collection,
    write_state,
)
from kgpipe.types import Label


def test_the_state_can_be_put_back() -> None:
    database = open_database(None, create=True)
    database.execute("INSERT INTO due VALUES ('read', 0, 'fp', 'a')")
    database.execute("INSERT INTO stage_runs VALUES ('read', 0, 1.5)")
    state = read_state(database)
    database.execute("INSERT INTO due VALUES ('extract', 0, 'fp', 'b')")
    database.execute("DELETE FROM stage_runs")
    assert read_state(database) != state
    write_state(database, state)
    assert read_state(database) == state
    assert state["due"] == [("read", 0, "fp", "a")]


def test_a_workspace_of_format_1_keeps_its_labels(tmp_path: Path) -> None:
    open_database(tmp_path, create=True).close()
    old = sqlite3.connect(tmp_path / FILE_NAME)
    old.executescript(
        "DROP TABLE labels; DROP TABLE replaced_labels; PRAGMA user_version = 1;"
        "CREATE TABLE labels (key TEXT NOT NULL, annotator TEXT NOT NULL, label TEXT NOT NULL, "
        "comment TEXT NOT NULL, labelled_at TEXT NOT NULL, PRIMARY KEY (key, annotator));"
        "INSERT INTO labels VALUES ('k', 'ana', 'supported', 'sure', '2026-01-01');"
    )
    old.close()
    for _ in range(2):
        database = open_database(tmp_path, create=False)
        assert read_stored_labels(database) == [
            Label(key="k", annotator="ana", label="supported", comment="sure",
                  labelled_at="2026-01-01")
        ]  # fmt: skip
        assert database.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
        database.close()


def test_no_label_is_ever_lost() -> None:
    database = open_database(None, create=True)
    first = Label(key="k", annotator="ana", label="supported", evidence="seen-1")
    second = first.model_copy(update={"label": "refuted"})
    settled = second.model_copy(update={"role": "adjudicator"})
    assert [insert_labels(database, [one]) for one in (first, first, second, settled)] == [
        1, 0, 1, 1,
    ]  # fmt: skip
    # The same answer on other evidence is an answer of its own; on unknown evidence it is none.
    assert insert_labels(database, [second.model_copy(update={"evidence": ""})]) == 0
    third = second.model_copy(update={"evidence": "seen-2"})
    assert insert_labels(database, [third]) == 1
    assert read_stored_labels(database) == [settled, third]
    database.execute("DELETE FROM labels WHERE role = 'reviewer'")
    assert read_stored_labels(database, replaced=True) == [first, second, third]


def test_cycles_are_searched_for_again_after_reading() -> None:
    for stays in (False, True):
        with pytest.raises(KeyError), without_collection(stays=stays):
            assert not gc.isenabled()
            raise KeyError
        assert gc.isenabled()
    gc.unfreeze()
