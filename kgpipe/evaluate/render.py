"""Turns a report into Markdown, or into one HTML file that opens without a network."""

import re
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, StrictUndefined

from kgpipe.stats.intervals import Estimate
from kgpipe.types import Record

# Longer lists are cut here and stand whole in report.json.
LISTED_HTML, LISTED_MARKDOWN = 60, 15
# A reliability curve of fewer claims shows noise.
MINIMUM_FOR_CURVE = 50

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~])")


def render_html(report: Record, *, verification: Sequence[Any]) -> str:
    """Fill `report.html.j2`; `verification` pairs each part's scores with its listed errors."""
    template = _environment(html=True).from_string(_source("report.html.j2"))
    return template.render(
        report=report,
        verification=verification,
        listed=LISTED_HTML,
        minimum_for_curve=MINIMUM_FOR_CURVE,
    )


def render_markdown(report: Record, *, verification: Sequence[Any]) -> str:
    """Fill `report.md.j2` in the same way."""
    template = _environment(html=False).from_string(_source("report.md.j2"))
    return template.render(report=report, verification=verification, listed=LISTED_MARKDOWN)


@cache
def _environment(*, html: bool) -> Environment:
    environment = Environment(
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
    }
    return environment


def _source(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def _figure(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.2f}"


def _interval(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return ""
    return f"{estimate.low:.2f}\N{EN DASH}{estimate.high:.2f}"


def _both(estimate: Estimate) -> str:
    interval = _interval(estimate)
    return _figure(estimate.value) + (f" ({interval})" if interval else "")


def _grouped(number: int) -> str:
    return f"{number:,}"


def _plain(text: str) -> str:
    """Text of a document inside Markdown: on one line, with no character that means markup."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))
