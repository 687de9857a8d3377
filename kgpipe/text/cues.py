"""Words that change what a statement says, by kind and language, from `data/text/cues.csv`."""

import csv
from functools import lru_cache

from kgpipe.assets import asset_path


@lru_cache(maxsize=128)
def cue_words(kind: str, language: str) -> frozenset[str]:
    """Folded cues of a kind and language; none for a language that is not there."""
    return frozenset(
        row["cue"]
        for row in _rows()
        if row["kind"] == kind and language in row["languages"].split()
    )


@lru_cache(maxsize=1)
def cue_languages() -> frozenset[str]:
    """The languages that have cues (ISO 639-1)."""
    return frozenset(language for row in _rows() for language in row["languages"].split())


@lru_cache(maxsize=1)
def _rows() -> tuple[dict[str, str], ...]:
    with asset_path("data/text/cues.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))
