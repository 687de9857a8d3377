"""Names with gold entities: Re-DocRED's surface forms, country names, Amazon-Google's products."""

import json
import re
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import yaml

from kgpipe.errors import KgpipeError
from kgpipe.ids import content_digest
from kgpipe.types import Kind

_FORMS = "aliases/redocred_dev_entity_surface_forms.jsonl"
_COUNTRIES = "aliases/countrynames_data.yaml"
_PRODUCTS = "magellan_ditto/er_magellan/Structured/Amazon-Google/valid.txt"
# Its group of words that name no country.
_NO_COUNTRY = "FAIL"
_TITLE = re.compile(r"COL title VAL (.*?) COL \w+ VAL")


class NameSet(NamedTuple):
    """Names to resolve inside each `block` (a document, or all of the data), with gold entities.

    `kind` is that of all names, as `kgpipe dedupe` takes it.
    """

    names: tuple[str, ...]
    blocks: tuple[str, ...]
    gold: tuple[str, ...]
    kind: Kind = ""


class ProductPair(NamedTuple):
    """Two titles, and whether they are one product."""

    left: str
    right: str
    same: bool


def read_redocred(data: Path) -> NameSet:
    """The distinct forms of each document's entities; forms of two entities of one are left out.

    Raises:
        KgpipeError: the file is missing or has another form.
    """
    rows: list[tuple[str, str, str]] = []
    path = _path(data, _FORMS)
    try:
        for line in path.read_text(encoding="utf-8").splitlines():
            document = json.loads(line)
            meanings: defaultdict[str, set[int]] = defaultdict(set)
            for number, entity in enumerate(document["entities"]):
                for form in entity["forms"]:
                    meanings[form].add(number)
            title = document["title"]
            rows += [
                (form, title, f"{title}/{min(found)}")
                for form, found in meanings.items()
                if len(found) == 1
            ]
    except (KeyError, TypeError, ValueError) as error:
        raise KgpipeError(f"{path} has no lines of title and entities: {error}.") from error
    return _name_set(rows)


def read_countries(data: Path) -> NameSet:
    """Each variant with its country's code; names of two countries are left out.

    Raises:
        KgpipeError: the file is missing or has another form.
    """
    path = _path(data, _COUNTRIES)
    try:
        groups = yaml.safe_load(path.read_text(encoding="utf-8"))
        meanings: defaultdict[str, set[str]] = defaultdict(set)
        for code, variants in groups.items():
            for name in variants or ():
                if code != _NO_COUNTRY and str(name).strip():
                    meanings[str(name)].add(code)
    except (AttributeError, TypeError, yaml.YAMLError) as error:
        raise KgpipeError(f"{path} is no mapping of codes to lists of names: {error}.") from error
    rows = [(name, "", min(codes)) for name, codes in meanings.items() if len(codes) == 1]
    return _name_set(rows)._replace(kind="place")


def read_products(data: Path) -> list[ProductPair]:
    """Titles of the pairs in Ditto's format; maker and price are not read.

    Raises:
        KgpipeError: the file is missing or has another form.
    """
    path = _path(data, _PRODUCTS)
    pairs = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        left, right, label = [*line.split("\t"), "", ""][:3]
        titles = [_TITLE.match(side) for side in (left, right)]
        if not titles[0] or not titles[1] or label not in ("0", "1"):
            raise KgpipeError(f"{path}, line {number}: no pair of products with its label.")
        pairs.append(ProductPair(titles[0][1], titles[1][1], label == "1"))
    return pairs


def is_development(gold: str) -> bool:
    """Whether errors on an entity may be looked at: one half, by the hash of its name."""
    return int(content_digest(gold.encode())[:2], 16) % 2 == 0


def _path(data: Path, name: str) -> Path:
    path = data / name
    if not path.is_file():
        raise KgpipeError(f"There is no {name} in {data}.")
    return path


def _name_set(rows: list[tuple[str, str, str]]) -> NameSet:
    names, blocks, gold = zip(*rows, strict=True) if rows else ((), (), ())
    return NameSet(names, blocks, gold)
