"""Alias tables: names that are the same by agreement, such as Brasil and Brazil."""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, get_args

from kgpipe.assets import asset_path
from kgpipe.dedupe.normalise import form_of
from kgpipe.errors import UsageError
from kgpipe.ids import content_digest
from kgpipe.settings import DedupeSettings
from kgpipe.text.absolute_iris import is_iri
from kgpipe.types import Kind

_BUILT_IN = ("data/dedupe/aliases.csv", "data/dedupe/countries.csv")
_COLUMNS = {"canonical", "alias", "kind", "language", "identifier"}
_REQUIRED = {"canonical", "alias"}
_WORD = re.compile(r"[^\W_]+(?:[-'\u2019.][^\W_]+)*")
# The longest names of the tables ("Democratic Republic of the Congo") have as many words.
_MAX_WORDS = 8
# A longer name is a text: each of its words that has another name would make a copy of it.
_MAX_NAME_CHARS = 300


class Alias(NamedTuple):
    """`alias` stands for `canonical`, for names of `kind` ("": any); `identifier` is its IRI."""

    canonical: str
    alias: str
    kind: Kind
    identifier: str = ""


def built_in_aliases() -> list[Alias]:
    """The rows of the tables that travel with kgpipe."""
    return [alias for name in _BUILT_IN for alias in read_aliases(asset_path(name))]


def read_tables(settings: DedupeSettings) -> tuple[list[Alias], list[Alias]]:
    """The user's rows, and those that travel with kgpipe, as far as they are in use.

    Raises:
        UsageError: the user's alias table cannot be read.
    """
    user = read_aliases(Path(settings.aliases)) if settings.aliases else []
    return user, built_in_aliases() if settings.built_in_aliases else []


def listed_keys(settings: DedupeSettings) -> frozenset[str]:
    """Keys of all names that the tables in use hold.

    Raises:
        UsageError: the user's alias table cannot be read.
    """
    rows = [row for table in read_tables(settings) for row in table]
    return frozenset(form_of(name).key for row in rows for name in (row.canonical, row.alias))


def canonical_keys(settings: DedupeSettings) -> frozenset[str]:
    """Keys of the names that the tables in use hold as names of their own.

    Raises:
        UsageError: the user's alias table cannot be read.
    """
    rows = [row for table in read_tables(settings) for row in table]
    return frozenset(form_of(row.canonical).key for row in rows)


def region_words(settings: DedupeSettings) -> frozenset[tuple[str, ...]]:
    """The words of all places that the tables in use hold.

    Raises:
        UsageError: the user's alias table cannot be read.
    """
    rows = [row for table in read_tables(settings) for row in table if row.kind == "place"]
    return frozenset(form_of(name).words for row in rows for name in (row.canonical, row.alias))


def read_aliases(path: Path) -> list[Alias]:
    """Read a CSV with columns canonical, alias and, if given, kind, language and identifier.

    Raises:
        UsageError: unreadable file, a missing or unknown column, a row with an empty name, an
            unknown kind or no IRI for identifier, an alias that already stands for another name,
            or a second identifier of one thing; the message names the line.
    """
    rows = list(_read_rows(path))
    seen: dict[tuple[str, Kind], tuple[str, int]] = {}
    identified: dict[str, tuple[str, int]] = {}
    for line, row in rows:
        key, canonical = form_of(row.alias).key, form_of(row.canonical).key
        before, first = seen.setdefault((key, row.kind), (canonical, line))
        if before != canonical:
            raise UsageError(
                f"{path}, line {line}: {row.alias!r} stands for another name in line {first}."
            )
        iri, first = identified.setdefault(canonical, (row.identifier, line))
        if row.identifier and not iri:
            identified[canonical] = row.identifier, line
        elif row.identifier and row.identifier != iri:
            raise UsageError(
                f"{path}, line {line}: {row.canonical!r} has another identifier in line {first}."
            )
    return [row for _, row in rows]


