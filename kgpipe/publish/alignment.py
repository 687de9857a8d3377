"""What is known beside a graph: names, classes, relations; languages and places of passages."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from kgpipe.schema import Schema, SchemaClass, spell_out
from kgpipe.text.absolute_iris import is_iri
from kgpipe.text.locate import Box, page_boxes
from kgpipe.types import Document, Entity, Kind, Span


@dataclass(frozen=True)
class Alignment:
    """`schema` is the one in use, `identifiers` map ids of entities to IRIs of the same things.

    `languages` are those of passages where a document has several: by document id the offsets
    from which on a passage is in a language, in order.
    `boxes` tell where passages stand on their pages, by document id, start and end, for a graph
    whose documents came without the words of their pages (see `locate_spans`).
    """

    schema: Schema | None = None
    identifiers: Mapping[str, str] = field(default_factory=dict)
    languages: Mapping[str, Sequence[tuple[int, str]]] = field(default_factory=dict)
    boxes: Mapping[tuple[str, int, int], Sequence[tuple[int, Box]]] = field(default_factory=dict)

    def classes_of(self, kind: Kind) -> list[SchemaClass]:
        """The schema's class of that name, else its broadest classes of that kind."""
        if self.schema is None or not kind:
            return []
        own = {cls.name: cls for cls in self.schema.classes if self._is_kind(cls, kind)}
        broadest = [
            cls
            for name, cls in own.items()
            if is_iri(cls.iri) and not any(up in own for up in self.schema.ancestors(name)[1:])
        ]
        named = [cls for cls in own.values() if spell_out(cls.name) == kind and is_iri(cls.iri)]
        return named or broadest

    def class_of(self, kind: Kind) -> SchemaClass | None:
        """The one class that all things of a kind are in; None where the schema parts them."""
        classes = self.classes_of(kind)
        return classes[0] if len(classes) == 1 else None

    def relation_of(self, predicate: str) -> str | None:
        """The IRI of the schema's relation that a predicate is worded as."""
        relation = self.schema.find_relation(predicate) if self.schema else None
        return relation.iri if relation and is_iri(relation.iri) else None

    def same_as(self, entity: Entity) -> str | None:
        """The IRI by which others know the thing."""
        found = self.identifiers.get(entity.id)
        return found if found and is_iri(found) else None

    def language_at(self, document: Document, offset: int) -> str:
        """The language of the passage at an offset; that of the document where none is known."""
        passages = self.languages.get(document.id, ())
        number = bisect_right(passages, offset, key=itemgetter(0))
        return passages[number - 1][1] if number else document.language

    def boxes_of(self, document: Document, span: Span) -> Sequence[tuple[int, Box]]:
        """The rectangles of a passage, one a page: as they are known, else by the page's words."""
        known = self.boxes.get((span.document_id, span.start, span.end))
        return page_boxes(document, span.start, span.end) if known is None else known

    def _is_kind(self, cls: SchemaClass, kind: Kind) -> bool:
        return self.schema is not None and self.schema.kind_of(cls.name) == kind


UNALIGNED = Alignment()
