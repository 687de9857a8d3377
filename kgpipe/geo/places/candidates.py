"""Where the entities of a graph may lie.

The user's layers tell it, coordinates in the documents' texts, the gazetteer, or facts about what
they are located in.

Nothing is decided here that the sources leave open: every candidate stands with its probability.
Layers and texts are about this very entity, each as likely to be right; where both know a place and
it is the same one, both count for it. The gazetteer, whose namesakes may be anywhere, is asked only
about the others.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from kgpipe.geo.places.coordinates import Coordinates, find_coordinates
from kgpipe.geo.places.gazetteer import Context, Gazetteer, fold
from kgpipe.geo.places.layers import Feature, Layer
from kgpipe.geo.places.shapes import centre_of, distance_km, reach_km
from kgpipe.tiles import Place
from kgpipe.types import Claim, Document, Entity, Graph, Kind

LOCATED_KINDS: frozenset[Kind] = frozenset(("place", "site"))
# Organisations have no place of their own, but coordinates and facts may give them one.
_PLACED_KINDS = LOCATED_KINDS | {"organisation"}
# What a fact says whose object tells where its subject lies (en, es, pt, fr).
_LOCATED_IN = re.compile(
    r"(?:(?:be|is|are|was|está|fica|se encuentra|es|é|est)\s+)?"
    r"(?:located|situated|based|headquartered|lies?|operates?|works?|mines?|ubicad[oa]|situad[oa]"
    r"|localizad[oa]|opera|située?|basée?)?\s*(?:in|on|at|near|en|em|no|na|à|dans)",
    re.IGNORECASE,
)
# A name this far from coordinates in its paragraph is not what they are about.
_BEFORE, _AFTER = 200, 60
# "DR" or "Sur" would be found everywhere.
_SHORTEST_NAME = 4
# Two sources mean the same place when they are as near as this beyond their radii.
_AGREE_KM = 5.0
_DIGITS = 4


def find_places(
    graph: Graph, *, layers: Sequence[Layer] = (), gazetteer: Gazetteer | None = None
) -> dict[str, tuple[Place, ...]]:
    """The candidates of each entity that has some, the most probable first, by entity id."""
    placed = [entity for entity in graph.entities if entity.kind in _PLACED_KINDS]
    from_layers = _find_in_layers(placed, layers)
    from_texts = find_in_texts(placed, graph.documents)
    contexts = _collect_contexts(graph, gazetteer) if gazetteer else {}
    found: dict[str, tuple[Place, ...]] = {}
    for entity in placed:
        own = [source[entity.id] for source in (from_layers, from_texts) if entity.id in source]
        if own:
            found[entity.id] = _join(own)
        elif gazetteer is not None and entity.kind in LOCATED_KINDS and _is_proper(entity):
            context = contexts.get(entity.id, Context())
            if listed := gazetteer.find(entity.names, context=context):
                found[entity.id] = listed
    return found | _find_by_facts(graph, placed, found)


def _is_proper(entity: Entity) -> bool:
    """Whether some name has a capital: towns are called Port, but few ports are."""
    return any(name != name.casefold() for name in entity.names)


def _find_in_layers(
    entities: Iterable[Entity], layers: Sequence[Layer]
) -> dict[str, tuple[Place, ...]]:
    """Features of the same name; several of one name share its probability."""
    by_name: defaultdict[str, list[tuple[Layer, Feature]]] = defaultdict(list)
    for layer in layers:
        for feature in layer.features:
            by_name[fold(feature.name)].append((layer, feature))
    found: dict[str, tuple[Place, ...]] = {}
    for entity in entities:
        if entity.kind not in LOCATED_KINDS:
            continue
        names = {fold(name) for name in entity.names}
        places = [place_of(feature, layer) for name in sorted(names) for layer, feature in
                  by_name.get(name, ())]  # fmt: skip
        if places:
            share = round(1 / len(places), _DIGITS)
            found[entity.id] = tuple(
                place.model_copy(update={"probability": share}) for place in places
            )
    return found


def place_of(feature: Feature, layer: Layer) -> Place:
    """A feature as a candidate, with its outline."""
    lon, lat = centre_of(feature.shape)
    return Place(
        name=feature.name, source=layer.source, identifier=feature.identifier, lon=lon, lat=lat,
        radius_km=reach_km(feature.shape, lon, lat),
        wkt=feature.shape.wkt if feature.shape.geom_type != "Point" else "",
    )  # fmt: skip


def find_in_texts(
    entities: Sequence[Entity], documents: Iterable[Document]
) -> dict[str, tuple[Place, ...]]:
    """Coordinates that stand beside a name; each is that of the nearest name in its paragraph.

    The source of a place is a span of its document as RFC 5147 writes it, `ID#char=10,42`, which
    holds name and coordinates and is its `quote`.
    """
    patterns = {
        entity.id: re.compile(
            "|".join(rf"\b{re.escape(name)}\b" for name in sorted(names, key=len, reverse=True)),
            re.IGNORECASE,
        )
        for entity in entities
        if (names := [name for name in entity.names if len(name) >= _SHORTEST_NAME])
    }
    called = {entity.id: entity.name for entity in entities}
    found: defaultdict[str, list[Place]] = defaultdict(list)
    for document in sorted(documents, key=lambda one: one.id):
        for stated in find_coordinates(document.text):
            if (beside := _nearest_name(document.text, stated, patterns)) is not None:
                entity_id, start, end = beside
                found[entity_id] += _places_stated(called[entity_id], document, stated, start, end)
    return {entity_id: _share(places) for entity_id, places in found.items()}


def _nearest_name(
    text: str, stated: Coordinates, patterns: Mapping[str, re.Pattern[str]]
) -> tuple[str, int, int] | None:
    """The entity whose name is nearest, and the span from the name to the coordinates."""
    start = max(text.rfind("\n\n", 0, stated.start) + 1, stated.start - _BEFORE, 0)
    stop = text.find("\n\n", stated.end)
    stop = min(len(text) if stop < 0 else stop, stated.end + _AFTER)
    best: tuple[int, int, str, int, int] | None = None
    for entity_id, pattern in patterns.items():
        for match in pattern.finditer(text, start, stop):
            gap = max(stated.start - match.end(), match.start() - stated.end)
            if gap < 0:
                continue
            span = min(match.start(), stated.start), max(match.end(), stated.end)
            # Of two names at the same place the longer one is meant.
            rank = (gap, match.start() - match.end(), entity_id, *span)
            best = rank if best is None else min(best, rank)
    return None if best is None else best[2:]


def _places_stated(
    name: str, document: Document, stated: Coordinates, start: int, end: int
) -> list[Place]:
    return [
        Place(
            name=name, source=f"{document.id}#char={start},{end}", lon=lon, lat=lat,
            radius_km=stated.radius_km, quote=document.text[start:end],
            probability=round(1 / len(stated.readings), _DIGITS),
        )
        for lon, lat in stated.readings
    ]  # fmt: skip


def _share(places: Sequence[Place]) -> tuple[Place, ...]:
    """The same coordinates stated twice are one candidate, and likelier than others."""
    merged: dict[tuple[float, float], Place] = {}
    weights: defaultdict[tuple[float, float], float] = defaultdict(float)
    for place in places:
        merged.setdefault((place.lon, place.lat), place)
        weights[place.lon, place.lat] += place.probability
    total = sum(weights.values())
    return _rank(
        place.model_copy(update={"probability": round(weights[key] / total, _DIGITS)})
        for key, place in merged.items()
    )


def _join(sources: Sequence[Sequence[Place]]) -> tuple[Place, ...]:
    """The candidates of all sources; what another one agrees with is likelier."""
    share = 1 / len(sources)
    joined = []
    for number, places in enumerate(sources):
        others = [one for at, theirs in enumerate(sources) if at != number for one in theirs]
        for place in places:
            agreeing = sum(other.probability for other in others if _agree(place, other))
            probability = min(1.0, (place.probability + min(agreeing, 1.0)) * share)
            joined.append(place.model_copy(update={"probability": round(probability, _DIGITS)}))
    return _rank(joined)


def _agree(one: Place, other: Place) -> bool:
    apart = float(distance_km(one.lon, one.lat, other.lon, other.lat))  # type: ignore[arg-type]
    return apart <= one.radius_km + other.radius_km + _AGREE_KM


def _rank(places: Iterable[Place]) -> tuple[Place, ...]:
    return tuple(sorted(places, key=lambda p: (-p.probability, p.source, p.name, p.lon, p.lat)))


def _find_by_facts(
    graph: Graph, entities: Iterable[Entity], found: Mapping[str, tuple[Place, ...]]
) -> dict[str, tuple[Place, ...]]:
    """Candidates of what an entity is located in, where it has none of its own."""
    quotes = {one.id: one.evidence.quote for one in graph.triples if one.evidence}
    located: defaultdict[str, list[tuple[Claim, tuple[Place, ...]]]] = defaultdict(list)
    for claim in sorted(graph.claims, key=lambda claim: claim.id):
        if claim.negated or claim.subject_id in found or claim.object_id not in found:
            continue
        if _LOCATED_IN.fullmatch(claim.predicate):
            located[claim.subject_id].append((claim, found[claim.object_id]))
    by_facts: dict[str, tuple[Place, ...]] = {}
    for entity in entities:
        if not (claims := located.get(entity.id)):
            continue
        share = 1 / len(claims)
        by_facts[entity.id] = _rank(
            place.model_copy(
                update={
                    "probability": round(place.probability * share, _DIGITS),
                    "quote": next((quotes[one] for one in claim.support if one in quotes), ""),
                }
            )
            for claim, places in claims
            for place in places
        )
    return by_facts


def _collect_contexts(graph: Graph, gazetteer: Gazetteer) -> dict[str, Context]:
    """The countries that stand in each entity's facts, and in the documents of these."""
    country = {
        entity.id: frozenset(gazetteer.countries_of(entity.names))
        for entity in graph.entities
        if entity.kind in ("", *LOCATED_KINDS)
    }
    facts: defaultdict[str, set[str]] = defaultdict(set)
    read_in: defaultdict[str, set[str]] = defaultdict(set)
    named_in: defaultdict[str, set[str]] = defaultdict(set)
    for claim in graph.claims:
        ends = claim.subject_id, claim.object_id
        for one, other in (ends, ends[::-1]):
            facts[one] |= country.get(other, frozenset())
            read_in[one].update(claim.documents)
            for document in claim.documents:
                named_in[document] |= country.get(one, frozenset())
    return {
        entity.id: Context(
            frozenset(facts[entity.id]), _countries_near(read_in[entity.id], named_in)
        )
        for entity in graph.entities
    }


def _countries_near(
    documents: Collection[str], named_in: Mapping[str, Collection[str]]
) -> frozenset[str]:
    return frozenset(code for document in documents for code in named_in[document])
