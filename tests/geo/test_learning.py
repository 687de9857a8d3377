"""A training on synthetic tiles learns what is in them; figures are of scenes it never saw."""

import time
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np
import pytest
from numpy.typing import NDArray

torch = pytest.importorskip("torch", reason="the extra geo brings torch")

from kgpipe.geo.data.synthetic import make_synthetic  # noqa: E402
from kgpipe.geo.data.table import TileTable  # noqa: E402
from kgpipe.geo.embedding.model import Model  # noqa: E402
from kgpipe.geo.embedding.scaling import scale  # noqa: E402
from kgpipe.geo.training.settings import choose_settings  # noqa: E402
from kgpipe.geo.training.train import train  # noqa: E402

pytestmark = pytest.mark.slow
# Chance of finding a tile's other sensor among the first five of 100 is 0.05. The margin was set
# before the first run.
RECALL = 0.25
# The share of the more frequent class is 0.7 in the tiles of a scene.
ACCURACY = 0.85
SECONDS = 60.0


class Learned(NamedTuple):
    """What a training ends with, before it is exported."""

    aligner: Any
    model: Model
    # Of the processor.
    seconds: float


@pytest.fixture(scope="module")
def tiles() -> TileTable:
    """20 scenes of 25 tiles; the last four are held out."""
    return make_synthetic(500, side=32)


@pytest.fixture(scope="module")
def learned(tiles: TileTable, tmp_path_factory: pytest.TempPathFactory) -> Learned:
    """By a third of the steps of `demo` on 16 scenes."""
    training = tiles.take(np.arange(400))
    # On a busy machine a second thread spins while it waits, and its time would count.
    changes = ['sensors=["S1", "S2"]', "steps=60", "threads=1"]
    settings = choose_settings(preset="demo", changes=changes)
    folder = tmp_path_factory.mktemp("model")
    with patch("kgpipe.geo.training.train.export", return_value={}) as export:
        started = time.process_time()
        model = train(training, out=folder, settings=settings, embedder=None)
        seconds = time.process_time() - started
    return Learned(export.call_args.args[0].eval(), model, seconds)


def embed(
    learned: Learned, tiles: TileTable, places: NDArray[np.intp], sensor: str
) -> NDArray[np.float32]:
    aligner, ranges = learned.aligner, learned.model.ranges
    pixels = scale(
        tiles.read(places.tolist())[sensor], ranges[sensor], clip=learned.model.settings.clip
    )
    with torch.no_grad():
        seen = {sensor: torch.from_numpy(pixels)}
        tokens = aligner.encode(seen)
        rows = aligner.embed(tokens, aligner.grids(tokens, seen), seen)[sensor]
    found: NDArray[np.float32] = torch.nn.functional.normalize(rows, dim=1).numpy()
    return found


def test_radar_finds_its_optical_tile_among_those_of_other_scenes(
    learned: Learned, tiles: TileTable
) -> None:
    held_out = np.arange(400, 500)
    radar, optical = (embed(learned, tiles, held_out, sensor) for sensor in ("S1", "S2"))
    cosines = radar @ optical.T
    rank = (cosines > np.diag(cosines)[:, None]).sum(axis=1)
    assert (rank < 5).mean() >= RECALL


def test_a_linear_probe_tells_mines_of_other_scenes(learned: Learned, tiles: TileTable) -> None:
    from sklearn.linear_model import LogisticRegression

    mine = np.array(["mine" in tile.labels for tile in tiles.tiles])
    rows = embed(learned, tiles, np.arange(500), "S2")
    probe = LogisticRegression(C=10.0, max_iter=1000).fit(rows[:400], mine[:400])
    assert probe.score(rows[400:], mine[400:]) >= ACCURACY


def test_it_takes_less_than_a_minute(learned: Learned) -> None:
    # Of one core's time: other programs on the machine do not count.
    assert learned.seconds < SECONDS
