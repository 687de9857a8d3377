"""What a graph may say: the classes and relations that a schema file declares.

Readers of the file formats make a `Schema` (`extract.schema_files`, `backends.schema_turtle`); a
prompt shows it, extractors aim at it, and `extract.conform` holds candidates against it.
"""

import re
from functools import lru_cache
from typing import Literal

from kgpipe.ids import content_id
from kgpipe.types import Kind, Record

Fault = Literal["relation_not_in_schema", "domain_mismatch", "range_mismatch"]

# Words that tell a class's kind, the more special first: "mining site" is a site, not a process.
_KIND_WORDS: tuple[tuple[Kind, str], ...] = (
    ("date", "date year time datetime day month century period gyear"),
    ("quantity", "quantity number integer float double decimal count amount measure percentage"),
    ("site", "site mine facility plant airport building monument stadium dam reserve settlement"),
    ("place", "place location country city town state region municipality province district river "
              "lake mountain continent village county island area"),
    ("law", "law act treaty convention regulation decree policy legislation"),
    ("document", "document report book article work film album song text title novel"),
    ("organisation", "organisation organization company agency institution university school club "
                     "team party ministry government band cooperative"),
    ("person", "person human people actor miner politician athlete writer scientist worker"),
    ("substance", "substance chemical material mineral metal ore reagent ingredient food"),
    ("process", "process activity technique method event mission impact practice"),
)  # fmt: skip
_WORD_KINDS = {word: kind for kind, words in _KIND_WORDS for word in words.split()}
# Things of these kinds pass for one another: a mine is a place, and a government names a country.
_ALIKE: tuple[frozenset[Kind], ...] = (
    frozenset({"place", "site"}),
    frozenset({"organisation", "place"}),
    frozenset({"organisation", "person"}),
    frozenset({"organisation", "site"}),
    frozenset({"law", "document"}),
)


class SchemaClass(Record):
    """A class of things; `parents` are names of classes, `kind` what the pipeline calls it."""

    name: str
    definition: str = ""
    parents: tuple[str, ...] = ()
    iri: str = ""
    kind: Kind = ""


class SchemaRelation(Record):
    """A relation. `domain` and `range` name classes of which one must fit; empty: anything.

    `label` is how a text says it ("is located in"), `also` are other wordings. A `functional`
    relation has one value at most.
    """

    name: str
    label: str = ""
    also: tuple[str, ...] = ()
    definition: str = ""
    domain: tuple[str, ...] = ()
    range: tuple[str, ...] = ()
    inverse: str = ""
    iri: str = ""
    functional: bool = False


class Schema(Record):
    """Classes and relations in the order of their file; names are unique within each."""

    name: str
    classes: tuple[SchemaClass, ...] = ()
    relations: tuple[SchemaRelation, ...] = ()

    @property
    def digest(self) -> str:
        """Changes with anything that the schema says: part of the extraction's fingerprint."""
        return content_id("schema", self.model_dump(mode="json")).removeprefix("schema-")

    def find_relation(self, name: str) -> SchemaRelation | None:
        """The relation of that name or label; case, blanks and underscores do not matter."""
        return _index_relations(self.relations).get(spell_out(name))

    def ancestors(self, name: str) -> list[str]:
        """The class itself and all that it is a subclass of, nearest first."""
        classes = _index_classes(self.classes)
        found = [name]
        for current in found:
            declared = classes.get(current)
            found += [p for p in (declared.parents if declared else ()) if p not in found]
        return found

    def kind_of(self, name: str) -> Kind:
        """The kind of a class: its own, a word of its name's, or a parent's; "" if unknown."""
        for ancestor in self.ancestors(name):
            declared = _index_classes(self.classes).get(ancestor)
            if declared and declared.kind:
                return declared.kind
            for word in reversed(spell_out(ancestor).split()):
                if word in _WORD_KINDS:
                    return _WORD_KINDS[word]
        return ""

    def kinds_of(self, names: tuple[str, ...]) -> frozenset[Kind]:
        """The kinds of several classes; empty if one of them may be anything."""
        kinds = frozenset(self.kind_of(name) for name in names)
        return frozenset() if "" in kinds else kinds

    def fault(
        self,
        predicate: str,
        *,
        subject_kind: Kind = "",
        object_kind: Kind = "",
        subject_type: str = "",
        object_type: str = "",
    ) -> tuple[Fault, str] | None:
        """Why a statement does not fit: (reason, explanation), or None if it does.

        An end is held against its class where it names one of the schema's, else against its
        kind; an end of no kind, or of the kind "other", fits everywhere.
        """
        relation = self.find_relation(predicate)
        if relation is None:
            return "relation_not_in_schema", f"{self.name} has no relation {predicate!r}"
        ends: tuple[tuple[Fault, str, tuple[str, ...], str, Kind], ...] = (
            ("domain_mismatch", "subject", relation.domain, subject_type, subject_kind),
            ("range_mismatch", "object", relation.range, object_type, object_kind),
        )
        for reason, end, allowed, cls, kind in ends:
            if not self._fits(allowed, cls, kind):
                what = cls or kind
                wanted = " or ".join(allowed)
                return reason, f"the {end} is a {what}, {relation.name} wants a {wanted}"
        return None

    def _fits(self, allowed: tuple[str, ...], cls: str, kind: Kind) -> bool:
        if not allowed:
            return True
        classes = _index_classes(self.classes)
        if cls in classes and all(name in classes for name in allowed):
            return bool(set(self.ancestors(cls)) & set(allowed))
        kinds = self.kinds_of(allowed)
        return not kinds or any(fits_kind(kind, wanted) for wanted in kinds)


@lru_cache(maxsize=8)
def _index_relations(relations: tuple[SchemaRelation, ...]) -> dict[str, SchemaRelation]:
    known: dict[str, SchemaRelation] = {}
    for relation in relations:
        for name in (relation.name, relation.label, *relation.also):
            if name:
                known.setdefault(spell_out(name), relation)
    return known


@lru_cache(maxsize=8)
def _index_classes(classes: tuple[SchemaClass, ...]) -> dict[str, SchemaClass]:
    return {cls.name: cls for cls in classes}


def fits_kind(kind: Kind, wanted: Kind) -> bool:
    """Whether a thing of `kind` passes for one of kind `wanted`."""
    unknown = kind in {"", "other"} or wanted in {"", "other"}
    return unknown or kind == wanted or frozenset({kind, wanted}) in _ALIKE


def spell_out(name: str) -> str:
    """`hasToItsNorth`, `has_to_its_north` and "has to its North" in one form: lower-case words."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return " ".join(re.findall(r"[^\W_]+", parted)).casefold()
