import math

import numpy as np
import pytest

from kgpipe.labels import trust_annotators
from kgpipe.review.facts import gather_facts
from kgpipe.text.normalise import label_key
from kgpipe.types import Evidence, Label, Span, Verdict, Vote
from tests.review.builders import make_graph, make_triple


def say(triple_id: str, label: str, annotator: str) -> Label:
    triple = make_triple(triple_id, f"s{triple_id}", f"o{triple_id}")
    return Label.model_validate({"key": label_key(triple), "label": label, "annotator": annotator})


def test_doubt_is_the_chance_that_the_verdict_is_wrong() -> None:
    triples = [make_triple(str(n), f"s{n}", f"o{n}") for n in range(4)]
    failed = Verdict(claim_id="claim-2", label="unclear", status="error", reason="", probability=1)
    sure = [
        Verdict(claim_id=f"claim-{n}", label="unclear", status="ok", reason="", probability=p)
        for n, p in ((0, 0.9), (1, 0.2))
    ]
    facts = gather_facts(make_graph(triples, [], verdicts=(*sure, failed)))
    assert facts.doubt.tolist() == pytest.approx([0.1, 0.2, 0.5, 0.5])
    assert facts.checked.tolist() == [True, True, False, False]


def test_a_fact_by_itself_has_impact_one() -> None:
    facts = gather_facts(make_graph([make_triple("a", "x", "y"), make_triple("b", "v", "w")], []))
    assert facts.impact.tolist() == [1.0, 1.0]


def test_impact_grows_with_neighbours_documents_and_rivals() -> None:
    triples = [
        make_triple("a", "hub", "x"), make_triple("b", "hub", "y"), make_triple("c", "hub", "z"),
        make_triple("d", "p", "p"), make_triple("e", "q", "r"),
    ]  # fmt: skip
    graph = make_graph(triples, [], conflicts=(("claim-a", "claim-e"), ("claim-a", "claim-b")))
    claims = list(graph.claims)
    claims[4] = claims[4].model_copy(update={"documents": ("doc", "2", "3", "4")})
    facts = gather_facts(graph.model_copy(update={"claims": tuple(claims)}))
    beside_hub = 1 + math.log2(3)
    assert facts.impact.tolist() == pytest.approx(
        [beside_hub + 2, beside_hub + 1, beside_hub, 1.0, 1 + 2 + 1]
    )


def test_minutes_grow_with_what_is_to_be_read_up_to_a_limit() -> None:
    def minutes(quote: str, pieces: int) -> float:
        votes = tuple(
            Vote(judge="j", stance="support", source=str(n), start=0, end=1, quote="z" * 863,
                 log_odds=1)
            for n in range(pieces)
        )  # fmt: skip
        verdict = Verdict(
            claim_id="claim-t", label="unclear", status="ok", reason="", probability=0.5,
            evidence=votes,
        )  # fmt: skip
        span = Span(document_id="doc", start=0, end=len(quote))
        triple = make_triple("t", "s", "o", evidence=Evidence(span=span, quote=quote))
        return float(gather_facts(make_graph([triple], [], verdicts=(verdict,))).minutes[0])

    assert minutes("q" * 500, 0) - minutes("q", 0) == pytest.approx(499 / 863)
    assert minutes("q" * 10_000, 0) == minutes("q" * 20_000, 0)
    assert minutes("q", 1) - minutes("q", 0) == pytest.approx(0.05 + 600 / 863)
    # No more than three pieces are shown.
    assert minutes("q", 3) == minutes("q", 9)


def test_labels_tell_which_verdicts_were_wrong() -> None:
    triples = [make_triple(str(n), f"s{n}", f"o{n}") for n in range(6)]
    labels = (
        say("0", "refuted", "r1"),
        say("1", "supported", "r1"),
        say("2", "unclear", "r1"),
        say("3", "supported", "r1"), say("3", "refuted", "r2"),
        say("4", "supported", "r1"), say("4", "supported", "r2"), say("4", "refuted", "gold"),
    )  # fmt: skip
    facts = gather_facts(make_graph(triples, [0.9] * 5, labels=trust_annotators(labels, ("gold",))))
    assert facts.labelled.tolist() == [True] * 5 + [False]
    expected = [1.0, 0.0, math.nan, math.nan, 1.0, math.nan]
    np.testing.assert_array_equal(facts.wrong, expected)


def test_an_unchecked_fact_is_wrong_where_people_refute_it() -> None:
    triples = [make_triple(str(n), f"s{n}", f"o{n}") for n in range(2)]
    labels = (say("0", "refuted", "r"), say("1", "supported", "r"))
    assert gather_facts(make_graph(triples, [], labels=labels)).wrong.tolist() == [1.0, 0.0]


def test_groups_follow_what_is_shared() -> None:
    triples = [
        make_triple("a", "s", "o"), make_triple("b", "s", "p"), make_triple("c", "t", "o"),
        make_triple("d", "s", "o", predicate="mine"),
    ]  # fmt: skip
    facts = gather_facts(make_graph(triples, [0.9, 0.9, 0.1]))

    def same(numbers: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> list[tuple[int, int]]:
        return [(i, j) for i in range(4) for j in range(i + 1, 4) if numbers[i] == numbers[j]]

    assert same(facts.clusters["subject and predicate"]) == [(0, 1)]
    assert same(facts.clusters["predicate and object"]) == [(0, 2)]
    assert same(facts.clusters["subject and object"]) == [(0, 3)]
    assert same(facts.strata["predicate"]) == [(0, 1), (0, 2), (1, 2)]
    assert same(facts.strata["reason"]) == [(0, 1)]


def test_rows_can_be_taken() -> None:
    triples = [make_triple(str(n), f"s{n}", f"o{n}") for n in range(3)]
    facts = gather_facts(make_graph(triples, [0.9, 0.8, 0.7]))
    taken = facts.take(np.array([2, 0]))
    assert taken.ids == ("claim-2", "claim-0")
    assert taken.doubt.tolist() == pytest.approx([0.3, 0.1])
    assert taken.clusters["subject and object"].tolist() == [2, 0]


def test_an_empty_graph_has_no_facts() -> None:
    facts = gather_facts(make_graph([], []))
    assert facts.ids == ()
    assert facts.impact.shape == (0,)
