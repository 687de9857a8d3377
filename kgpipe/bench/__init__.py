"""Measurements on public data, one file a benchmark."""

from pathlib import Path
from typing import Any

from kgpipe.errors import KgpipeError, UsageError


def run_benchmark(name: str, data: Path | None, out: Path) -> dict[str, Any]:
    """Run the benchmark `name` on the public data in `data`; writes `out/report.json`.

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
    match name:
        case "pdftext":
            from kgpipe.bench.pdftext import run
        case "benchie":
            from kgpipe.bench.benchie import run
        case _:
            raise KgpipeError(
                f"There is no benchmark {name!r}. Choose overhead, pdftext or benchie."
            )
    return run(data, out)
