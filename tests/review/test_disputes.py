from kgpipe.review.disputes import count_disputes, list_disputes
from kgpipe.review.rows import digest_evidence, list_facts
from kgpipe.text.normalise import label_key
from kgpipe.types import Graph, Label, Vote
from tests.review.builders import make_graph, make_review, make_rulings, make_triple

TRIPLES = [make_triple(str(number), f"camp {number}", "mercury") for number in range(4)]
KEYS = [label_key(triple) for triple in TRIPLES]


def say(number: int, label: str, annotator: str, **more: str) -> Label:
    return Label.model_validate(
        {"key": KEYS[number], "label": label, "annotator": annotator, **more}
    )


def graph_with(*labels: Label, merged: bool = False) -> Graph:
    graph = make_graph(TRIPLES, [0.5] * 4, labels=labels)
    if not merged:
        return graph
    # Facts 2 and 3 have become one.
    first, second, third, fourth = graph.claims
    joint = third.model_copy(update={
        "support": third.support + fourth.support, "keys": third.keys + fourth.keys,
    })  # fmt: skip
    return graph.model_copy(update={"claims": (first, second, joint)})


def test_who_disagrees_is_listed_with_what_they_said() -> None:
    graph = graph_with(
        say(0, "supported", "R1", comment="page 3"), say(0, "refuted", "R2"),
        say(1, "supported", "R1"), say(1, "supported", "R2"),
    )  # fmt: skip
    (row,) = list_disputes(make_review(graph), make_rulings(graph))
    assert (row.claim_id, row.given) == ("claim-0", "supported (R1: page 3); refuted (R2)")
    assert (row.label, row.probability) == ("", 0.5)


def test_a_merge_that_brings_labels_into_conflict_goes_to_adjudication() -> None:
    labels = (say(2, "supported", "R1"), say(3, "refuted", "R1"))
    apart, merged = graph_with(*labels), graph_with(*labels, merged=True)
    assert list(list_disputes(make_review(apart), make_rulings(apart))) == []
    rows = list(list_disputes(make_review(merged), make_rulings(merged)))
    assert sorted((row.key, row.subject, row.given) for row in rows) == sorted([
        (KEYS[2], "camp 2", "supported (R1) | in other words: refuted (R1)"),
        (KEYS[3], "camp 3", "refuted (R1) | in other words: supported (R1)"),
    ])  # fmt: skip
    settled = graph_with(*labels, say(2, "supported", "R3", role="adjudicator"), merged=True)
    assert list(list_disputes(make_review(settled), make_rulings(settled))) == []


def test_counts() -> None:
    graph = graph_with(
        say(0, "supported", "R1"), say(0, "refuted", "R2"),
        say(1, "supported", "R1"), say(1, "refuted", "R2"),
        say(1, "refuted", "R3", role="adjudicator"),
        Label(key="of a fact that is gone", label="supported", annotator="R1"),
    )  # fmt: skip
    assert count_disputes(make_review(graph), make_rulings(graph), graph.labels) == {
        "facts to adjudicate": 1,
        "facts adjudicated": 1,
        "labels whose evidence has changed since": 0,
        "labels of facts that are not in the graph now": 1,
    }


def test_labels_given_on_other_evidence_are_marked() -> None:
    before = graph_with()
    shown = {row.key: row for row in list_facts(make_review(before), make_rulings(before))}
    seen = digest_evidence(shown[KEYS[0]])
    labels = (say(0, "supported", "R1", evidence=seen), say(1, "supported", "R1"))
    same = graph_with(*labels)
    rows = list(list_facts(make_review(same), make_rulings(same)))
    assert [row.evidence_changed for row in rows] == [""] * 4
    vote = Vote(judge="j", stance="refute", source="n", start=0, end=1, quote="No.", log_odds=-2)
    verdicts = [one.model_copy(update={"evidence": (vote,)}) for one in same.verdicts]
    other = same.model_copy(update={"verdicts": tuple(verdicts)})
    rows = list(list_facts(make_review(other), make_rulings(other)))
    assert [row.evidence_changed for row in rows] == ["after the label of R1", "", "", ""]
    counts = count_disputes(make_review(other), make_rulings(other), other.labels)
    assert counts["labels whose evidence has changed since"] == 1
