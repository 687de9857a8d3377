"""By which IRIs others know the things of a graph, as far as the alias tables tell."""

from collections import defaultdict
from collections.abc import Iterable

from kgpipe.dedupe.aliases import Alias, read_tables
from kgpipe.dedupe.normalise import form_of
from kgpipe.schema import fits_kind
from kgpipe.settings import DedupeSettings
from kgpipe.types import Entity, Kind


def identify_entities(entities: Iterable[Entity], *, settings: DedupeSettings) -> dict[str, str]:
    """Identifiers by entity id.

    An entity is identified by its main name, since its others may be there by mistake. Where the
    user's table and one that travels with kgpipe differ, the user's holds; a name that stands for
    two identified things identifies nothing.

    Raises:
        UsageError: the user's alias table cannot be read.
    """
    user, built_in = map(_identified, read_tables(settings))
    found: dict[str, str] = {}
    for entity in entities:
        key = form_of(entity.name).key
        for table in (user, built_in):
            fitting = {iri for kind, iri in table.get(key, ()) if fits_kind(entity.kind, kind)}
            if fitting:
                if len(fitting) == 1:
                    found[entity.id] = fitting.pop()
                break
    return found


def _identified(rows: list[Alias]) -> dict[str, set[tuple[Kind, str]]]:
    """Kind and identifier of what each name stands for, by its key."""
    identifiers = {form_of(row.canonical).key: row.identifier for row in rows if row.identifier}
    names: defaultdict[str, set[tuple[Kind, str]]] = defaultdict(set)
    for row in rows:
        if iri := identifiers.get(form_of(row.canonical).key):
            for name in (row.canonical, row.alias):
                names[form_of(name).key].add((row.kind, iri))
    return names
