import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from statsmodels.stats.contingency_tables import mcnemar

from kgpipe.errors import KgpipeError
from kgpipe.evaluate.compare import (
    Comparison,
    Side,
    compare_sides,
    side_of_verdicts,
    sides_of_graphs,
    sum_up,
    write_comparison,
)
from kgpipe.evaluate.gold import GoldLabel, VerdictRow
from kgpipe.text.normalise import label_key
from kgpipe.types import Graph, Label, Polarity
from tests.evaluate.builders import make_claim, make_graph, make_triple, make_verdict

SAID: dict[str, Polarity] = {"+": "supported", "-": "refuted", "?": "unclear"}


def side(name: str, said: str, gold: str, **more: str) -> Side:
    """Claims 0, 1, ... with a sign each; "e" is a failed search, "." no verdict."""
    rows = [
        VerdictRow(
            id=str(n), label=SAID.get(one, "unclear"), status="error" if one == "e" else "ok"
        )
        for n, one in enumerate(said)
        if one != "."
    ]
    labels = [
        GoldLabel(id=str(n), label=SAID[one], votes={}, subject=f"s{n}")
        for n, one in enumerate(gold)
        if one != "."
    ]
    return side_of_verdicts(rows, labels, name=name)


def compare(before: str, after: str, gold: str) -> Comparison:
    return compare_sides(side("A", before, gold), side("B", after, gold))


def test_gained_lost_and_changed_facts() -> None:
    one = compare("++-?.", "+-.++", "++++.")
    assert [c.fact for c in one.gained] == ["4"]
    assert [(c.fact, c.people) for c in one.lost] == [("2", "supported")]
    # What is worse stands first.
    assert [(c.fact, c.before, c.after, c.turn) for c in one.changed] == [
        ("1", "supported", "refuted", "worse"),
        ("3", "unclear", "supported", "better"),
    ]
    assert one.changed[0].words == "s1"


def test_mcnemar_equals_statsmodels() -> None:
    one = compare("+" * 20 + "-" * 20, "+" * 8 + "-" * 14 + "+" * 18, "+" * 40)
    assert (one.only_first_right, one.only_second_right) == (12, 18)
    theirs = mcnemar([[8, 12], [18, 2]], exact=True).pvalue
    assert one.p_value == pytest.approx(theirs, rel=1e-2)


def test_a_drop_is_of_all_labels_or_of_the_decided_ones() -> None:
    # Ten right; then one abstention, one failed search and one missing verdict.
    silent = compare("+" * 10, "+" * 7 + "?e.", "+" * 10)
    assert silent.drop == 0.3
    assert silent.second.decided.value == 1
    # As many right, but what was open is now wrong.
    rash = compare("+" * 5 + "?" * 5, "+" * 5 + "-" * 5, "+" * 10)
    assert (rash.first.right.value, rash.second.right.value, rash.drop) == (0.5, 0.5, 0.5)
    assert compare("+?", "++", "++").drop == 0
    # .9 - .85 is not more than .05, whatever floating point says.
    exact = compare("+" * 18 + "--", "+" * 17 + "---", "+" * 20)
    assert exact.drop == 0.05


def test_sides_that_share_nothing_or_have_no_labels() -> None:
    with pytest.raises(KgpipeError, match="no fact in common"):
        compare_sides(side("A", "+", "+"), side("B", ".+", ".+"))
    bare = compare("+-", "++", "..")
    assert (bare.labelled, bare.drop, bare.p_value) == (0, None, None)
    assert "nothing can be said" in sum_up(bare)[-1]


def test_labels_that_contradict_each_other_are_left_out() -> None:
    one = compare_sides(side("A", "++", "++"), side("B", "++", "+-"))
    assert (one.labelled, one.contradicting) == (1, 1)


def changed_graph(graph: Graph) -> Graph:
    """One claim merged into another name, one gone, one new; the ids of claims differ."""
    merged = graph.claims[0].model_copy(update={"id": "claim-new", "subject": "Miners of gold"})
    triple = make_triple("t9", "c.pdf", ("Peru", "bans", "dredges"))
    new = make_claim(triple)
    return graph.model_copy(
        update={
            "triples": (*graph.triples, triple),
            "claims": (merged, graph.claims[1], new),
            "verdicts": (
                make_verdict(merged, "refuted", 0.1),
                make_verdict(graph.claims[1], "supported", 0.9),
            ),
        }
    )


def test_claims_of_graphs_are_the_same_by_what_states_them() -> None:
    graph = make_graph()
    labels = tuple(
        Label(key=label_key(triple), label="supported", annotator="A") for triple in graph.triples
    )
    before = graph.model_copy(update={"labels": labels})
    one = compare_sides(*sides_of_graphs((before, changed_graph(graph)), names=("v", "w")))
    assert [c.words for c in one.gained] == ["Peru · bans · dredges"]
    assert one.gained[0].after == "no verdict"
    assert [c.words for c in one.lost] == ["not: Miners · work in · Kedougou"]
    assert [(c.before, c.after, c.people) for c in one.changed] == [
        ("supported", "refuted", "supported")
    ]
    # A label of a fact that only one has is no one's fault.
    assert (one.labelled, one.only_first_right, one.drop) == (2, 1, 0.5)


def test_graphs_against_gold_claims() -> None:
    gold = [
        GoldLabel(id="g1", label="supported", votes={}, subject="miners", predicate="use",
                  object="mercury"),
        GoldLabel(id="g2", label="supported", votes={}, subject="Peru", predicate="bans",
                  object="dredges"),
    ]  # fmt: skip
    graph = make_graph()
    one = compare_sides(
        *sides_of_graphs((graph, changed_graph(graph)), names=("v", "w"), gold=gold)
    )
    assert (one.labelled, one.first.right.value, one.second.right.value) == (2, 0.5, 0)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)


def test_it_is_written_for_people_and_for_scripts(tmp_path: Path) -> None:
    labels = [GoldLabel(id="0", label="supported", votes={}, subject="<b>gold</b>")]
    rows = [VerdictRow(id="0", label="refuted")]
    sides = [side_of_verdicts(rows, labels, name=name) for name in ("A|1", "B")]
    changed = sides[1].model_copy(update={"facts": {"0": "supported"}})
    paths = write_comparison(compare_sides(sides[0], changed), tmp_path)
    assert [path.name for path in paths] == [
        "comparison.json", "comparison.md", "comparison.html",
    ]  # fmt: skip
    assert json.loads(paths[0].read_text())["changed"][0]["people"] == "supported"
    text = paths[1].read_text(encoding="utf-8")
    assert r"A\|1" in text and r"\<b\>gold" in text
    page = paths[2].read_text(encoding="utf-8")
    assert "&lt;b&gt;gold" in page
    tags = Tags()
    tags.feed(page)
    assert {"svg", "section"} <= tags.seen
    assert not tags.seen & {"script", "link", "img", "b"}
