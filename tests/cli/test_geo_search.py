"""`kgpipe geo search` on synthetic tiles whose embeddings a hash of their descriptions makes."""

import json
from pathlib import Path

import pytest
from PIL import Image

import kgpipe.tile_search
from kgpipe.geo.data.synthetic import write_synthetic
from kgpipe.geo.data.tiletable import open_tiles
from kgpipe.geo.embedding.embeddings import Origin, embed_set, write_embeddings
from tests.cli.calls import Call
from tests.geo.made_tiles import HashEncoder, LookedUpEncoder


@pytest.fixture(scope="module")
def tiles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_synthetic(tmp_path_factory.mktemp("tiles"), 24, side=32)


@pytest.fixture(scope="module")
def index(tiles: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tiles that look like their categories; of one nothing was seen."""
    return embed(tiles, tmp_path_factory.mktemp("index"))


def embed(tiles: Path, folder: Path, origin: Origin | None = None) -> Path:
    source = open_tiles(tiles, sheets=origin.sheets if origin else None)
    texts = [" ".join(tile.labels).replace("_", " ") for tile in source.tiles]
    encoder = LookedUpEncoder(texts)
    write_embeddings(
        folder, embed_set(source, encoder=encoder), encoder=encoder, bands={}, origin=origin
    )
    return folder


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Any folder stands for the encoder of the tests."""
    monkeypatch.setattr(
        kgpipe.tile_search, "load_encoder", lambda folder, *, embedder: HashEncoder()
    )
    return tmp_path


def test_a_text_finds_tiles_in_a_table(call: Call, index: Path, model: Path) -> None:
    answer = call("geo", "search", "mine", "--model", model, "--index", index, "--limit", "3")
    assert answer.code == 0
    header, _, *rows = answer.out.splitlines()
    assert header.split() == ["rank", "score", "lon", "lat", "days", "places", "tile"]
    assert [row.split()[0] for row in rows] == ["1", "2", "3"]
    assert "labels" not in answer.out


def test_json_and_geojson_hold_the_same_tiles(call: Call, index: Path, model: Path) -> None:
    asked = ["geo", "search", "mine", "--model", model, "--index", index, "--limit", "4"]
    told = call(*asked, "--format", "json").json
    drawn = call(*asked, "--format", "geojson").json
    assert drawn["type"] == "FeatureCollection"
    assert [hit["tile"]["id"] for hit in told["hits"]] == [one["id"] for one in drawn["features"]]
    assert drawn["features"][0]["geometry"]["type"] == "Polygon"
    assert drawn["features"][0]["properties"]["rank"] == 1
    assert "labels" not in json.dumps(told)


def test_a_point_needs_no_model(call: Call, index: Path, tiles: Path) -> None:
    tile = open_tiles(tiles).tiles[5]
    answer = call("geo", "search", "--point", f"{tile.lon},{tile.lat}", "--index", index,
                  "--format", "json").json  # fmt: skip
    assert answer["hits"][0]["tile"]["id"] == tile.id
    assert answer["hits"][0]["holds_point"] is True


def test_a_tile_is_left_out_of_its_own_hits_and_filters_hold(
    call: Call, index: Path, tiles: Path
) -> None:
    tile = open_tiles(tiles).tiles[3]
    near = f"{tile.lon},{tile.lat},30"
    answer = call("geo", "search", "--tile", tile.id, "--index", index, "--near", near,
                  "--from", "2023", "--format", "json")  # fmt: skip
    ids = [hit["tile"]["id"] for hit in answer.json["hits"]]
    assert ids
    assert tile.id not in ids
    assert "tiles pass the filter" in answer.err
    none = call("geo", "search", "--tile", tile.id, "--index", index, "--to", "1999")
    assert (none.code, none.out) == (0, "No tiles found.\n")
    assert "0 of 24 tiles pass the filter." in none.err


def test_a_picture_is_drawn(call: Call, index: Path, tiles: Path, tmp_path: Path) -> None:
    tile = open_tiles(tiles).tiles[0]
    sheet = tmp_path / "hits.png"
    answer = call("geo", "search", "--tile", tile.id, "--index", index, "--sheet", sheet,
                  "--tiles", tiles)  # fmt: skip
    assert answer.code == 0
    assert f"Picture of 10 tiles: {sheet}" in answer.err
    with Image.open(sheet) as picture:
        assert picture.format == "PNG"


def test_a_picture_is_drawn_of_the_tiles_that_were_embedded(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The path is kept as it was given: relative to where the commands are called."""
    monkeypatch.chdir(tmp_path)
    given = write_synthetic(tmp_path / "set", 12, side=32).relative_to(tmp_path)
    given.parent.joinpath("sheets").rename("pictures")
    sheets = Path("pictures")
    index = embed(given, tmp_path / "index", Origin(given, sheets))
    asked = ["geo", "search", "--tile", open_tiles(given, sheets=sheets).tiles[0].id,
             "--index", index, "--sheet", "hits.png"]  # fmt: skip
    answer = call(*asked)
    assert answer.code == 0, answer.err
    assert "Picture of 10 tiles: hits.png\n" in answer.err
    given.rename("moved.csv")
    answer = call(*asked)
    assert answer.code == 2
    assert f"Name the tiles with --tiles: the picture needs their pixels. They came from {given}" \
        in answer.err  # fmt: skip


def test_an_entity_of_the_graph_is_searched(
    call: Call, index: Path, model: Path, workspace: Path
) -> None:
    asked = ["geo", "search", "--entity", "mercury", "-w", workspace, "--model", model,
             "--index", index, "--format", "json"]  # fmt: skip
    told = call(*asked).json
    assert told["query"].casefold() == "mercury"
    assert told["text"].casefold().startswith("mercury")
    assert told["hits"]
    unknown = [*asked[:3], "mercurry poisson", *asked[4:]]
    answer = call(*unknown)
    assert answer.code == 2
    assert "The graph has no entity 'mercurry poisson'. The nearest names:" in answer.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Ask for one thing"),
        (["mine", "--tile", "x"], "Ask for one thing"),
        (["  ", "--model", "{model}"], "Describe in words what to look for"),
        (["mine"], "Name the model with --model"),
        (["--entity", "mercury", "--model", "{model}"], "Name the workspace of the entity with -w"),
        (["--tile", "synthetic-000__00001"], "The nearest ids: synthetic-000__000"),
        (["--point", "-6.3,-158.1"], "Write the longitude first: -158.1,-6.3"),
        (["--point", "12"], "--point LON,LAT takes 2 numbers"),
        (["--tile", "x", "--box", "1,2,3"], "--box W,S,E,N takes 4 numbers"),
        (["--tile", "x", "--near", "1,2"], "--near LON,LAT,KM takes 3 numbers"),
        (["--tile", "x", "--from", "soon"], "--from 'soon' is no date"),
        (["--tile", "x", "--sheet", "a.png"], "Name the tiles with --tiles"),
        (["mine", "--model", "{model}", "--places", "{model}/absent.geojson"], "Cannot read"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(
    call: Call, index: Path, model: Path, arguments: list[str], message: str
) -> None:
    answer = call(
        "geo", "search", *(one.format(model=model) for one in arguments), "--index", index
    )
    assert (answer.code, answer.out) == (2, "")
    assert message in answer.err


def test_a_point_with_latitude_first_is_told_where_the_tiles_show_it(
    call: Call, index: Path, tiles: Path
) -> None:
    tile = open_tiles(tiles).tiles[0]
    answer = call("geo", "search", f"--point={tile.lat},{tile.lon}", "--index", index)
    assert answer.code == 2
    assert f"Write the longitude first: --point {tile.lon},{tile.lat}" in answer.err


def test_a_folder_that_holds_no_embeddings_is_told(call: Call, tmp_path: Path) -> None:
    answer = call("geo", "search", "--tile", "x", "--index", tmp_path)
    assert answer.code == 2
    assert "holds no embeddings" in answer.err


def test_an_encoder_of_another_model_is_refused(
    call: Call, index: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HashEncoder, "name", "another:1")
    answer = call("geo", "search", "mine", "--model", model, "--index", index)
    assert answer.code == 2
    assert "embedded with hash:1, and the model named is another:1" in answer.err


def test_help_shows_examples(call: Call) -> None:
    answer = call("geo", "search", "--help")
    assert 'kgpipe geo search "mining ponds in forest" --model M --index EMB\n' in answer.out
