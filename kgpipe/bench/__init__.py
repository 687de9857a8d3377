"""Measurements on public data, one file a benchmark."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from kgpipe.errors import KgpipeError, UsageError


def run_benchmark(name: str, data: Path | None, out: Path, **options: Any) -> dict[str, Any]:
    """Run the benchmark `name` on the public data in `data`; writes `out/report.json`.

    `options` are those that the benchmark itself takes: `model`, `base_url`, `python` of `peers`,
    `model` of `crosslingual`.

    Raises:
        UsageError: it needs data, and none is named.
        KgpipeError: no such benchmark, or its data is not in `data`.
    """
    if name == "overhead":
        from kgpipe.bench.overhead import run as run_overhead

        return run_overhead(out)
    if data is None:
        raise UsageError(
            f"The benchmark {name} needs its public data: name the folder with --data."
        )
    run: Callable[..., dict[str, Any]]
    try:
        match name:
            case "pdftext":
                from kgpipe.bench.pdftext import run
            case "benchie":
                from kgpipe.bench.benchie import run
            case "webnlg":
                from kgpipe.bench.webnlg import run
            case "crosslingual":
                from kgpipe.bench.crosslingual import run
            case "factbench":
                from kgpipe.bench.factbench import run
            case "peers":
                from kgpipe.bench.peers import run
            case _:
                raise KgpipeError(
                    f"There is no benchmark {name!r}. Choose overhead, pdftext, benchie, webnlg, "
                    "factbench, crosslingual or peers."
                )
    except ModuleNotFoundError as error:
        raise KgpipeError(
            f"{error.name} is missing. Install: pip install 'kgpipe[bench]'."
        ) from error
    return run(data, out, **options)
