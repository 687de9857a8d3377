"""Loads 150,000 quads into kgpipe's store and into rdflib, and asks both the worked queries.

rdflib is asked twice: as it is, and with joins that look up rows (docs/querying.md).
"""

import multiprocessing
import time
from collections.abc import Mapping
from contextlib import closing
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from rdflib import Dataset
from rdflib.plugins.sparql import CUSTOM_EVALS
from rdflib.plugins.sparql.evaluate import evalLazyJoin

from kgpipe.backends.triplestore import OxigraphStore
from kgpipe.bench.quads_data import make_contents
from kgpipe.publish.catalogue import FILES
from kgpipe.publish.iris import Iris
from kgpipe.publish.rdf import write_contents
from kgpipe.settings import PublishSettings

QUADS = 150_000
# A made claim comes with 41 quads.
_CLAIMS = QUADS // 41
# rdflib is stopped at a query that takes longer.
_PATIENCE_SECONDS = 20.0


def compare_with_rdflib(
    folder: Path, *, queries: Mapping[str, str], settings: PublishSettings
) -> dict[str, Any]:
    """Load and ask both, from one file of triples that both read.

    Args:
        folder: for the files.
        queries: SPARQL by name.
        settings: of publishing.

    Returns:
        Seconds of each and their ratio; None where rdflib was stopped after 20 s. What ends in
        `looking_up` is rdflib's with `look_up`.
    """
    iris = Iris(settings.base_iri)
    write_contents(make_contents(_CLAIMS), folder, settings=settings)
    file = folder / FILES["nquads"].name
    ours, rows = _ask_store(file, queries, iris)
    theirs = _ask_rdflib(file, queries, iris, looking_up=False)
    mended = _ask_rdflib(file, queries, iris, looking_up=True)
    compared = {}
    for name, seconds in ours.items():
        other, better = theirs.get(name), mended.get(name)
        compared[name] = {
            "kgpipe_seconds": seconds,
            "rdflib_seconds": other[0] if other else None,
            "ratio": other[0] / seconds if other else None,
            "rdflib_seconds_looking_up": better[0] if better else None,
            "ratio_looking_up": better[0] / seconds if better else None,
            **({"rows": rows[name], "rdflib_rows": other[1] if other else None}
               if name in rows else {}),
        }  # fmt: skip
    return {"quads": sum(1 for _ in file.open(encoding="utf-8")), **compared}


def _ask_store(
    file: Path, queries: Mapping[str, str], iris: Iris
) -> tuple[dict[str, float], dict[str, int]]:
    """Seconds of loading and of each query; rows of each query."""
    with closing(OxigraphStore()) as store:
        started = time.perf_counter()
        store.load(file)
        seconds, rows = {"load": time.perf_counter() - started}, {}
        for name, query in queries.items():
            started = time.perf_counter()
            _, found = store.query(
                query,
                default_graphs=iris.default_graphs(),
                base_iri=iris.base,
                prefixes=iris.prefixes(),
            )
            seconds[name], rows[name] = time.perf_counter() - started, len(found)
        return seconds, rows


def look_up(context: Any, part: Any) -> Any:
    """Join row by row where a plain block stands on the right; leave the rest to rdflib."""
    if part.name == "Join":
        right = part.p2.p if part.p2.name == "Graph" else part.p2
        if right.name == "BGP":
            return evalLazyJoin(context, part)
    raise NotImplementedError


def _ask_rdflib(
    file: Path, queries: Mapping[str, str], iris: Iris, *, looking_up: bool
) -> dict[str, tuple[float, int]]:
    """Seconds and rows of loading (triples) and of each query that was answered in time."""
    spawning = multiprocessing.get_context("spawn")
    left = dict(queries)
    answers: dict[str, tuple[float, int]] = {}
    while left:
        ours, theirs = spawning.Pipe(duplex=False)
        process = spawning.Process(
            target=_serve_rdflib, args=(theirs, file, left, iris, looking_up)
        )
        process.start()
        theirs.close()
        answers["load"] = ours.recv()
        while left and ours.poll(_PATIENCE_SECONDS):
            answers[next(iter(left))] = ours.recv()
            del left[next(iter(left))]
        process.kill()
        process.join()
        if left:
            # That query is given up; the next process begins behind it.
            del left[next(iter(left))]
    return answers


def _serve_rdflib(
    answers: Connection, file: Path, queries: Mapping[str, str], iris: Iris, looking_up: bool
) -> None:
    if looking_up:
        CUSTOM_EVALS["look_up"] = look_up
    started = time.perf_counter()
    graph = Dataset(default_union=True)
    graph.parse(file, format="nquads")
    answers.send((time.perf_counter() - started, len(graph)))
    for query in queries.values():
        started = time.perf_counter()
        found = graph.query(query, base=iris.base, initNs=iris.prefixes())
        number = len(list(found))
        answers.send((time.perf_counter() - started, number))
