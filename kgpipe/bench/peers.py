"""Extractors side by side on one local model: kgpipe, the paper's protocol, and four others.

60 texts of EDC-WebNLG, every 12th of the test lines, its schema for all, one llama.cpp server.
Each system runs on the same terms (the whole text as window, temperature 0, one completion cap,
structured output where it has it) and as it does by default. A system's finished run stays in
`out`, and a second call measures only what is missing.

A text's triples score by the WebNLG-2020 definition (`webnlg_score`), averaged by text. Predicates
are first written as the schema spells them, since some systems change their case.
"""

import json
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import mean, median
from typing import Any, get_args

import numpy as np

from kgpipe.backends.examples import Example, ExampleFact
from kgpipe.backends.gguf import Child, gguf_path
from kgpipe.bench.peer_runs import INSTALL, SystemRun, Task, Terms, run_system
from kgpipe.bench.webnlg import DEV_LINES, read_texts
from kgpipe.bench.webnlg_score import MEASURES, TextTriple, align_triples
from kgpipe.errors import UsageError
from kgpipe.extract.schema_files import read_schema_file
from kgpipe.schema import Schema
from kgpipe.stats.intervals import cluster_bootstrap

SYSTEMS = ("kgpipe", "asgmkg", *INSTALL)
STEP = 12
TEXTS = 60
# The longest prompt is neo4j-graphrag's, with the schema as a dictionary: some 6,200 tokens.
_CONTEXT_TOKENS = 16384
# The text of the second development line, shortened, with its triples as the benchmark has them.
_EXAMPLE = Example(
    text="The Ciudad Ayala city, a part of Morelos with population density and population of "
    "1604.0 and 1,777,539 respectively, has a UTC offset of -6.",
    facts=tuple(
        ExampleFact(says=says, subject="Ciudad Ayala", predicate=predicate, object=value)
        for says, predicate, value in (
            ("a part of Morelos", "isPartOf", "Morelos"),
            ("population density and population of 1604.0", "populationDensity", "1604.0"),
            ("population of 1604.0 and 1,777,539", "populationMetro", "1777539"),
            ("has a UTC offset of -6", "utcOffset", "-6"),
        )
    ),
)


def run(
    data: Path,
    out: Path,
    *,
    model: str = "",
    python: str = "",
    threads: int = 1,
    base_url: str = "",
) -> dict[str, Any]:
    """Run what is missing in `out`, score everything, write `out/report.json`.

    Args:
        data: the folder edc_webnlg: texts.txt, references.txt and schema.csv.
        out: for the report and each system's answers.
        model: `gguf:PATH`.
        python: interpreter that has the compared systems; by default this one.
        threads: of the model server; more than the free cores make it many times slower.
        base_url: a server with OpenAI's protocol that runs already, instead of `model`: one that is
            compiled for this processor may be three times faster.

    Raises:
        UsageError: no model is named, or its file is missing.
        KgpipeError: a system cannot be run, or the model cannot be loaded.
    """
    texts, gold = read_texts(data)
    lines = range(min(DEV_LINES, len(texts) - 1), len(texts), STEP)[:TEXTS]
    schema = read_schema_file(data / "schema.csv")
    task = Task(
        texts=tuple(texts[line].strip() for line in lines), relations=schema, example=_EXAMPLE
    )
    out.mkdir(parents=True, exist_ok=True)
    python = python or sys.executable
    runs = _runs(task, out, model=model, python=python, threads=threads, base_url=base_url)
    truth = [gold[line] for line in lines]
    rows = {f"{done.system}, {done.terms} terms": _figures(done, truth, schema) for done in runs}
    report = {"benchmark": "peers", "texts": len(lines), "systems": rows}
    (out / "report.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return report


def _runs(
    task: Task, out: Path, *, model: str, python: str, threads: int, base_url: str
) -> list[SystemRun]:
    """Every system on both terms; those that `out` holds already are not run again."""
    wanted = [(system, terms) for terms in get_args(Terms) for system in SYSTEMS]
    paths = {pair: out / f"{pair[1]}_{pair[0]}.json" for pair in wanted}
    missing = [pair for pair in wanted if not paths[pair].is_file()]
    if missing:
        with _server(model, base_url, threads) as upstream:
            for system, terms in missing:
                done = run_system(system, terms, task, upstream=upstream, python=python)
                # What is not installed today may be tomorrow.
                if not done.status:
                    paths[system, terms].write_text(done.model_dump_json(), encoding="utf-8")
    return [
        SystemRun.model_validate_json(paths[pair].read_bytes())
        if paths[pair].is_file()
        else SystemRun(system=pair[0], terms=pair[1], status=f"pip install {INSTALL[pair[0]]}")
        for pair in wanted
    ]


@contextmanager
def _server(model: str, base_url: str, threads: int) -> Iterator[str]:
    """The address of the model server, without /v1; one of our own for as long as it is needed."""
    if base_url:
        yield base_url.rstrip("/").removesuffix("/v1")
        return
    if not model.startswith("gguf:"):
        raise UsageError(
            "Name the model that all systems shall use: --model gguf:PATH, or --base-url URL."
        )
    child = Child([str(gguf_path(model)), str(_CONTEXT_TOKENS), "1", str(threads)])
    try:
        yield child.wait_until_ready()
    finally:
        child.end()


def _figures(
    done: SystemRun, gold: Sequence[Sequence[TextTriple]], schema: Schema
) -> dict[str, Any]:
    if done.status:
        return {"not_installed": done.status}
    spelling = {_letters(relation.name): relation.name for relation in schema.relations}
    found = [[(s, spelling.get(_letters(p), p), o) for s, p, o in row.triples] for row in done.rows]
    means = [align_triples(ours, theirs) for ours, theirs in zip(found, gold, strict=True)]
    known = set(spelling.values())
    figures: dict[str, Any] = {
        measure: dict(zip(("precision", "recall", "f1"), _mean(
            [alignment.mean(measure) for alignment in means]), strict=True))
        for measure in MEASURES
    }  # fmt: skip
    f1 = np.array([alignment.mean("partial").f1 for alignment in means])
    [estimate] = cluster_bootstrap(lambda drawn: [float(f1[drawn].mean())], range(len(f1)))
    triples = [triple for text in found for triple in text]
    return figures | {
        "partial_f1_low": estimate.low,
        "partial_f1_high": estimate.high,
        "triples": len(triples),
        "outside_schema": sum(triple[1] not in known for triple in triples),
        "texts_in_error": sum(bool(row.error) for row in done.rows),
        "seconds_a_text": round(mean(row.seconds for row in done.rows), 1),
        # A few texts on which a model runs away to its cap weigh heavily in the mean.
        "median_seconds_a_text": round(median(row.seconds for row in done.rows), 1),
        **{f"{name}_a_text": round(n / len(done.rows), 2) for name, n in done.usage.items()},
    }


def _mean(scores: Sequence[Sequence[float]]) -> list[float]:
    return [round(float(column), 4) for column in np.mean(np.array(scores), axis=0)]


def _letters(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()
