import json
from pathlib import Path

import pytest

from kgpipe.bench.benchie import matches, read_gold, run, score

GOLD = """sent_id:1\tMiners use the mercury in Peru .
1--> Cluster 1:
Miners --> use --> [the] mercury [in Peru]
1--> Cluster 2:
Miners --> use [the mercury] in --> Peru

sent_id:2\tPeru was visited .
2--> Cluster 1:
Peru --> was --> visited
"""


def gold_folder(tmp_path: Path) -> Path:
    path = tmp_path / "gold" / "2_annotators" / "benchie_gold_annotations_en.txt"
    path.parent.mkdir(parents=True)
    path.write_text(GOLD, encoding="utf-8")
    return path


def test_reads_clusters(tmp_path: Path) -> None:
    first, second = read_gold(gold_folder(tmp_path))
    assert first.text == "Miners use the mercury in Peru ."
    assert [len(cluster) for cluster in first.clusters] == [1, 1]
    assert second.clusters == ((("Peru", "was", "visited"),),)


@pytest.mark.parametrize(
    ("words", "right"),
    [
        ("mercury", True),
        ("the mercury", True),
        ("the mercury in Peru", True),
        ("the", False),
        ("mercury Peru in", False),
        ("mercury in Chile", False),
    ],
)
def test_bracketed_words_are_optional(words: str, right: bool) -> None:
    pattern = ["[the]", "mercury", "[in", "Peru]"]
    assert matches(pattern, words.split()) is right


def test_score_counts_triples_and_clusters(tmp_path: Path) -> None:
    gold = read_gold(gold_folder(tmp_path))
    found = {1: [("Miners", "use", "mercury"), ("Miners", "use", "Peru")], 2: []}
    figures = score(gold, found)
    assert figures["precision"] == pytest.approx(1 / 2)
    assert figures["recall"] == pytest.approx(1 / 3)
    assert figures["f1"] == pytest.approx(2 / 5)


def test_predicates_by_lemma(tmp_path: Path) -> None:
    gold = read_gold(gold_folder(tmp_path))
    found = {2: [("Peru", "be", "visited")]}
    lemmas = {1: {}, 2: {"was": "be"}}
    assert score(gold, found)["recall"] == 0
    assert score(gold, found, lemmas=lemmas)["recall"] == pytest.approx(1 / 3)


def test_run_writes_the_report(tmp_path: Path) -> None:
    gold_folder(tmp_path)
    report = run(tmp_path, tmp_path / "out")
    assert json.loads((tmp_path / "out" / "report.json").read_text()) == report
    assert report["exact"]["recall"] > 0


@pytest.mark.shared
def test_published_recall_of_clausie(shared_data: Path) -> None:
    folder = shared_data / "extraction" / "benchie"
    found: dict[int, list[tuple[str, str, str]]] = {}
    path = folder / "oie_systems_explicit_extractions" / "clausie_explicit.txt"
    for line in path.read_text(encoding="utf-8").splitlines():
        number, subject, predicate, target = line.split("\t")[:4]
        triple = (subject.strip(), predicate.strip(), target.strip())
        found.setdefault(int(number), []).append(triple)
    gold = read_gold(folder / "gold" / "2_annotators" / "benchie_gold_annotations_en.txt")
    figures = score(gold, found)
    # The benchmark's README: precision .5029, recall .2556.
    assert figures["recall"] == pytest.approx(0.25555555, abs=1e-6)
    assert figures["precision"] == pytest.approx(0.503, abs=0.01)
