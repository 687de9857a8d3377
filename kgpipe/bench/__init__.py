"""Measurements on public data, one file a benchmark."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from kgpipe.errors import KgpipeError, UsageError, needs_extra

# Each is a module of this folder with a function `run`.
BENCHMARKS = (
    "overhead", "pdftext", "benchie", "webnlg", "crosslingual", "factbench", "codex", "healthver",
    "names", "cesi", "er", "asgmkg", "labels", "review", "review_page", "peers", "quads", "ask",
    "shacl", "bolt", "geo", "geo_links",
)  # fmt: skip
# These make what they measure on.
WITHOUT_DATA = ("overhead", "review", "review_page", "quads", "shacl", "bolt")


def run_benchmark(name: str, data: Path | None, out: Path, **options: Any) -> dict[str, Any]:
    """Run the benchmark `name` on the public data in `data`; writes `out/report.json`.

    `options` are those that the benchmark itself takes: `model`, `base_url`, `python` of `peers`,
    `model` of `crosslingual` and `geo_links`, `sizes` of `names`, `review`, `review_page`,
    `quads`, `shacl` and `bolt`, `verdicts` of `labels`, `questions` of `ask`, `parts` and `device`
    of `geo`.

    Raises:
        UsageError: it needs data, and none is named.
        KgpipeError: no such benchmark, or its data is not in `data`.
    """
    if name not in BENCHMARKS:
        raise KgpipeError(f"There is no benchmark {name!r}. Choose one of {', '.join(BENCHMARKS)}.")
    if data is None and name not in WITHOUT_DATA:
        raise UsageError(
            f"The benchmark {name} needs its public data: name the folder with --data."
        )
    with needs_extra("geo" if name.startswith("geo") else "bench"):
        run: Callable[..., dict[str, Any]] = import_module(f"kgpipe.bench.{name}").run
    return run(out, **options) if name in WITHOUT_DATA else run(data, out, **options)
