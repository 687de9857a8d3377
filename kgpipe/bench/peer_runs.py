"""Asks one system for the triples of some texts, through a meter; what it did is one record."""

import json
import subprocess
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from kgpipe.backends.asgmkg_extractor import AsgmkgExtractor
from kgpipe.backends.chat import LangChainChat
from kgpipe.backends.embed import MINILM_NAME, MiniLmEmbedder
from kgpipe.backends.examples import Example
from kgpipe.backends.gguf import LONGEST_REPLY_SECONDS
from kgpipe.backends.llm_extractor import LlmExtractor
from kgpipe.backends.relation_check import CheckedExtractor
from kgpipe.backends.schema_extractor import SchemaExtractor
from kgpipe.bench.meter import Meter
from kgpipe.bench.peer_systems import NOT_INSTALLED
from kgpipe.bench.webnlg_score import TextTriple
from kgpipe.errors import ItemError, KgpipeError
from kgpipe.extract.stage import extract_chunk
from kgpipe.ports import TripleExtractor
from kgpipe.schema import Schema
from kgpipe.settings import ExtractSettings
from kgpipe.types import Chunk, Record

Terms = Literal["same", "own"]
# What each system is installed by, in an environment of its own.
INSTALL = {
    "langchain": "langchain-experimental langchain-openai json-repair",
    "neo4j-graphrag": "'neo4j-graphrag[openai]'",
    "kg-gen": "kg-gen",
    "langextract": "'langextract[openai]'",
}
# On the same terms all have this cap. On their own terms most have none; this one only keeps a
# model that repeats itself from filling its whole context.
CAPS: dict[Terms, int] = {"same": 512, "own": 1024}
# On the same terms nobody draws at random.
FIXED: dict[Terms, dict[str, Any]] = {"same": {"temperature": 0}, "own": {}}


class Row(Record):
    """What a system answered about one text."""

    triples: tuple[TextTriple, ...]
    seconds: float
    error: str = ""


class SystemRun(Record):
    """A system's answers about all texts, and what they took; `status` "" if it could run."""

    system: str
    terms: Terms
    seconds: float = 0.0
    usage: dict[str, int] = Field(default_factory=dict)
    rows: tuple[Row, ...] = ()
    status: str = ""


class Task(Record):
    """What all systems are given: the texts, the schema, and an example from other texts."""

    texts: tuple[str, ...]
    relations: Schema
    example: Example


def run_system(system: str, terms: Terms, task: Task, *, upstream: str, python: str) -> SystemRun:
    """Run `system` on every text.

    Args:
        system: kgpipe, asgmkg, or a key of `INSTALL`.
        terms: whether it is asked as all are, or as it would ask by itself.
        task: what it is given.
        upstream: the model server's address, without /v1.
        python: interpreter of the environment that has the compared systems.
    """
    begun = time.monotonic()
    with Meter(upstream, most_tokens=CAPS[terms], terms=FIXED[terms]) as meter:
        if system in INSTALL:
            rows = _ask_peer(system, terms, task, base_url=meter.base_url, python=python)
        else:
            rows = list(_ask_own(system, terms, task, base_url=meter.base_url))
    return SystemRun(
        system=system,
        terms=terms,
        seconds=round(time.monotonic() - begun, 1),
        usage=asdict(meter.usage),
        rows=tuple(rows or ()),
        status="" if rows is not None else f"not installed: pip install {INSTALL[system]}",
    )


def _ask_peer(
    system: str, terms: Terms, task: Task, *, base_url: str, python: str
) -> list[Row] | None:
    """The answers of a system in its own process; None if it is not installed there."""
    shown = task.example
    facts = [[fact.says, fact.subject, fact.predicate, fact.object] for fact in shown.facts]
    request = {
        "system": system,
        "terms": terms,
        "base_url": base_url,
        "texts": task.texts,
        "relations": [[r.name, r.definition] for r in task.relations.relations],
        "example": {"text": shown.text, "facts": facts},
        "max_tokens": CAPS[terms],
    }
    done = subprocess.run(
        [python, "-P", str(Path(__file__).with_name("peer_systems.py"))],
        input=json.dumps(request), text=True, capture_output=True, check=False,
    )  # fmt: skip
    if done.returncode == NOT_INSTALLED:
        return None
    if done.returncode:
        raise KgpipeError(f"{system} cannot be run: {done.stderr[-400:]}")
    return [Row.model_validate_json(line) for line in done.stdout.splitlines()]


def _ask_own(system: str, terms: Terms, task: Task, *, base_url: str) -> Iterator[Row]:
    extractor, settings = _own_extractor(system, terms, task, base_url=base_url)
    for number, text in enumerate(task.texts):
        begun = time.monotonic()
        chunk = Chunk(
            id=str(number), document_id="d", start=0, end=len(text), text=text, language="en"
        )
        triples: Iterable[TextTriple] = ()
        error = ""
        try:
            found = extract_chunk(chunk, settings=settings, extractor=extractor).triples
            triples = [(triple.subject, triple.predicate, triple.object) for triple in found]
        except ItemError as fault:
            error = str(fault)
        seconds = round(time.monotonic() - begun, 3)
        yield Row(triples=tuple(triples), seconds=seconds, error=error)


def _own_extractor(
    system: str, terms: Terms, task: Task, *, base_url: str
) -> tuple[TripleExtractor, ExtractSettings]:
    """Our extractor as it is for a local file, with the text for its window on the same terms."""
    chat = LangChainChat(
        "openai:local", base_url=base_url, timeout_seconds=LONGEST_REPLY_SECONDS, max_retries=0
    )
    same = terms == "same"
    settings = ExtractSettings(
        model="gguf:local", window="chunk" if same else "auto", max_tokens=CAPS[terms]
    )
    if system == "asgmkg":
        names = [relation.name for relation in task.relations.relations] if same else []
        return AsgmkgExtractor(chat, settings=settings, relations=names), settings
    examples = (task.example,) if same else ()
    embedder = MiniLmEmbedder()
    extractor = LlmExtractor(
        chat, settings=settings, schema=task.relations, examples=examples, embedder=embedder
    )
    reader = SchemaExtractor(task.relations, embedder, embedder_name=MINILM_NAME)
    return CheckedExtractor(extractor, reader, schema=task.relations), settings
