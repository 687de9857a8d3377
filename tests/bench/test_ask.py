import json
from pathlib import Path

import pytest

import kgpipe.bench.ask
from kgpipe.bench.ask import (
    GoldFact,
    Question,
    ask_index,
    is_fact,
    read_questions,
    run,
    score_answers,
)
from kgpipe.errors import KgpipeError
from kgpipe.workspace import Workspace
from tests.publish.graphs import sample_graph
from tests.query.made import FOOTPRINTS, WORLD, fact_index
from tests.test_answer import fill

TOGO = GoldFact(
    source="a.pdf", start=310, end=320, subject="togo", predicate="have", object="106 Footprints"
)
ASKED = Question(
    id="q1", corpus="sample", question="How many footprints does Togo have?", answerable=True,
    facts=(TOGO,),
)  # fmt: skip


def test_a_fact_is_the_gold_one_by_quote_and_surface_triple() -> None:
    assert is_fact(WORLD[4], TOGO)
    assert not is_fact(WORLD[5], TOGO)
    elsewhere = TOGO.model_copy(update={"start": 300 + len(FOOTPRINTS), "end": 400})
    assert not is_fact(WORLD[4], elsewhere)
    assert not is_fact(WORLD[4], TOGO.model_copy(update={"source": "b.pdf"}))
    assert not is_fact(WORLD[6], TOGO)


def test_figures_of_all_systems_and_of_refusals() -> None:
    index = fact_index()
    other = Question(id="q2", corpus="sample", question="zzz qqq?", answerable=False)
    scores = score_answers([ask_index(ASKED, index), ask_index(other, index)])
    assert scores["kgpipe"]["recall"]["value"] == scores["kgpipe"]["mrr"]["value"] == 1
    assert {"bm25", "embeddings", "paper"} < scores.keys()
    assert scores["not_in_graph"]["rightly"]["value"] == 1
    assert (scores["answerable"], scores["unanswerable"]) == (1, 1)


def test_a_refused_question_shows_nothing() -> None:
    asked = ask_index(ASKED, fact_index())
    refused = asked._replace(answer=asked.answer.model_copy(update={"in_graph": False}))
    scores = score_answers([refused])
    assert scores["kgpipe"]["recall"]["value"] == 1
    assert scores["kgpipe"]["recall_shown"]["value"] == 0
    assert scores["not_in_graph"]["wrongly"]["value"] == 1


def test_broken_questions_are_named(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text(ASKED.model_dump_json() + '\n{"id": 3}\n')
    with pytest.raises(KgpipeError, match="line 2 is no question"):
        read_questions(path)
    with pytest.raises(KgpipeError, match="Cannot read the questions"):
        read_questions(tmp_path / "none.jsonl")


def test_a_run_writes_report_and_answers(tmp_path: Path) -> None:
    questions = tmp_path / "q.jsonl"
    lines = [ASKED.model_copy(update={"corpus": one}) for one in ("sample", "asgm_text")]
    questions.write_text("".join(f"{one.model_dump_json()}\n" for one in lines))
    for corpus in ("sample", "asgm_text"):
        # What is there already is not built again.
        fill(Workspace(tmp_path / "out" / corpus), sample_graph())
    report = run(tmp_path, tmp_path / "out", questions=str(questions))
    assert report == json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["all"]["kgpipe"]["recall"]["value"] == 0
    assert "asgm_text_without_imported" in report
    shown = (tmp_path / "out" / "answers.jsonl").read_text().splitlines()
    assert [json.loads(line)["id"] for line in shown] == ["q1", "q1"]


def test_missing_data_is_named(tmp_path: Path) -> None:
    with pytest.raises(KgpipeError, match="asgm_text is missing"):
        kgpipe.bench.ask._find_public(tmp_path)
    (tmp_path / "asgm_text").mkdir()
    with pytest.raises(KgpipeError, match="ASGM-KG_Dataset_1899_unique"):
        kgpipe.bench.ask._find_public(tmp_path)
