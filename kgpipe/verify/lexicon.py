"""The word lists of the rules: cues, and from `data/verify` opposites, units, number words."""

import csv
import json
from functools import lru_cache
from typing import NamedTuple

from kgpipe.assets import asset_path
from kgpipe.ids import content_digest, content_id
from kgpipe.text.cues import cue_languages, cue_words
from kgpipe.text.tokens import are_related, fold

FILES = (
    "opposites.csv", "synonyms.csv", "units.csv", "number_words.csv", "weights.json",
)  # fmt: skip

TEXT_FILES = ("data/text/cues.csv", "data/text/stopwords.txt")


class Unit(NamedTuple):
    """A unit as so many of its base unit."""

    base: str
    factor: float


def lexicon_digest() -> str:
    """A hash of everything that the rules read, for fingerprints."""
    names = (*(f"data/verify/{name}" for name in FILES), *TEXT_FILES)
    return content_id("lexicon", *(content_digest(asset_path(name).read_bytes()) for name in names))


def cues(kind: str, language: str) -> frozenset[str]:
    """Folded cue words of a kind (negation, not_negation, hedge); English where we have none."""
    return cue_words(kind, language if language in cue_languages() else "en")


@lru_cache(maxsize=1 << 14)
def are_opposites(left: str, right: str) -> bool:
    """Whether two folded words contradict each other ("prohibit", "allowed")."""
    return any(
        (are_related(left, row["left"]) and are_related(right, row["right"]))
        or (are_related(left, row["right"]) and are_related(right, row["left"]))
        for row in _rows("opposites.csv")
    )


@lru_cache(maxsize=1 << 12)
def opposites(form: str) -> tuple[str, ...]:
    """The words of `opposites.csv` that contradict a folded word, in the order of the file."""
    pairs = [(row["left"], row["right"]) for row in _rows("opposites.csv")]
    both = (*pairs, *((right, left) for left, right in pairs))
    return tuple(dict.fromkeys(right for left, right in both if are_related(form, left)))


@lru_cache(maxsize=1 << 14)
def synonyms(form: str) -> frozenset[str]:
    """All forms of the words that may stand for a folded word, itself among them."""
    return _synonym_forms().get(form, frozenset()) | {form}


@lru_cache(maxsize=1)
def _synonym_forms() -> dict[str, frozenset[str]]:
    """Each form of a word in `synonyms.csv` with the forms of all groups it is in."""
    found: dict[str, frozenset[str]] = {}
    for row in _rows("synonyms.csv"):
        forms = frozenset(form for word in row["words"].split() for form in inflect(word))
        for form in forms:
            found[form] = found.get(form, frozenset()) | forms
    return found


def inflect(word: str) -> list[str]:
    """The regular English forms of a word, and some that do not exist and do no harm."""
    stem = word[:-1] if word.endswith(("e", "y")) else word
    double = word + word[-1]
    endings = ("es", "ed", "ing", "ied", "ies") if stem != word else ("s", "es", "ed", "ing")
    doubled = [double + ending for ending in ("ed", "ing")] if len(word) < 5 else []
    return [word, f"{word}s", f"{word}ing", *(stem + ending for ending in endings), *doubled]


@lru_cache(maxsize=1)
def units() -> dict[str, Unit]:
    """Units by folded word or words ("per cent")."""
    return {
        _folded(row["word"]): Unit(row["unit"], float(row["factor"])) for row in _rows("units.csv")
    }


@lru_cache(maxsize=3)
def number_words(role: str) -> dict[str, int]:
    """Folded number words of a role: number, scale (multiplies) or month."""
    return {r["word"]: int(r["value"]) for r in _rows("number_words.csv") if r["role"] == role}


@lru_cache(maxsize=1)
def weights() -> dict[str, float]:
    """The log-odds and thresholds of `data/verify/weights.json`."""
    tree = json.loads(asset_path("data/verify/weights.json").read_text(encoding="utf-8"))
    return {name: float(value) for name, value in tree["weights"].items()}


@lru_cache(maxsize=8)
def _rows(name: str) -> list[dict[str, str]]:
    with asset_path(f"data/verify/{name}").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _folded(words: str) -> str:
    return " ".join(fold(word) for word in words.split())
