from pathlib import Path

from kgpipe.review.rows import list_facts, locate_documents
from kgpipe.review.select import select_queue
from kgpipe.review.wordings import Source
from kgpipe.settings import ReviewSettings
from kgpipe.text.normalise import label_key
from kgpipe.types import Label, Verdict, Vote
from tests.review.builders import make_graph, make_review, make_rulings, make_triple

TRIPLES = [make_triple(str(number), f"camp {number}", "mercury") for number in range(3)]
LABELS = (
    Label(key=label_key(TRIPLES[0]), label="refuted", annotator="R1", comment="a|b"),
    Label(key=label_key(TRIPLES[0]), label="supported", annotator="R2"),
)


def test_a_fact_looks_as_in_the_queue() -> None:
    votes = tuple(
        Vote(judge="j", stance="support", source="n", start=0, end=1, quote=quote, log_odds=odds)
        for quote, odds in [("a", 0.1), ("b", -3), ("b", -2), ("c", 1), ("d", 2)]
    )
    verdict = Verdict(claim_id="claim-0", label="unclear", status="ok", reason="", probability=0.5,
                      evidence=votes)  # fmt: skip
    failed = Verdict(claim_id="claim-1", label="unclear", status="error", reason="", probability=0)
    bare = make_triple("9", "camp 0", "mercury", evidence=None, imported=True, hedged=True)
    graph = make_graph([*TRIPLES, bare], [], verdicts=(verdict, failed), conflicts=(
        ("claim-0", "claim-1"),))  # fmt: skip
    first = graph.claims[0].model_copy(update={
        "support": ("9", "0"), "keys": (label_key(bare), label_key(TRIPLES[0])),
    })  # fmt: skip
    graph = graph.model_copy(update={"claims": (first, *graph.claims[1:3])})
    queue = select_queue(graph, settings=ReviewSettings(batch=9))
    rows = list_facts(make_review(graph), make_rulings(graph))
    assert sorted(rows, key=lambda row: row.claim_id) == sorted(queue, key=lambda row: row.claim_id)


def test_all_facts_are_listed_and_who_said_what() -> None:
    graph = make_graph(TRIPLES, [0.1, 0.2], labels=LABELS)
    rows = list(list_facts(make_review(graph), make_rulings(graph)))
    assert [(row.claim_id, row.probability) for row in rows] == [
        ("claim-0", 0.1), ("claim-1", 0.2), ("claim-2", None),
    ]  # fmt: skip
    assert [row.given for row in rows] == ["refuted (R1: a|b); supported (R2)", "", ""]
    assert {row.label for row in rows} == {""}


def test_one_reviewers_labels_to_go_on_with() -> None:
    graph = make_graph(TRIPLES, [0.1, 0.2], labels=LABELS)
    rows = list(list_facts(make_review(graph), make_rulings(graph), annotator="R1"))
    assert [(row.label, row.comment, row.reviewer, row.given) for row in rows] == [
        ("refuted", "a|b", "R1", ""), ("", "", "R1", ""), ("", "", "R1", ""),
    ]  # fmt: skip


def test_documents_are_linked_where_they_lie(tmp_path: Path) -> None:
    for name in ("in/a.pdf", "in/b.pdf", "in/sub/b.pdf"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    names = ("in/a.pdf", "in/b.pdf", "in/sub/b.pdf", "in/gone.pdf")
    sources = [Source(id=name, source=name) for name in names]
    # Two files of one name cannot be told apart, and what is gone cannot be opened.
    found = locate_documents(sources, [tmp_path / "in"], start=tmp_path / "out")
    assert found == {"a.pdf": "external:../in/a.pdf"}
