"""The questions in ``data/ask``: form, counts, and that their facts stand in the graph."""

from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from kgpipe.pipeline import load_graph
from kgpipe.types import Graph, Triple
from kgpipe.workspace import Workspace
from tests.cli.calls import read_lines, spawn
from tests.conftest import REPOSITORY, SAMPLE

CORPORA = ("sample", "asgm_text")
# How many questions the graph of each corpus answers, and how many it does not.
COUNTS = {
    "questions.jsonl": {"sample": (20, 5), "asgm_text": (20, 5)},
    "development.jsonl": {"sample": (51, 16), "asgm_text": (54, 16)},
}
FIELDS = {"id", "corpus", "question", "answerable", "facts"}
FACT = {"source", "start", "end", "subject", "predicate", "object"}
# The words of a triple are names and relations; more would be a sentence of a text.
LONGEST_NAME = 100

Row = dict[str, Any]


def questions(name: str) -> list[Row]:
    return read_lines(REPOSITORY / "data" / "ask" / name)


def facts(rows: list[Row]) -> list[tuple[object, ...]]:
    return [
        (row["corpus"], *(fact[field] for field in sorted(FACT)))
        for row in rows
        for fact in row["facts"]
    ]


EVERY = {name: questions(name) for name in COUNTS}
ALL = [row for rows in EVERY.values() for row in rows]


@pytest.mark.parametrize("row", ALL, ids=lambda row: str(row["id"]))
def test_form(row: Row) -> None:
    assert FIELDS <= row.keys() <= {*FIELDS, "note"}
    assert row["corpus"] in CORPORA
    assert row["question"] == row["question"].strip()
    assert row["question"].endswith("?")
    assert row["answerable"] is bool(row["facts"])
    assert len(row["facts"]) <= 5
    for fact in row["facts"]:
        assert fact.keys() == FACT
        assert 0 <= fact["start"] < fact["end"]
        assert all(
            0 < len(fact[part]) <= LONGEST_NAME for part in ("subject", "predicate", "object")
        )


@pytest.mark.parametrize("name", COUNTS)
def test_counts(name: str) -> None:
    found = Counter((row["corpus"], row["answerable"]) for row in EVERY[name])
    assert found == {
        (corpus, kind): n
        for corpus, (yes, no) in COUNTS[name].items()
        for kind, n in ((True, yes), (False, no))
    }


def test_nothing_is_asked_twice() -> None:
    for key in ("id", "question"):
        assert [value for value, n in Counter(row[key] for row in ALL).items() if n > 1] == []


def test_no_fact_answers_two_questions() -> None:
    for rows in EVERY.values():
        assert [fact for fact, n in Counter(facts(rows)).items() if n > 1] == []


def test_what_is_tuned_on_shares_no_fact_with_the_test_part() -> None:
    for left, right in combinations(EVERY.values(), 2):
        assert not {*facts(left)} & {*facts(right)}


def run_graph(*arguments: str | Path, workspace: Path) -> Graph:
    done = spawn("run", *arguments, "-w", workspace)
    assert done.code == 0, done.err
    opened = Workspace(workspace, create=False)
    try:
        return load_graph(opened)
    finally:
        opened.close()


def find_triples(graph: Graph, fact: Row) -> list[Triple]:
    """The triples that a fact names: same words, on a quote that overlaps its span."""
    sources = {document.id: document.source for document in graph.documents}
    names = (fact["subject"], fact["predicate"], fact["object"])
    return [
        triple
        for triple in graph.triples
        if (triple.subject, triple.predicate, triple.object) == names
        and sources[triple.document_id] == fact["source"]
        and triple.evidence is not None
        and triple.evidence.span.start < fact["end"]
        and triple.evidence.span.end > fact["start"]
    ]


def find_facts(graph: Graph, corpus: str) -> list[tuple[Row, list[Triple]]]:
    rows = [row for row in ALL if row["corpus"] == corpus]
    return [(fact, find_triples(graph, fact)) for row in rows for fact in row["facts"]]


@pytest.mark.slow
def test_the_facts_stand_in_the_sample_graph_and_none_is_rejected(tmp_path: Path) -> None:
    graph = run_graph(SAMPLE / "pdf", "--evidence", SAMPLE / "evidence", workspace=tmp_path / "w")
    refuted = {one.claim_id for one in graph.verdicts if one.label == "refuted"}
    assert refuted, "the sample corpus states what its evidence refutes"
    rejected = {id for claim in graph.claims if claim.id in refuted for id in claim.support}
    found = find_facts(graph, "sample")
    assert [fact for fact, triples in found if not triples] == []
    assert [
        fact for fact, triples in found if triples and {one.id for one in triples} <= rejected
    ] == []


@pytest.mark.slow
@pytest.mark.shared
def test_the_facts_stand_in_the_graph_of_asgm_text(shared_data: Path, tmp_path: Path) -> None:
    graph = run_graph(shared_data / "asgm_text", "--until", "extract", workspace=tmp_path / "w")
    assert [fact for fact, triples in find_facts(graph, "asgm_text") if not triples] == []