def group_names(
    rows: Iterable[Alias], definitions: Iterable[tuple[str, str]] = ()
) -> dict[str, tuple[str, ...]]:
    """The names of one thing, sorted, under the key of each of them.

    Args:
        rows: rows of alias tables.
        definitions: (short, long) acronym pairs that texts define. A short form that a table
            knows, or that stands for two things, is left out.
    """
    groups: dict[str, set[str]] = defaultdict(set)
    canonical: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        home = form_of(row.canonical).key
        groups[home] |= {row.canonical, row.alias}
        for name in (row.canonical, row.alias):
            canonical[form_of(name).key].add(home)
    known = set(canonical)
    for short, long in definitions:
        key, home = form_of(short).key, form_of(long).key
        home = next(iter(canonical[home])) if len(canonical[home]) == 1 else home
        if key not in known:
            groups[home] |= {short, long}
            canonical[key].add(home)
            canonical[form_of(long).key].add(home)
    return {
        key: tuple(sorted(groups[next(iter(homes))]))
        for key, homes in canonical.items()
        if len(homes) == 1
    }


def other_names(name: str, groups: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """What else `name` is called, as a whole or in one of its parts ("plan of the DRC").

    The longest parts come first and do not overlap, so that the Republic of the Congo is not found
    in the Democratic Republic. Written in capitals, a part is found in capitals only.
    """
    words = list(_WORD.finditer(name)) if len(name) <= _MAX_NAME_CHARS else []
    found: dict[str, None] = {}
    free = [True] * len(words)
    for size in range(min(_MAX_WORDS, len(words)), 0, -1):
        for at in range(len(words) - size + 1):
            if not all(free[at : at + size]):
                continue
            start, end = words[at].start(), words[at + size - 1].end()
            part = name[start:end]
            names = groups.get(form_of(part).key, ())
            if not names or (part.islower() and _is_capitals_only(part, names)):
                continue
            free[at : at + size] = [False] * size
            found |= dict.fromkeys(name[:start] + other + name[end:] for other in names)
    return tuple(other for other in found if other != name)


def alias_digests(settings: DedupeSettings) -> list[str]:
    """Digests of all alias tables that resolution reads, for the stage's fingerprint."""
    paths = [asset_path(name) for name in _BUILT_IN] if settings.built_in_aliases else []
    if settings.aliases:
        paths.append(Path(settings.aliases))
    return [content_digest(_read_bytes(path)) for path in paths]


def _is_capitals_only(part: str, names: Iterable[str]) -> bool:
    """Whether the tables write `part` as an acronym only ("gold", the programme GOLD)."""
    key = form_of(part).key
    spellings = [name for name in names if form_of(name).key == key]
    return bool(spellings) and all(any(c.isupper() for c in name[1:]) for name in spellings)


def _read_rows(path: Path) -> Iterator[tuple[int, Alias]]:
    try:
        # Excel writes a byte order mark.
        text = _read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8: save it as CSV UTF-8.") from error
    reader = csv.DictReader(io.StringIO(text, newline=""))
    columns = set(reader.fieldnames or ())
    if not _REQUIRED <= columns <= _COLUMNS:
        raise UsageError(
            f"{path}, line 1: the columns are {', '.join(sorted(columns)) or 'missing'}; expected "
            "canonical,alias and, if you like, kind,language,identifier."
        )
    for row in reader:
        yield reader.line_num, _parse_row(row, path=path, line=reader.line_num)


def _parse_row(row: dict[str, str], *, path: Path, line: int) -> Alias:
    if None in row or None in row.values():
        raise UsageError(f"{path}, line {line}: wrong number of fields (quote names with commas).")
    canonical, alias, kind = row["canonical"].strip(), row["alias"].strip(), row.get("kind", "")
    if not canonical or not alias:
        raise UsageError(f"{path}, line {line}: canonical and alias must not be empty.")
    identifier = row.get("identifier", "").strip()
    if identifier and not is_iri(identifier):
        raise UsageError(
            f"{path}, line {line}: the identifier {identifier!r} is no IRI, such as "
            "https://www.wikidata.org/entity/Q925."
        )
    for known in get_args(Kind):
        if kind.strip() == known:
            return Alias(canonical, alias, known, identifier)
    raise UsageError(
        f"{path}, line {line}: unknown kind {kind!r}; use one of {', '.join(get_args(Kind)[1:])}."
    )


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"Cannot read the alias table {path}: {error.strerror}.") from error
