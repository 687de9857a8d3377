import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from kgpipe.errors import UsageError
from kgpipe.geo.places.calibration import LinkModel
from kgpipe.geo.places.layers import Feature, Layer
from kgpipe.geo.places.link import TileIndexView
from kgpipe.geo.places.shapes import box_around
from kgpipe.linking import (
    STAGE,
    Linked,
    digest_index,
    link_workspace,
    read_links,
    refuse_other_model,
)
from kgpipe.pipeline import load_graph
from kgpipe.ports import Port
from kgpipe.tiles import EntityLinks, Tile
from kgpipe.types import Rejection, Resolution
from kgpipe.workspace import Workspace
from tests.geo.made_tiles import TableEncoder, unit
from tests.publish.graphs import sample_graph
from tests.test_answer import fill, keep

MODEL = LinkModel(
    weights={
        "extent": (0.5, 0.1, 4.0, 2.0, -3.0), "point": (0.5, 0.1, 2.0, 2.0, -3.0),
        "text": (2.0, -8.0),
    }
)  # fmt: skip
# Ten tiles along the Beni.
TILES = [
    Tile(id=f"t{n}", source="s.tif", lon=-67.0 + n / 10, lat=-13.0,
         box=box_around(-67.0 + n / 10, -13.0, side_km=1.0), labels=("mine",))
    for n in range(10)
]  # fmt: skip
VECTORS = unit([(n / 10, 1, 0.3) for n in range(10)])
VIEW = TileIndexView(TILES, VECTORS)
BENI = Layer(
    "rivers.geojson", "d", (Feature("Rio Beni", shapely.box(-67.01, -13.1, -66.79, -12.9)),),
    (Rejection(stage="places", item="f", reason="no_name", detail=""),),
)  # fmt: skip


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return fill(Workspace(tmp_path / "w"), sample_graph())


@pytest.fixture(autouse=True)
def without_gazetteer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its package is optional, and takes seconds to read."""
    monkeypatch.setattr("kgpipe.linking.is_installed", lambda: False)


def link(workspace: Workspace, encoder: TableEncoder | None = None, **options: Any) -> Linked:
    encoder = encoder or TableEncoder({})
    given: dict[str, Any] = {
        "index": VIEW, "index_digest": digest_index(TILES, VECTORS), "layers": [BENI],
        "model": MODEL,
    }  # fmt: skip
    return link_workspace(workspace, encoder=Port(encoder.name, lambda: encoder), **given | options)


def dump(workspace: Workspace) -> list[dict[str, Any]]:
    found = read_links(workspace, load_graph(workspace).entities)
    return [json.loads(one.model_dump_json()) for one in found]


def test_a_place_is_linked_to_the_tiles_in_it(workspace: Workspace) -> None:
    linked = link(workspace)
    [found] = [one for one in linked.found if one.links]
    assert linked.names[found.entity_id] == "Río Beni"
    assert {one.tile_id for one in found.links} == {"t0", "t1", "t2"}
    assert linked.sources == {"rivers.geojson": 1}
    assert (linked.links, linked.ambiguous, len(linked.rejections)) == (3, 0, 1)
    assert read_links(workspace, load_graph(workspace).entities) == [found]


def test_a_second_time_nothing_is_done_and_the_same_is_there(workspace: Workspace) -> None:
    first, again = TableEncoder({}), TableEncoder({})
    link(workspace, first)
    before = dump(workspace), workspace.state_digest()
    link(workspace, again)
    assert first.texts and not again.texts
    assert (dump(workspace), workspace.state_digest()) == before


@pytest.mark.parametrize(
    "options",
    [
        {"least": 0.9},
        {"limit": 1},
        {"model": LinkModel(weights={**MODEL.weights, "extent": (0, 0, 9, 0, -3)})},
        {"index_digest": "other"},
        {"encoder": "table-2"},
    ],
)
def test_links_are_made_anew_when_what_they_rest_on_changes(
    workspace: Workspace, options: dict[str, Any]
) -> None:
    link(workspace)
    encoder = TableEncoder({})
    if "encoder" in options:
        options, encoder.name = {}, options["encoder"]
    link(workspace, encoder, **options)
    assert encoder.texts


def test_another_layer_makes_anew_what_it_is_about_alone(workspace: Workspace) -> None:
    link(workspace)
    encoder = TableEncoder({})
    more = Layer(
        "own.geojson", "e", (Feature("Suriname", shapely.box(-66.6, -13.1, -66.4, -12.9)),)
    )
    link(workspace, encoder, layers=[BENI, more])
    assert [text.split(",")[0] for text in encoder.texts] == ["Suriname"]


def test_links_go_with_their_entity(workspace: Workspace) -> None:
    link(workspace)
    graph = load_graph(workspace)
    rest = tuple(one for one in graph.entities if one.name != "Río Beni")
    assert read_links(workspace, graph.entities) and not read_links(workspace, rest)


def test_links_of_a_run_without_layers_are_gone(workspace: Workspace) -> None:
    link(workspace)
    link(workspace, layers=[])
    assert dump(workspace) == []


def test_a_workspace_that_was_never_linked_has_none(workspace: Workspace) -> None:
    assert dump(workspace) == []


def test_what_cannot_be_linked_is_said(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no entities yet"):
        link(Workspace(tmp_path / "empty"))
    empty = TileIndexView([], np.zeros((0, 3), dtype=np.float32))
    with pytest.raises(UsageError, match="holds no tiles"):
        link(workspace, index=empty)
    turned = Layer("t.geojson", "t", (Feature("Rio Beni", shapely.box(-13.1, -67, -12.9, -66)),))
    with pytest.raises(UsageError, match="exchanged"):
        link(workspace, layers=[turned])
    with pytest.raises(UsageError, match="have nothing in common"):
        refuse_other_model("a", "b")
    refuse_other_model("a", "a")


def test_the_digest_of_an_index_is_that_of_tiles_and_vectors() -> None:
    one = digest_index(TILES, VECTORS)
    assert one == digest_index(list(TILES), VECTORS.copy())
    assert one != digest_index(TILES[1:], VECTORS[1:])
    assert one != digest_index(TILES, VECTORS + 0.1)


def test_linking_needs_no_torch() -> None:
    script = (
        "import sys, kgpipe.linking, kgpipe.geo.embedding.encoder; "
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_results_of_the_stage_are_records(workspace: Workspace) -> None:
    link(workspace)
    assert all(isinstance(one, EntityLinks) for one in workspace.current(STAGE, EntityLinks))
    status = next(one for one in workspace.status() if one.stage == STAGE)
    assert (status.rejected, status.kept) == (1, 3)


def test_a_merged_entity_keeps_no_link_of_its_former_id(workspace: Workspace) -> None:
    link(workspace)
    graph = load_graph(workspace)
    entities = tuple(one.model_copy(update={"id": f"{one.id}x"}) for one in graph.entities)
    workspace.map(
        "dedupe", keep, [Resolution(entities=entities, claims=(), merges=())],
        returns=Resolution, version="2", key=lambda _: "k",
    )  # fmt: skip
    assert dump(workspace) == []
