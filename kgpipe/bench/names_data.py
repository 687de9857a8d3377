"""Names in any number: those of public texts and lists, and variants made of them.

A million distinct real names of one domain are not at hand. What is: the capitalised phrases of
59,135 passages about countries, the mentions of Re-DocRED, and lists of country names, some 48,000
together, without those in scripts that the embedding model cannot read. The rest are these with
what texts do to names: misspelt, inflected, in another case or order (near variants), or with a
further word or number, so that they are another thing (far).
"""

import json
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import yaml

from kgpipe.errors import KgpipeError

PASSAGES = "search/cia_factbook_passages.jsonl"
DOCUMENTS = "extraction/redocred/dev_revised.json"
COUNTRIES = "dedupe/aliases/countrynames_data.yaml"
_PHRASE = re.compile(r"\b[A-Z][\w'-]*(?:\s(?:(?:of|de|del|and|the|for)\s)?[A-Z][\w'-]*){0,5}")
_PLACES = ("Northern", "South", "Upper", "Greater", "New", "Rio", "Lake", "Port", "Mount", "San")
_THINGS = (
    "ministry", "river", "mining company", "gold exports", "district", "agreement", "university",
    "gold mine", "protected area", "national park", "cooperative", "act", "airport", "population",
)  # fmt: skip
_LEGAL_FORMS = ("Ltd", "Inc.", "S.A.", "GmbH", "Limited")


class MadeName(NamedTuple):
    """A name, the real one it is made of (its number), and how: real, near or far."""

    name: str
    root: int
    variant: str


def read_roots(data: Path) -> list[str]:
    """The distinct real names under `data`, sorted.

    Args:
        data: the folder of all public data, or its part `dedupe`.

    Raises:
        KgpipeError: a file is missing.
    """
    top = data if (data / COUNTRIES).is_file() else data.resolve().parent
    try:
        names = {*_phrases(top / PASSAGES), *_mentions(top / DOCUMENTS), *_listed(top / COUNTRIES)}
    except FileNotFoundError as error:
        raise KgpipeError(
            f"{error.filename} is missing: name the folder of the public data with --data."
        ) from error
    return sorted(name for name in names if name.strip() and _is_latin(name))


def make_names(roots: Sequence[str], count: int, *, seed: int = 0) -> list[MadeName]:
    """Exactly `count` distinct names; the same for the same roots, count and seed.

    Roots come first, in an order by the seed; then three near variants to two far ones.
    """
    rng = random.Random(seed)
    order = rng.sample(range(len(roots)), len(roots))
    made = [MadeName(roots[root], root, "real") for root in order[:count]]
    seen = {name.name for name in made}
    while len(made) < count:
        root = rng.randrange(len(roots))
        near = rng.random() < 0.6
        name = (_near if near else _far)(roots[root], rng)
        if name not in seen:
            seen.add(name)
            made.append(MadeName(name, root, "near" if near else "far"))
    return made


def _is_latin(name: str) -> bool:
    # The last letter of Latin Extended-B is U+024F.
    return all(char < "\u0250" or not char.isalpha() for char in name)


def _near(name: str, rng: random.Random) -> str:
    """Written as another text might write the same thing."""
    match rng.randrange(6):
        case 0:
            return rng.choice((name.upper(), name.lower(), name.title()))
        case 1:
            return f"the {_misspelt(name, rng)}"
        case 2:
            return f"{name} {rng.choice(_LEGAL_FORMS)}"
        case 3 if " " in name:
            first, rest = name.split(" ", 1)
            return f"{rest}, {first}"
        case 4:
            return f"{_misspelt(name, rng)}s"
        case _:
            return _misspelt(_misspelt(name, rng), rng)


def _misspelt(name: str, rng: random.Random) -> str:
    at = rng.randrange(len(name))
    match rng.randrange(3):
        case 0:
            return name[:at] + name[at + 1 : at + 2] + name[at : at + 1] + name[at + 2 :]
        case 1:
            return name[:at] + name[at + 1 :] or name
        case _:
            return name[:at] + name[at] + name[at:]


def _far(name: str, rng: random.Random) -> str:
    """A thing of its own that is called after the first."""
    match rng.randrange(4):
        case 0:
            return f"{rng.choice(_PLACES)} {name}"
        case 1:
            return f"{name} {rng.choice(_THINGS)}"
        case 2:
            return f"{name} {rng.choice(_THINGS)} {rng.randint(1, 300)}"
        case _:
            return f"{rng.choice(_THINGS)} of {rng.choice(_PLACES)} {name}"


def _phrases(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield from _PHRASE.findall(json.loads(line)["text"])


def _mentions(path: Path) -> Iterator[str]:
    for document in json.loads(path.read_text(encoding="utf-8")):
        for vertex in document["vertexSet"]:
            yield from (mention["name"] for mention in vertex)


def _listed(path: Path) -> Iterator[str]:
    # The parser in C is 20 times as fast; builds without it have the other one.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with path.open(encoding="utf-8") as file:
        for names in yaml.load(file, Loader=loader).values():
            yield from map(str, names)
