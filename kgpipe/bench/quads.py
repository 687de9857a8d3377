"""Benchmark `quads`: a million claims with their provenance written as RDF, loaded and queried.

Each step runs in a process of its own (see `apart`). Loading is timed beside pyoxigraph alone, the
same file in the same run, and 150,000 quads are loaded and queried beside rdflib.
"""

import json
import os
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pyoxigraph import RdfFormat, Store

from kgpipe.assets import asset_path
from kgpipe.backends.triplestore import OxigraphStore
from kgpipe.bench.apart import run_apart
from kgpipe.bench.quads_data import make_contents
from kgpipe.bench.quads_rdflib import compare_with_rdflib
from kgpipe.publish.catalogue import FILES
from kgpipe.publish.iris import Iris
from kgpipe.publish.rdf import write_contents
from kgpipe.settings import PublishSettings

CLAIMS = 1_000_000
_SETTINGS = PublishSettings(syntaxes=("nquads",))


def run(out: Path, *, sizes: Sequence[int] = (CLAIMS,)) -> dict[str, Any]:
    """Write, load and query made claims.

    Args:
        out: `report.json` is written here; the data lies in a temporary folder beside it.
        sizes: numbers of claims.

    Returns:
        The report. Of each size: quads a second of writing, with and without the time that making
        the claims takes alone; seconds of loading, beside pyoxigraph's own; seconds of each worked
        query; peak memory (MB) of each step. `rdflib`: the same on 150,000 quads, as ratios.

    Raises:
        KgpipeError: a step failed.
    """
    out.mkdir(parents=True, exist_ok=True)
    report: dict[str, Any] = {"cores": os.cpu_count(), "runs": []}
    for size in sizes:
        with TemporaryDirectory(dir=out, prefix="quads-") as folder:
            report["runs"].append({"claims": size, **_measure(size, Path(folder))})
    with TemporaryDirectory(dir=out, prefix="quads-") as folder:
        report["rdflib"] = compare_with_rdflib(
            Path(folder), queries=worked_queries(), settings=_SETTINGS
        )
    (out / "report.json").write_text(json.dumps(report, indent=2) + "\n")
    return report | {f"{one['claims']} claims": one for one in report["runs"]}


def worked_queries() -> dict[str, str]:
    """The queries that ship with kgpipe, by name."""
    paths = sorted(asset_path("data/queries").glob("*.rq"))
    return {path.stem: path.read_text(encoding="utf-8") for path in paths}


def _measure(claims: int, folder: Path) -> dict[str, Any]:
    file = folder / FILES["nquads"].name
    making = run_apart(make_all, claims)
    writing = run_apart(write_all, claims, folder)
    # Before and after, since the first to read a file finds it in no cache.
    bare = [run_apart(load_bare, file, folder / "bare")]
    shutil.rmtree(folder / "bare")
    ours = run_apart(load_store, file, folder / "store")
    bare.append(run_apart(load_bare, file, folder / "bare"))
    shutil.rmtree(folder / "bare")
    asked = run_apart(ask_store, folder / "store")
    quads = ours.result
    loads = [(one.seconds - one.result[0], one.cpu_seconds - one.result[1]) for one in bare]
    return {
        "quads": quads,
        "file_mb": file.stat().st_size / 2**20,
        "write_seconds": writing.seconds,
        "write_cpu_seconds": writing.cpu_seconds,
        "quads_per_second": quads / writing.seconds,
        "quads_per_second_without_making": quads / (writing.seconds - making.seconds),
        "write_peak_memory_mb": writing.peak_memory_mb,
        "load_seconds": ours.seconds,
        "load_seconds_pyoxigraph": [seconds for seconds, _ in loads],
        # kgpipe joins the files of a large store, so that queries are fast; pyoxigraph has to be
        # asked to. The first ratio is to loading alone, the second to loading and joining.
        "join_seconds_pyoxigraph": [one.result[0] for one in bare],
        "load_ratio": ours.seconds / min(seconds for seconds, _ in loads),
        "load_ratio_joined": ours.seconds / min(one.seconds for one in bare),
        # Other work on the machine adds to the wall time, hardly to the CPU time.
        "load_cpu_ratio": ours.cpu_seconds / min(cpu for _, cpu in loads),
        "load_peak_memory_mb": ours.peak_memory_mb,
        "load_peak_memory_mb_pyoxigraph": max(one.peak_memory_mb for one in bare),
        "queries": asked.result,
        "query_peak_memory_mb": asked.peak_memory_mb,
    }


def make_all(claims: int) -> int:
    """Make the claims and drop them."""
    return sum(1 for _ in make_contents(claims).facts)


def write_all(claims: int, folder: Path) -> None:
    """Write the claims as N-Quads."""
    write_contents(make_contents(claims), folder, settings=_SETTINGS)


def load_bare(file: Path, folder: Path) -> tuple[float, float]:
    """Load and join with pyoxigraph alone; return the seconds and CPU seconds of joining."""
    store = Store(str(folder))
    store.bulk_load(path=str(file), format=RdfFormat.N_QUADS)
    started, cpu_started = time.perf_counter(), time.process_time()
    store.optimize()
    return time.perf_counter() - started, time.process_time() - cpu_started


def load_store(file: Path, folder: Path) -> int:
    """Load as `kgpipe sparql` does."""
    with closing(OxigraphStore(folder)) as store:
        return store.load(file)


def ask_store(folder: Path) -> dict[str, dict[str, float]]:
    """Rows and seconds of each worked query, by name."""
    iris = Iris(_SETTINGS.base_iri)
    with closing(OxigraphStore(folder)) as store:
        return {
            name: _time(lambda query=query: _ask(store, query, iris))  # type: ignore[misc]
            for name, query in worked_queries().items()
        }


def _ask(store: OxigraphStore, query: str, iris: Iris) -> int:
    _, rows = store.query(
        query,
        default_graphs=iris.default_graphs(),
        base_iri=iris.base,
        prefixes=iris.prefixes(),
    )
    return len(rows)


def _time(ask: Callable[[], int]) -> dict[str, float]:
    started = time.perf_counter()
    rows = ask()
    return {"rows": rows, "seconds": time.perf_counter() - started}
