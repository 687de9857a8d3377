"""Benchmark `ask`: does `kgpipe ask` find the facts that answer, and tell when there are none?

Questions with known supporting facts, on two graphs that are built here unless the output folder
has them: the sample corpus, and `asgm_text` with the triples of ASGM-KG imported, which have no
quote and are distractors. Beside kgpipe stand BM25 alone, sentence embeddings alone, and retrieval
as arXiv 2408.08972 has it (all-MiniLM-L6-v2 over rows "subject predicate object", ten nearest, of
which five are shown). Gold facts are used for scoring only.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
from pydantic import ValidationError

from kgpipe.asking import index_facts
from kgpipe.assets import asset_path
from kgpipe.errors import KgpipeError
from kgpipe.pipeline import build, load_graph
from kgpipe.query.ask import Answer, answer_question
from kgpipe.query.retrieve import FactIndex
from kgpipe.query.statements import Statement
from kgpipe.settings import Settings
from kgpipe.stats.intervals import Indices, cluster_bootstrap, wilson
from kgpipe.text.normalise import normalise_name
from kgpipe.types import Record
from kgpipe.wiring import wire, wire_embedder
from kgpipe.workspace import Workspace

AT = 5
# As many as the paper's system retrieves before it is cut.
_DEEP = 10
SAMPLE, PUBLIC = "sample", "asgm_text"
_QUESTIONS = "data/ask/questions.jsonl"
_IMPORTED = "ASGM-KG_Dataset_1899_unique.csv"
_EMBEDDER = "minilm"


class GoldFact(Record):
    """A fact as it was extracted; the span is that of its quote in the document's text."""

    source: str
    start: int
    end: int
    subject: str
    predicate: str
    object: str


class Question(Record):
    """One line of the questions."""

    id: str
    corpus: str
    question: str
    answerable: bool
    facts: tuple[GoldFact, ...] = ()
    note: str = ""


class Asked(NamedTuple):
    """One question with the rank of each gold fact by system (0: not found), and the refusal."""

    question: Question
    ranks: dict[str, list[int]]
    answer: Answer


