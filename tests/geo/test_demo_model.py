"""What ships for the demonstration does what its README says."""

from pathlib import Path

import numpy as np
import pytest

from kgpipe.assets import asset_path
from kgpipe.geo.data.regions import read_regions
from kgpipe.geo.data.synthetic import make_synthetic
from kgpipe.geo.embedding.encoder import load_encoder
from kgpipe.geo.places.layers import read_layer
from kgpipe.ports import TileEncoder
from kgpipe.wiring import wire_embedder

FOLDER = asset_path("data/geo/demo")
# It travels with every installation.
MOST_BYTES = 3_000_000


@pytest.fixture(scope="module")
def encoder() -> TileEncoder:
    return load_encoder(FOLDER / "model", embedder=wire_embedder("minilm"))


def test_the_model_is_small_and_tells_nothing_of_the_machine_that_made_it() -> None:
    files = sorted((FOLDER / "model").iterdir())
    assert sum(path.stat().st_size for path in files) < MOST_BYTES
    for path in files:
        content = path.read_bytes()
        assert b"site-packages" not in content and b'File "' not in content, path.name


def test_places_are_usable_by_all_who_read_them() -> None:
    layer = read_layer(FOLDER / "places.geojson")
    assert not layer.rejections
    assert {one.name for one in layer.features} >= {"Pedra Clara camp", "Mapiri"}
    assert len(read_regions(FOLDER / "places.geojson")) == len(layer.features)


@pytest.mark.slow
def test_words_find_mines_at_places_that_it_was_not_trained_on(encoder: TileEncoder) -> None:
    source = make_synthetic(150, seed=11, regions=read_regions(FOLDER / "places.geojson"))
    pixels = source.read(range(150))
    vectors = encoder.embed_tiles({one: pixels[one] for one in encoder.bands})
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-4)
    is_mine = np.array(["mine" in tile.labels for tile in source.tiles])
    [words] = encoder.embed_texts(["gold mine"])
    nearest = np.argsort(-(vectors @ words))[:20]
    # By chance 20 hits hold as many mines as the set, a third, give or take a tenth.
    assert is_mine[nearest].mean() > is_mine.mean() + 0.3


def test_it_knows_locations_too(encoder: TileEncoder) -> None:
    rows = encoder.embed_locations(np.array([[-57.2, -6.1], [np.nan, 0.0]]))
    assert np.linalg.norm(rows[0]) == pytest.approx(1, abs=1e-4)
    assert np.isnan(rows[1]).all()


def test_the_folder_is_what_the_makefile_names() -> None:
    makefile = Path(__file__).parents[2] / "Makefile"
    assert "GEO := data/geo/demo" in makefile.read_text(encoding="utf-8")
    assert {path.name for path in FOLDER.iterdir()} == {
        "README.md", "model", "places.geojson", "settings.toml",
    }  # fmt: skip
