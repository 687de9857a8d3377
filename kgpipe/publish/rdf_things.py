"""Things as RDF: their names, classes and former ids, and the predicates between them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from kgpipe.ids import entity_id
from kgpipe.publish.alignment import Alignment
from kgpipe.publish.facts import Fact
from kgpipe.publish.iris import Iris
from kgpipe.publish.mentions import Mentions
from kgpipe.publish.terms import Block, Pair, Term, is_language, known, text, typed
from kgpipe.publish.values import date_of
from kgpipe.text.normalise import normalise_name
from kgpipe.types import Document, Entity, Kind


class Wordings:
    """In which languages names and predicates were read; imported ones have none.

    Args:
        documents: in which they were read, by id.
        alignment: tells the languages of passages.
    """

    def __init__(self, documents: Mapping[str, Document], *, alignment: Alignment) -> None:
        self._documents = documents
        self._alignment = alignment
        self._names: dict[str, Counter[str]] = defaultdict(Counter)
        self._predicates: dict[str, Counter[str]] = defaultdict(Counter)

    def add(self, fact: Fact) -> None:
        """Note what passages call the claim's things and its predicate."""
        predicate = self._predicates[fact.claim.predicate]
        for triple in fact.support:
            if triple.imported or triple.evidence is None:
                continue
            document = self._documents[triple.document_id]
            language = self._alignment.language_at(document, triple.evidence.span.start)
            if is_language(language):
                self._names[triple.subject][language] += 1
                self._names[triple.object][language] += 1
                predicate[language] += 1

    @property
    def predicates(self) -> list[str]:
        """All predicates, sorted."""
        return sorted(self._predicates)

    def name(self, name: str) -> Term:
        """A name, tagged with its language."""
        return text(name, _most_frequent(self._names.get(name)))

    def predicate(self, predicate: str) -> Term:
        """A predicate, tagged with its language."""
        return text(predicate, _most_frequent(self._predicates.get(predicate)))


def _most_frequent(counts: Mapping[str, int] | None) -> str:
    """The language of most mentions, of equally many the first in the alphabet; "" of none."""
    return min(counts, key=lambda language: (-counts[language], language)) if counts else ""


def describe_entity(
    entity: Entity, *, wordings: Wordings, mentions: Mentions, alignment: Alignment, iris: Iris
) -> Block:
    """Names, classes, who else knows the thing, and how often it is named."""
    pairs: list[Pair] = [
        (known("rdf:type"), _class("", iris)),
        (known("skos:prefLabel"), wordings.name(entity.name)),
    ]
    for name in entity.names:
        if name != entity.name:
            pairs.append((known("skos:altLabel"), wordings.name(name)))
    if entity.kind:
        pairs.append((known("rdf:type"), _class(entity.kind, iris)))
        if outer := alignment.class_of(entity.kind):
            pairs.append((known("rdf:type"), f"<{outer.iri}>"))
    if entity.kind == "date" and (date := date_of(entity.name)):
        pairs.append((iris.term("date"), date))
    if same := alignment.same_as(entity):
        pairs.append((known("owl:sameAs"), f"<{same}>"))
    facts, documents = mentions.count(entity.id)
    if facts:
        pairs.append((iris.term("facts"), typed(str(facts), "integer")))
        pairs.append((iris.term("documents"), typed(str(documents), "integer")))
    return iris.graph("entities"), iris.name("entity", entity.id), False, pairs


def describe_replaced(entities: Iterable[Entity], *, iris: Iris) -> Iterator[Block]:
    """The ids that names of an entity had while they stood alone, and have no more.

    An entity's id is that of the first of its names, so those of the others tell the ids that any
    merge into it has replaced. Where contexts put one name into several entities, its own id leads
    to each of them.
    """
    used = {entity.id for entity in entities}
    for entity in entities:
        former = {entity_id(normalise_name(name)) for name in entity.names} - used
        for one in sorted(former):
            replaced = (known("dcterms:isReplacedBy"), iris.name("entity", entity.id))
            yield iris.graph("entities"), iris.name("entity", one), False, [replaced]


def describe_classes(kinds: Iterable[Kind], *, alignment: Alignment, iris: Iris) -> Iterator[Block]:
    """Classes by kind, tied to those of the schema."""
    graph, root = iris.graph("entities"), _class("", iris)
    kind_of_thing = known("rdf:type"), known("rdfs:Class")
    yield graph, root, False, [kind_of_thing, (known("rdfs:label"), text("entity", "en"))]
    for kind in kinds:
        if not kind:
            continue
        pairs = [
            kind_of_thing,
            (known("rdfs:label"), text(kind, "en")),
            (known("rdfs:subClassOf"), root),
        ]
        outer = alignment.classes_of(kind)
        if len(outer) == 1:
            pairs.append((known("rdfs:subClassOf"), f"<{outer[0].iri}>"))
        yield graph, _class(kind, iris), False, pairs
        for cls in outer:
            about = [
                (known("rdf:type"), known("owl:Class")),
                (known("rdfs:label"), text(cls.name)),
                *([(known("rdfs:comment"), text(cls.definition))] if cls.definition else []),
            ]
            if len(outer) > 1:
                about.append((known("rdfs:subClassOf"), _class(kind, iris)))
            yield graph, f"<{cls.iri}>", False, about


def describe_predicates(wordings: Wordings, *, alignment: Alignment, iris: Iris) -> Iterator[Block]:
    """Predicates, tied to the relations of the schema that they are worded as."""
    for predicate in wordings.predicates:
        pairs = [
            (known("rdf:type"), known("rdf:Property")),
            (known("rdfs:label"), wordings.predicate(predicate)),
        ]
        if relation := alignment.relation_of(predicate):
            pairs.append((known("rdfs:subPropertyOf"), f"<{relation}>"))
        subject = f"<{iris.mint_predicate(predicate)}>"
        yield iris.graph("entities"), subject, False, pairs


def describe_things(
    entities: Iterable[Entity],
    *,
    wordings: Wordings,
    mentions: Mentions,
    alignment: Alignment,
    iris: Iris,
) -> Iterator[Block]:
    """Everything that stands in `graph:entities`; `entities` are read more than once."""
    kinds: set[Kind] = set()
    for entity in entities:
        kinds.add(entity.kind)
        yield describe_entity(
            entity, wordings=wordings, mentions=mentions, alignment=alignment, iris=iris
        )
    yield from chain(
        describe_replaced(entities, iris=iris),
        describe_classes(sorted(kinds), alignment=alignment, iris=iris),
        describe_predicates(wordings, alignment=alignment, iris=iris),
    )


def _class(kind: Kind, iris: Iris) -> Term:
    return iris.name("class", kind.capitalize() or "Entity")
