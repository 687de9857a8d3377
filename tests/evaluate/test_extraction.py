from pathlib import Path

from kgpipe.evaluate.extraction import score_extraction
from kgpipe.evaluate.gold import GoldTriple, read_gold
from tests.evaluate.builders import make_document, make_graph, make_triple, write_gold

GOLD = GoldTriple(id="g", document="a.pdf", subject="miners", predicate="use", object="mercury")


def test_scores_of_a_small_graph(tmp_path: Path) -> None:
    graph = make_graph()
    gold = read_gold(write_gold(tmp_path)).triples
    assert gold
    scores = score_extraction(graph.triples, documents=graph.documents, gold=gold)
    assert (scores.predicted, scores.gold, scores.unscored) == (3, 3, 1)
    assert (scores.strict.matched, scores.partial.matched) == (1, 2)
    assert scores.partial.f1.value == 0.666667
    assert scores.strict.precision.value == 0.333333
    assert [one.object for one in scores.missed] == ["dredges"]
    assert [one.object for one in scores.spurious] == ["gold <script>"]
    assert scores.spurious[0].quote == "Bolivia exports gold <script>."
    # The page of the fact in b.pdf is wrong.
    assert {one.name: one.estimate.value for one in scores.details}["page"] == 0.5
    assert [(row.document, row.partial) for row in scores.documents] == [("a.pdf", 1), ("b.pdf", 1)]


def test_a_fact_counts_only_in_its_own_document() -> None:
    triple = make_triple("t", "b.pdf", ("miners", "use", "mercury"))
    documents = [make_document("a.pdf"), make_document("b.pdf")]
    scores = score_extraction([triple], documents=documents, gold=[GOLD])
    assert scores.partial.matched == 0
    # b.pdf has no gold, so that what was found there is neither right nor wrong.
    assert scores.predicted == 0


def test_a_repeated_fact_counts_once() -> None:
    triples = [make_triple(str(n), "a.pdf", ("Miners", "use", "mercury")) for n in range(3)]
    scores = score_extraction(triples, documents=[make_document("a.pdf")], gold=[GOLD, GOLD])
    assert (scores.predicted, scores.gold, scores.strict.matched) == (1, 1, 1)


def test_gold_of_an_absent_document_is_missed() -> None:
    scores = score_extraction([], documents=[], gold=[GOLD])
    assert scores.absent == ("a.pdf",)
    assert scores.partial.recall.value == 0
    assert scores.partial.precision.value is None
