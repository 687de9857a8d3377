import json
import shutil
from pathlib import Path

import pytest

from kgpipe.assets import asset_path
from tests.cli.calls import Answer, Call

MODEL = asset_path("data/geo/demo/model")
SQUARE = [[[-1.1, 6.0], [-1.0, 6.0], [-1.0, 6.1], [-1.1, 6.1], [-1.1, 6.0]]]


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An outline of the one place that the small corpus names."""
    path = tmp_path_factory.mktemp("places") / "places.geojson"
    feature = {
        "type": "Feature", "properties": {"name": "Ghana", "country": "Ghana"},
        "geometry": {"type": "Polygon", "coordinates": SQUARE},
    }  # fmt: skip
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    return path


@pytest.fixture
def workspace(call: Call, tmp_path: Path) -> Path:
    """A run over one fact about a place."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "trade.txt").write_text("Ghana exports gold to India.\n")
    done = call("run", tmp_path / "in", "-w", tmp_path / "w")
    assert done.code == 0, done.err
    return tmp_path / "w"


@pytest.fixture
def linked(call: Call, workspace: Path, places: Path, tmp_path: Path) -> tuple[Answer, Path]:
    """A workspace after `geo link`, without the gazetteer, and the index."""
    out, index = tmp_path / "tiles", tmp_path / "index"
    made = call("geo", "synthesise", "--places", places, "--tiles", "12", "--out", out)
    assert made.code == 0, made.err
    done = call("geo", "embed", "--model", MODEL, "--tiles", out / "tiles.csv", "--out", index)
    assert done.code == 0, done.err
    answer = call(
        "geo", "link", "-w", workspace, "--model", MODEL, "--index", index, "--places", places,
        "--limit-per-entity", "5", "--json",
    )  # fmt: skip
    return answer, index


@pytest.fixture(autouse=True)
def without_gazetteer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kgpipe.linking.is_installed", lambda: False)


@pytest.mark.slow
def test_tiles_are_linked_published_and_asked_for(
    linked: tuple[Answer, Path], call: Call, workspace: Path, places: Path, tmp_path: Path
) -> None:
    answer, index = linked
    assert answer.code == 0, answer.err
    told = answer.json
    assert (told["places"], told["links"], told["linked_entities"]) == ({"places.geojson": 1}, 5, 1)
    assert told["gazetteer"] is False and "kgpipe[tiles]" in answer.err
    assert told["examples"][0]["entity"] == "Ghana"
    assert "5 links to tiles of probability 0.5 or more, for 1 entities." in answer.err
    rows = [
        json.loads(line)
        for line in call("sparql", "sightings", "-w", workspace, "--format", "jsonl")
        .out.splitlines()
    ]  # fmt: skip
    assert len(rows) == 5
    assert {row["place"] for row in rows} == {"Ghana"}
    assert all(-1.1 <= row["lon"] <= -1.0 and 6.0 <= row["lat"] <= 6.1 for row in rows)
    assert all(row["probability"] > 0.5 and row["start"] for row in rows)
    outside = call("sparql", "overlaps", "-w", workspace, "--format", "jsonl")
    assert len(outside.out.splitlines()) == 5
    published = call("publish", "rdf", "-w", workspace, "--out", tmp_path / "rdf")
    assert published.code == 0, published.err
    before = (tmp_path / "rdf" / "graph.nq").read_bytes()
    assert before.count(b"class/TileLink> ") >= 5
    again = call("geo", "link", "-w", workspace, "--model", MODEL, "--index", index, "--places",
                 places, "--limit-per-entity", "5", "--json")  # fmt: skip
    assert again.json == told
    call("publish", "rdf", "-w", workspace, "--out", tmp_path / "rdf")
    assert (tmp_path / "rdf" / "graph.nq").read_bytes() == before


@pytest.mark.slow
def test_an_index_of_another_model_is_refused(
    linked: tuple[Answer, Path], call: Call, workspace: Path
) -> None:
    _, index = linked
    manifest = index / "manifest.json"
    told = json.loads(manifest.read_text())
    manifest.write_text(json.dumps(told | {"model": "other#1"}))
    answer = call("geo", "link", "-w", workspace, "--model", MODEL, "--index", index)
    assert answer.code == 2
    assert "made by other#1" in answer.err
    shutil.rmtree(index)
    index.mkdir()
    empty = call("geo", "link", "-w", workspace, "--model", MODEL, "--index", index)
    assert empty.code == 2 and "holds no embeddings" in empty.err
