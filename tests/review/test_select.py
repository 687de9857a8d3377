from kgpipe.review.select import count_labels, select_queue
from kgpipe.settings import ReviewSettings
from kgpipe.text.normalise import label_key
from kgpipe.types import Label, Verdict, Vote
from tests.review.builders import make_graph, make_triple

PLENTY = ReviewSettings(batch=100)


def test_the_uncertain_come_first() -> None:
    triples = [make_triple(str(n), f"s{n}", f"o{n}") for n in range(4)]
    rows = select_queue(make_graph(triples, [0.99, 0.45, 0.2, 0.5]), settings=PLENTY)
    assert [row.claim_id[-1] for row in rows] == ["3", "1", "2", "0"]


def test_what_much_depends_on_comes_before_the_equally_uncertain() -> None:
    triples = [make_triple("a", "x", "y"), *(make_triple(f"b{n}", "hub", f"o{n}") for n in (1, 2))]
    rows = select_queue(make_graph(triples, [0.5, 0.5, 0.5]), settings=PLENTY)
    assert [row.claim_id for row in rows] == ["claim-b1", "claim-b2", "claim-a"]


def test_the_order_does_not_follow_the_input() -> None:
    triples = [make_triple(str(n), f"s{n}", "gold") for n in range(6)]
    there = select_queue(make_graph(triples, [0.5] * 6), settings=PLENTY)
    back = select_queue(make_graph(triples[::-1], [0.5] * 6), settings=PLENTY)
    assert there == back


def test_a_claim_without_a_sound_verdict_is_uncertain() -> None:
    triples = [make_triple(str(n), f"s{n}", f"o{n}") for n in range(3)]
    failed = Verdict(claim_id="claim-1", label="unclear", status="error", reason="", probability=0)
    sure = Verdict(claim_id="claim-0", label="supported", status="ok", reason="", probability=1)
    rows = select_queue(make_graph(triples, [], verdicts=(sure, failed)), settings=PLENTY)
    assert [(row.claim_id, row.verdict, row.probability) for row in rows] == [
        ("claim-1", "error", None),
        ("claim-2", "", None),
        ("claim-0", "supported", 1.0),
    ]


def test_labelled_claims_are_left_out_and_the_batch_is_cut() -> None:
    triples = [make_triple(str(n), f"s{n}", "o") for n in range(5)]
    label = Label(key=label_key(triples[0]), label="refuted", annotator="r1")
    graph = make_graph(triples, [0.5] * 5, labels=(label,))
    rows = select_queue(graph, settings=ReviewSettings(batch=3))
    assert [row.claim_id for row in rows] == ["claim-1", "claim-2", "claim-3"]


def test_a_row_shows_the_wording_that_its_key_stands_for() -> None:
    bare = make_triple("a", "Hg", "gold", evidence=None, imported=True)
    quoted = make_triple("b", "mercury", "gold")
    graph = make_graph([bare, quoted], [0.5])
    keys = (label_key(bare), label_key(quoted))
    claim = graph.claims[0].model_copy(update={"support": ("a", "b"), "keys": keys})
    (row,) = select_queue(graph.model_copy(update={"claims": (claim,)}), settings=PLENTY)
    assert (row.subject, row.quote, row.page) == ("mercury", "mercury uses gold.", 3)
    assert row.key == label_key(quoted)
    assert row.document == "a.pdf"


def test_evidence_is_the_weightiest_and_named_once() -> None:
    def vote(quote: str, log_odds: float) -> Vote:
        return Vote(
            judge="j", stance="support", source="n", start=0, end=1, quote=quote, log_odds=log_odds
        )

    votes = (vote("a", 0.1), vote("b", -3), vote("b", -2), vote("c", 1), vote("d", 2))
    verdict = Verdict(
        claim_id="claim-t", label="unclear", status="ok", reason="", probability=0.5, evidence=votes
    )
    graph = make_graph([make_triple("t", "s", "o")], [], verdicts=(verdict,))
    (row,) = select_queue(graph, settings=PLENTY)
    assert row.evidence == (("b", "n"), ("d", "n"), ("c", "n"))


def test_labels_are_counted() -> None:
    triples = [make_triple(str(n), f"s{n}", "o") for n in range(3)]
    keys = [label_key(triple) for triple in triples]
    labels = (
        Label(key=keys[0], label="supported", annotator="r1"),
        Label(key=keys[0], label="refuted", annotator="r2"),
        Label(key=keys[1], label="refuted", annotator="r2"),
        Label(key="of another graph", label="refuted", annotator=""),
    )
    assert count_labels(make_graph(triples, [], labels=labels)) == {
        "facts": 3,
        "facts with a label": 2,
        "facts whose labels disagree": 1,
        "labels": 4,
        "labels by nobody named": 1,
        "labels by r1": 1,
        "labels by r2": 2,
    }
