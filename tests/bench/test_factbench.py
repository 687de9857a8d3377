import csv
import json
import lzma
from pathlib import Path

import numpy as np
import pytest

from kgpipe.backends.embed import MiniLmEmbedder
from kgpipe.bench.factbench import OURS, OURS_VOTES, run
from kgpipe.bench.factbench_baselines import DAS, majority
from kgpipe.bench.factbench_data import Fact, read_factbench
from kgpipe.bench.factbench_lexicon import cooccurrence_features
from kgpipe.bench.factbench_score import System, compare, risk_coverage, score_system
from kgpipe.errors import KgpipeError
from kgpipe.verify.sightings import Page
from tests.verify.made_facts import make_facts

VOTERS = ("DKA|gemma2:9b", "RAG|gemma2:9b", "RAG|llama3.1:8b", "RAG|mistral:7b", "RAG|qwen2.5:7b")


def made_folder(folder: Path, count: int) -> Path:
    """A small benchmark in the files of the real one, with votes right at three of four."""
    generator = np.random.default_rng(0)
    facts = make_facts(count)
    with (folder / "facts_votes.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "s", "p", "o", "label", *VOTERS])
        for fact in facts:
            right, wrong = ("T", "F") if fact.true else ("F", "T")
            votes = [right if generator.random() < 0.75 else wrong for _ in VOTERS]
            subject, object_ = fact.statement.subjects[0], fact.statement.objects[0]
            row = [fact.id, subject, fact.statement.predicate, object_, int(fact.true)]
            writer.writerow([*row, "!T", *votes[1:]])
    pages = {page.source: page.text for fact in facts for page in fact.pages}
    lines = [json.dumps({"doc_id": name, "text": text}) for name, text in pages.items()]
    (folder / "docs.jsonl.xz").write_bytes(lzma.compress("\n".join(lines).encode()))
    (folder / "fact2docs.jsonl").write_text(
        "\n".join(json.dumps({"id": f.id, "docs": [p.source for p in f.pages]}) for f in facts),
        encoding="utf-8",
    )
    return folder


def test_labels_come_apart_from_facts_and_failed_calls_are_no_votes(tmp_path: Path) -> None:
    bench, labels = read_factbench(made_folder(tmp_path, 6))
    assert labels.tolist() == [float(fact.true) for fact in make_facts(6)]
    assert not {"label", "true", "gold"} & set(Fact._fields)
    assert bench.voters == VOTERS
    assert all(np.isnan(fact.votes[0]) for fact in bench.facts)
    assert [len(bench.pages[fact.id]) for fact in bench.facts] == [4] * 6


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(KgpipeError, match=r"facts_votes\.csv"):
        read_factbench(tmp_path)


def test_the_tie_rule_and_missing_votes_decide_as_stated() -> None:
    nan = float("nan")
    votes = np.array([[1.0, 0.0], [1.0, nan], [nan, nan], [0.0, nan]])
    assert majority(votes, ties=1.0).tolist() == [1.0, 1.0, 1.0, 0.0]
    assert majority(votes, ties=0.0).tolist() == [0.0, 1.0, 0.0, 0.0]
    # The paper's framework: what is missing is true, and so are ties.
    assert majority(votes, ties=1.0, missing=1.0).tolist() == [1.0, 1.0, 1.0, 1.0]


def test_the_lexicon_counts_sentences_that_hold_all_three() -> None:
    pages = [Page("a", "Ada Abbot was born in Ghent. Ghent is old."), Page("b", "Nothing.")]
    features = cooccurrence_features("Ada Abbot", "birthPlace", "Ghent, Belgium", pages)
    # Pages with s, with o, with both, with s and p, with all three.
    assert features[:5].tolist() == [0.5] * 5
    assert features[6] == pytest.approx(np.log1p(2))
    assert cooccurrence_features("A", "birthPlace", "B", []).shape == (12,)


def test_figures_of_a_system() -> None:
    labels = np.array([1.0, 1.0, 0.0, 0.0])
    good = System("good", np.array([0.9, 0.8, 0.2, 0.6]))
    row = score_system(good, labels, ["a", "b", "c", "d"], resamples=20)
    assert row["balanced_accuracy"]["value"] == 0.75
    assert row["auc"]["value"] == 1.0
    curve = {point["coverage"]: point["accuracy"] for point in risk_coverage(*good[1:], labels)}
    assert (curve[0.5], curve[1.0]) == (1.0, 0.75)
    always = System("always", np.ones(4))
    assert compare(good, always, labels)["only_first_right"] == 1


def test_the_whole_run_on_a_made_benchmark(tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    data.mkdir()
    report = run(made_folder(data, 80), out, embedder=MiniLmEmbedder(), splits=2)
    rows = {row["system"]: row for row in report["systems"]}
    assert {"always true", "predicate constant", DAS, OURS, OURS_VOTES, *VOTERS} <= set(rows)
    assert rows["always true"]["balanced_accuracy"]["value"] == 0.5
    assert rows[OURS]["balanced_accuracy"]["value"] > 0.85
    assert json.loads((out / "report.json").read_text(encoding="utf-8")) == report
    assert len((out / "probabilities.tsv").read_text(encoding="utf-8").splitlines()) == 81
    assert {row["labels"] for row in report["labels"][OURS]} == {0, 20, 50, 100, 200}
