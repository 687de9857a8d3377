"""Turns a report into Markdown, or into one HTML file that opens without a network."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined

from kgpipe.errors import KgpipeError
from kgpipe.stats.intervals import Estimate
from kgpipe.types import Record

# Longer lists are cut here and stand whole in report.json.
LISTED_HTML, LISTED_MARKDOWN = 60, 15
# A reliability curve of fewer claims shows noise.
MINIMUM_FOR_CURVE = 50
# So many parts of a dimension are shown at once; the others are folded away.
SHOWN_PARTS = 12

_SIZES = {"minimum_for_curve": MINIMUM_FOR_CURVE, "shown_parts": SHOWN_PARTS}
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~])")


def render_html(report: Record, *, verification: Sequence[Any]) -> str:
    """Fill `report.html.j2`; `verification` holds each part's scores, errors and abstentions."""
    return (
        _environment(html=True)
        .get_template("report.html.j2")
        .render(report=report, verification=verification, **_SIZES, listed=LISTED_HTML)
    )


def render_markdown(report: Record, *, verification: Sequence[Any]) -> str:
    """Fill `report.md.j2` in the same way."""
    return (
        _environment(html=False)
        .get_template("report.md.j2")
        .render(report=report, verification=verification, **_SIZES, listed=LISTED_MARKDOWN)
    )


def render_comparison(comparison: Record, *, html: bool) -> str:
    """Fill `compare.html.j2` or `compare.md.j2`."""
    name, listed = ("compare.html.j2", LISTED_HTML) if html else ("compare.md.j2", LISTED_MARKDOWN)
    return _environment(html=html).get_template(name).render(report=comparison, listed=listed)


def write_files(folder: Path, contents: Mapping[str, str]) -> list[Path]:
    """Write each content under its name; return the paths.

    Raises:
        KgpipeError: the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            (folder / name).write_text(content, encoding="utf-8")
    except OSError as error:
        raise KgpipeError(f"Cannot write the report to {folder}: {error.strerror}.") from error
    return [folder / name for name in contents]


@cache
def _environment(*, html: bool) -> Environment:
    environment = Environment(
        loader=FunctionLoader(_source),
        autoescape=html,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "figure": _figure,
        "interval": _interval,
        "both": _both,
        "plain": _plain,
        "grouped": _grouped,
        "percent": _percent,
        "percents": _percents,
    }
    return environment


def _source(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def _figure(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.2f}"


def _interval(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return ""
    # The other two kinds, Wilson's and the bootstrap, are told from their places.
    exact = " exact" if estimate.method == "clopper-pearson" else ""
    return f"{estimate.low:.2f}\N{EN DASH}{estimate.high:.2f}{exact}"


def _both(estimate: Estimate) -> str:
    interval = _interval(estimate)
    return _figure(estimate.value) + (f" ({interval})" if interval else "")


def _percent(estimate: Estimate) -> str:
    return "n/a" if estimate.value is None else f"{100 * estimate.value:.0f} %"


def _percents(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return "no interval"
    return f"{100 * estimate.low:.0f}\N{EN DASH}{100 * estimate.high:.0f} %"


def _grouped(number: int) -> str:
    return f"{number:,}"


def _plain(text: str) -> str:
    """Text of a document inside Markdown: on one line, with no character that means markup."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))
