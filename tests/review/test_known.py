from kgpipe.labels import labels_by_key, trust_annotators
from kgpipe.review.known import LATEST, choose_known, measure_drift
from kgpipe.stats.intervals import wilson
from kgpipe.types import Label, Polarity
from tests.review.builders import make_graph, make_triple

GOLD = ("gold",)


def label(key: str, said: Polarity, annotator: str) -> Label:
    return Label(key=key, label=said, annotator=annotator)


def test_known_facts_are_new_to_the_reviewer_and_differ_between_reviewers() -> None:
    graph = make_graph([make_triple(str(n), f"s{n}", f"o{n}") for n in range(30)], [])
    keys = [claim.keys[0] for claim in graph.claims]
    labels = [label(key, "supported", "gold") for key in keys[:20]]
    labels += [label(keys[20], "supported", "ben"), label(keys[0], "supported", "ann")]
    # Two who settle the same fact differently know nothing.
    given = labels_by_key(
        trust_annotators([*labels, label(keys[1], "refuted", "gold2")], ("gold", "gold2"))
    )

    def choose(reviewer: str, count: int) -> list[str]:
        return choose_known(graph.claims, given, reviewer=reviewer, count=count)

    everything = choose("ann", 99)
    assert sorted(everything) == sorted(f"claim-{n}" for n in range(2, 20))
    assert choose("ann", 5) == everything[:5]
    assert choose("ann", 5) != choose("ben", 5)
    assert choose("ann", 0) == []


def test_the_share_right_on_known_facts() -> None:
    labels = [
        label("1", "supported", "gold"), label("1", "supported", "ann"),
        label("2", "supported", "gold"), label("2", "refuted", "ann"), label("2", "unclear", "ben"),
        label("3", "supported", "gold"),
        label("4", "refuted", "gold"), label("4", "refuted", "ann"),
        label("5", "supported", "ann"),
    ]  # fmt: skip
    # Fact 4 was not in ann's file: she labelled it before it was known.
    handed_out = [("ann", "1"), ("ann", "2"), ("ben", "2"), ("ann", "3"), ("ann", "5")]
    found = measure_drift(trust_annotators(labels, GOLD), handed_out)
    assert list(found) == ["ann", "ben"]
    assert found["ann"].overall == wilson(1, 2)
    assert found["ben"].overall == wilson(0, 1)
    assert found["ann"].latest is None
    assert not found["ann"].fell
    assert found["ann"].describe("ann") == (
        "Known facts, ann: 50% of 2 right (95 % interval 9% to 91%)"
    )


def test_a_reviewer_who_gets_worse_is_told() -> None:
    def drift(right_after: int) -> bool:
        count = 30 + LATEST
        labels = [label(str(n), "supported", "gold") for n in range(count)]
        labels += [
            label(str(n), "supported" if n < 28 or n >= count - right_after else "refuted", "ann")
            for n in range(count)
        ]
        found = measure_drift(
            trust_annotators(labels, GOLD), [("ann", str(n)) for n in range(count)]
        )["ann"]
        assert found.latest == wilson(right_after, LATEST)
        assert ("less than before" in found.describe("ann")) == found.fell
        assert found.as_json()["fell"] == found.fell
        return found.fell

    assert drift(10)
    assert not drift(18)
