from kgpipe.decisions import Decision, settle_decisions
from kgpipe.dedupe.decided import join_names

# Two nodes: one of two groups, one of a single name.
NODES = [[["gold", "Gold"], ["Au"]], [["silver"]]]


def _clusters(*decisions: tuple[str, str, bool]) -> list[list[str]]:
    constraints = settle_decisions(
        [Decision(left=left, right=right, same=same) for left, right, same in decisions]
    )
    clusters, joins = join_names(NODES, constraints, rank=lambda name: (0, 0, name.swapcase()))
    assert len(joins) == 4 - len(clusters)
    return clusters


def test_nodes_stand_without_decisions() -> None:
    assert _clusters() == [["gold", "Au", "Gold"], ["silver"]]


def test_must_links_join_nodes_and_cannot_links_split_groups() -> None:
    assert _clusters(("au", "silver", True)) == [["gold", "silver", "Au", "Gold"]]
    assert _clusters(("Gold", "gold", False)) == [["gold", "Au"], ["silver"], ["Gold"]]
    assert _clusters(("Au", "gold", False)) == [["gold", "Gold"], ["silver"], ["Au"]]


def test_decisions_come_before_forms() -> None:
    """Au goes with silver, which is not gold; so gold must do without Au."""
    assert _clusters(("au", "silver", True), ("silver", "gold", False)) == [
        ["gold", "Gold"], ["silver", "Au"],
    ]  # fmt: skip
