"""Links the entities of a workspace to satellite tiles, and keeps the links in the workspace.

An entity's links are a result like that of any stage: made again only if what they rest on changed,
which is what is said about the entity, where it may lie, the tiles, the model and the weights.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from kgpipe.errors import UsageError
from kgpipe.geo.places.calibration import LinkModel, load_link_model
from kgpipe.geo.places.candidates import LOCATED_KINDS, find_places
from kgpipe.geo.places.entity_text import describe_entity
from kgpipe.geo.places.gazetteer import is_installed, open_gazetteer
from kgpipe.geo.places.layers import Layer, refuse_exchanged
from kgpipe.geo.places.link import LinkQuestion, TileIndexView, link_entity
from kgpipe.ids import content_digest, content_id
from kgpipe.pipeline import load_graph
from kgpipe.ports import Port, TileEncoder
from kgpipe.tiles import EntityLinks, Place, Tile
from kgpipe.types import Claim, Entity, Graph, Rejection
from kgpipe.workspace import Workspace

STAGE = "link"
# Raise it when the same question gives other links.
_VERSION = "1"
# How a count names the places that a text tells; others are named by their file or gazetteer.
_FROM_TEXT = "text"


@dataclass(frozen=True)
class Linked:
    """What linking found, an item an entity that has a place, or could have one.

    Attributes:
        entities: how many could have a place.
        sources: how many got one, by its source; an entity with several counts for each.
        ambiguous: how many may be several places.
        found: places and links of each entity.
        names: of the entities, by id.
        rejections: features of layers that were left out.
        gazetteer: whether there was one.
    """

    entities: int
    sources: Counter[str]
    ambiguous: int
    found: Sequence[EntityLinks]
    names: dict[str, str]
    rejections: Sequence[Rejection]
    gazetteer: bool

    @property
    def links(self) -> int:
        """How many links there are."""
        return sum(len(one.links) for one in self.found)


def link_workspace(
    workspace: Workspace,
    *,
    encoder: Port[TileEncoder],
    index: TileIndexView,
    index_digest: str,
    layers: Sequence[Layer] = (),
    least: float = 0.5,
    limit: int = 10,
    model: LinkModel | None = None,
) -> Linked:
    """Link the entities of the latest run to tiles.

    Args:
        workspace: keeps the links; those of an earlier call are replaced.
        encoder: that also made the index.
        index: the tiles.
        index_digest: of tiles and vectors.
        layers: the user's own places.
        least: probability of a link.
        limit: links an entity.
        model: weights; by default those that ship.

    Raises:
        UsageError: there is no graph or no tile yet, or a layer has its axes exchanged.
        KgpipeError: the weights are unusable.
    """
    graph = load_graph(workspace, traces=False)
    if not graph.entities:
        raise UsageError(
            f"The workspace {workspace.folder} holds no entities yet: kgpipe run first."
        )
    if not index.tiles:
        raise UsageError("The index holds no tiles: make one with kgpipe geo embed.")
    located = index.located
    for layer in layers:
        refuse_exchanged(layer, index.lons[located], index.lats[located])
    weights = model or load_link_model()
    questions = ask_places(graph, layers=layers)
    rejections = [
        one.model_copy(update={"stage": STAGE}) for layer in layers for one in layer.rejections
    ]
    results = workspace.map(
        STAGE,
        partial(link_entity, index=index, model=weights, least=least, limit=limit),
        questions, key=_key, name=_name, returns=EntityLinks, version=_VERSION,
        data=[index_digest, weights.digest, repr(least), str(limit)],
        rejected=rejections, encoder=encoder,
    )  # fmt: skip
    found = [one for one in results if isinstance(one, EntityLinks)]
    return Linked(
        entities=sum(entity.kind in LOCATED_KINDS for entity in graph.entities),
        sources=Counter(name for one in found for name in {_source(p) for p in one.places}),
        ambiguous=sum(len(one.places) > 1 for one in found),
        found=found,
        names={entity.id: entity.name for entity in graph.entities},
        rejections=rejections,
        gazetteer=is_installed(),
    )


def ask_places(graph: Graph, *, layers: Sequence[Layer]) -> list[LinkQuestion]:
    """A question for each entity that has a place, or is one, in the order of their ids."""
    entities = {entity.id: entity for entity in graph.entities}
    names = {name for one in entities.values() if one.kind in LOCATED_KINDS for name in one.names}
    gazetteer = open_gazetteer(names) if is_installed() else None
    places = find_places(graph, layers=layers, gazetteer=gazetteer)
    claims: defaultdict[str, list[Claim]] = defaultdict(list)
    for claim in graph.claims:
        for end in {claim.subject_id, claim.object_id}:
            claims[end].append(claim)
    return [
        LinkQuestion(
            entity_id=name,
            text=describe_entity(entities[name], claims[name]),
            places=places.get(name, ()),
        )
        for name in sorted(entities)
        if name in places or entities[name].kind in LOCATED_KINDS
    ]


def read_links(workspace: Workspace, entities: Iterable[Entity]) -> list[EntityLinks]:
    """The places and links of those entities that are still there, by entity id."""
    present = {entity.id for entity in entities}
    stored = (one for one in workspace.stream(STAGE, EntityLinks) if one.entity_id in present)
    return sorted((one for one in stored if one.places or one.links), key=lambda one: one.entity_id)


def digest_index(tiles: Sequence[Tile], vectors: NDArray[np.float32]) -> str:
    """Changes with any tile or vector of an index."""
    lines = [tile.model_dump_json() for tile in tiles]
    return content_id("index", lines, content_digest(np.ascontiguousarray(vectors).tobytes()))


def refuse_other_model(model: str, index: str) -> None:
    """Stop where an index was made by another model than the one that is to read it.

    Raises:
        UsageError: it was.
    """
    if model != index:
        raise UsageError(
            f"The index was made by {index}, and the model is {model}: their vectors have nothing "
            "in common. Name the model that made it, or make it anew with kgpipe geo embed."
        )


def _source(place: Place) -> str:
    return _FROM_TEXT if "#char=" in place.source else place.source


def _key(question: LinkQuestion) -> str:
    return question.key


def _name(question: LinkQuestion) -> str:
    return question.entity_id
