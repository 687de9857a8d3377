"""Measurements on public data, one file a benchmark."""

from pathlib import Path
from typing import Any

from kgpipe.errors import KgpipeError


def run_benchmark(name: str, data: Path, out: Path) -> dict[str, Any]:
    """Run the benchmark `name` on the public data in `data`; writes `out/report.json`.

    Raises:
        KgpipeError: no such benchmark, or its data is not in `data`.
    """
    try:
        match name:
            case "pdftext":
                from kgpipe.bench.pdftext import run
            case "benchie":
                from kgpipe.bench.benchie import run
            case "webnlg":
                from kgpipe.bench.webnlg import run
            case _:
                raise KgpipeError(f"No benchmark {name!r}. Choose pdftext, benchie or webnlg.")
    except ModuleNotFoundError as error:
        raise KgpipeError(
            f"{error.name} is missing. Install: pip install 'kgpipe[bench]'."
        ) from error
    return run(data, out)
