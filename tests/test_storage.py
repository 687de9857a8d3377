from kgpipe.storage import open_database, read_state, write_state


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