def run(data: Path, out: Path, *, questions: str = "") -> dict[str, Any]:
    """Ask every question; write `report.json` and `answers.jsonl`.

    Args:
        data: a folder that holds `asgm_text` and, below it, the CSV of ASGM-KG.
        out: for the report and the two workspaces, which a second call uses again.
        questions: another file of questions than the one that travels with kgpipe.

    Raises:
        KgpipeError: the data or the questions are missing or broken.
    """
    asked = read_questions(Path(questions) if questions else asset_path(_QUESTIONS))
    report: dict[str, Any] = {"questions": len(asked), "at": AT}
    rows: list[Asked] = []
    for corpus in (SAMPLE, PUBLIC):
        workspace = _open_graph(corpus, data, out)
        started = perf_counter()
        index = _index(workspace)
        seconds = perf_counter() - started
        own = [ask_index(one, index) for one in asked if one.corpus == corpus]
        report[corpus] = {
            "facts": len(index.statements),
            "index_seconds": round(seconds, 2),
            **score_answers(own),
        }
        rows += own
        if corpus == PUBLIC:
            quoted = _index(workspace, quoted_only=True)
            alone = [ask_index(one, quoted) for one in asked if one.corpus == corpus]
            report[f"{corpus}_without_imported"] = {
                "facts": len(quoted.statements), **score_answers(alone)
            }  # fmt: skip
    report["all"] = score_answers(rows)
    out.mkdir(parents=True, exist_ok=True)
    (out / "report.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    lines = [json.dumps(_as_line(one), ensure_ascii=False) for one in rows]
    (out / "answers.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return report


def read_questions(path: Path) -> list[Question]:
    """The questions of a JSON Lines file.

    Raises:
        KgpipeError: the file cannot be read, or a line is no question; it is named.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise KgpipeError(f"Cannot read the questions {path}: {error.strerror}.") from error
    found = []
    for number, line in enumerate(lines, start=1):
        try:
            found.append(Question.model_validate_json(line))
        except ValidationError as error:
            raise KgpipeError(f"{path}, line {number} is no question: {error}.") from error
    return found


def ask_index(question: Question, index: FactIndex) -> Asked:
    """Ask all systems, and find the gold facts among what each shows."""
    text = question.question
    answer = answer_question(text, index=index, limit=AT)
    shown: dict[str, list[list[Statement]]] = {
        "kgpipe": [[one.statement, *one.also] for one in answer.facts],
        "bm25": [[one] for one in index.rank_by_words(text, limit=AT)],
        "embeddings": [[one] for one in index.rank_by_meaning(text, limit=AT)],
        "paper": [[one] for one in _rank_as_paper(text, index)[:AT]],
    }
    return Asked(
        question,
        {name: [_rank_of(fact, lines) for fact in question.facts] for name, lines in shown.items()},
        answer,
    )


def score_answers(asked: Sequence[Asked]) -> dict[str, Any]:
    """Figures of each system over the answerable questions, and of the refusals over both sorts.

    `recall_shown` counts the facts of a question that was answered "not in the graph" as not found.
    """
    answerable = [one for one in asked if one.question.answerable]
    others = [one for one in asked if not one.question.answerable]
    report: dict[str, Any] = {"answerable": len(answerable), "unanswerable": len(others)}
    for system in answerable[0].ranks if answerable else ():
        ranks = [one.ranks[system] for one in answerable]
        report[system] = _score_ranks(ranks, [one.question.id for one in answerable])
    if answerable:
        kept = [
            one.ranks["kgpipe"] if one.answer.in_graph else [0] * len(one.question.facts)
            for one in answerable
        ]
        ids = [one.question.id for one in answerable]
        report["kgpipe"]["recall_shown"] = _score_ranks(kept, ids)["recall"]
    refused = sum(not one.answer.in_graph for one in others)
    wrongly = sum(not one.answer.in_graph for one in answerable)
    report["not_in_graph"] = {
        "rightly": wilson(refused, len(others)).model_dump(mode="json"),
        "wrongly": wilson(wrongly, len(answerable)).model_dump(mode="json"),
    }
    return report


def _score_ranks(ranks: Sequence[Sequence[int]], ids: Sequence[str]) -> dict[str, Any]:
    """Recall and hit rate at 5, and the mean reciprocal rank of the first gold fact."""
    recall = np.array([np.mean([0 < rank <= AT for rank in one]) for one in ranks])
    first = [min((rank for rank in one if rank), default=0) for one in ranks]
    reciprocal = np.array([1 / rank if rank else 0.0 for rank in first])

    def means(rows: Indices) -> tuple[float, float]:
        return float(recall[rows].mean()), float(reciprocal[rows].mean())

    found, rank = cluster_bootstrap(means, ids, shares=(0, 1))
    return {
        "recall": found.model_dump(mode="json"),
        "hit": wilson(sum(map(bool, first)), len(first)).model_dump(mode="json"),
        "mrr": rank.model_dump(mode="json"),
    }


def _rank_of(fact: GoldFact, lines: Sequence[Sequence[Statement]]) -> int:
    """The rank of the first line that is the fact, 0 if none is."""
    return next(
        (at for at, line in enumerate(lines, start=1) if any(is_fact(one, fact) for one in line)), 0
    )


def is_fact(statement: Statement, fact: GoldFact) -> bool:
    """Whether a quote of the statement overlaps the gold one and states the same triple."""
    gold = tuple(map(normalise_name, (fact.subject, fact.predicate, fact.object)))
    return any(
        quote.source == fact.source
        and quote.start is not None
        and quote.end is not None
        and quote.start < fact.end
        and fact.start < quote.end
        and tuple(map(normalise_name, quote.triple)) == gold
        for quote in statement.quotes
    )


def _rank_as_paper(text: str, index: FactIndex) -> list[Statement]:
    """The ten rows that are nearest to the question."""
    rows = [f"{one.subject} {one.predicate} {one.object}" for one in index.statements]
    vectors = index.embedder.embed([text, *rows])
    order = np.argsort(-(vectors[1:] @ vectors[0]).round(4), kind="stable")[:_DEEP]
    return [index.statements[row] for row in order.tolist()]


def _open_graph(corpus: str, data: Path, out: Path) -> Workspace:
    """The workspace of a corpus; built if it is not there.

    Raises:
        KgpipeError: the texts are not there.
    """
    folder = out / corpus
    workspace = Workspace(folder)
    if load_graph(workspace).verdicts:
        return workspace
    settings = Settings()
    if corpus == SAMPLE:
        evidence = (str(asset_path("data/sample/evidence")),)
        verify = settings.verify.model_copy(update={"evidence": evidence})
        settings = settings.model_copy(update={"verify": verify})
        inputs = [asset_path("data/sample/pdf")]
    else:
        inputs = _find_public(data)
    build(inputs, workspace, settings, wire(settings, workspace))
    return workspace


def _find_public(data: Path) -> list[Path]:
    """The folder of texts, and the CSV of ASGM-KG."""
    texts = data if data.name == PUBLIC else data / PUBLIC
    tables = sorted(data.rglob(_IMPORTED))
    if not texts.is_dir() or not tables:
        missing = _IMPORTED if texts.is_dir() else texts
        raise KgpipeError(f"{missing} is missing: name the folder that holds it with --data.")
    return [texts, tables[0]]


def _index(workspace: Workspace, *, quoted_only: bool = False) -> FactIndex:
    graph = load_graph(workspace)
    if quoted_only:
        kept = {triple.id for triple in graph.triples if triple.evidence is not None}
        claims = tuple(one for one in graph.claims if kept.intersection(one.support))
        graph = graph.model_copy(update={"claims": claims})
    return index_facts(graph, workspace, embedder=wire_embedder(_EMBEDDER), settings=Settings())


def _as_line(asked: Asked) -> dict[str, Any]:
    """What was shown, to be read by people."""
    answer = asked.answer
    return {
        "id": asked.question.id,
        "question": asked.question.question,
        "answerable": asked.question.answerable,
        "in_graph": answer.in_graph,
        "likelihood": answer.likelihood,
        "ranks": asked.ranks,
        "shown": [one.statement.sentence for one in answer.facts],
    }
