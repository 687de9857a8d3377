from kgpipe.publish.property_graph_names import DEPICTED_IN
from kgpipe.publish.property_graph_rows import Links, Nodes, hash_row, link_row


def test_a_hash_tells_every_change() -> None:
    marks = {hash_row("", {"a": 1}), hash_row("", {"a": 2}), hash_row("x", {"a": 1}), hash_row("")}
    assert len(marks) == 4
    assert hash_row("", {"a": 1}) == hash_row("", {"a": 1})
    assert {len(mark) for mark in marks} == {16}


def test_a_relationship_is_told_by_its_ends_within_a_dataset() -> None:
    row = link_row("d", "SUBJECT", "c", "e")
    assert (row["source"], row["target"], row["kgpipe"]) == ("d/c", "d/e", "d")
    assert link_row("d", "SUBJECT", "e", "c")["kgpipe_hash"] != row["kgpipe_hash"]


def test_each_kind_of_row_has_its_action() -> None:
    assert "point(" in Nodes("Tile", []).action
    assert "point(" not in Nodes("Entity", [], "Place").action
    assert Nodes("Entity", [], "Place").action.startswith("MERGE (n:Entity:`Place` ")
    fixed, shown = Links("Claim", "SUBJECT", "Entity", []), Links("Entity", DEPICTED_IN, "Tile", [])
    fact = Links("Entity", "exports `to`", "Entity", [], is_fact=True)
    assert "row.properties" not in fixed.action
    assert shown.action.endswith("SET r += row.properties")
    assert "[r:`exports ``to``` {" in fact.action
