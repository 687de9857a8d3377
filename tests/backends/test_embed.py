import shutil
from pathlib import Path

import numpy as np
import pytest

from kgpipe.assets import asset_path
from kgpipe.backends.embed import MiniLmEmbedder
from kgpipe.errors import KgpipeError
from kgpipe.ports import Embedder

NAMES = ["mercury", "liquid mercury", "Ghana", "Guyana", "ASGM", ""]
LONG = "Gold is washed from river sediments with mercury and burned over an open fire. "


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return MiniLmEmbedder()


def test_vectors_have_length_one(embedder: Embedder) -> None:
    vectors = embedder.embed(NAMES)
    assert vectors.shape == (6, 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_no_texts_give_no_vectors(embedder: Embedder) -> None:
    assert embedder.embed([]).shape == (0, 384)


def test_meaning_is_that_of_the_published_model(embedder: Embedder) -> None:
    """Cosines of the float32 model; int8 weights move them by less than .02."""
    mercury, liquid, ghana, guyana, _, _ = embedder.embed(NAMES)
    assert mercury @ liquid == pytest.approx(0.84, abs=0.02)
    assert ghana @ guyana == pytest.approx(0.54, abs=0.02)


def test_a_vector_does_not_depend_on_its_neighbours_or_their_order(embedder: Embedder) -> None:
    texts = [*NAMES, *(f"{name} in {n} sites. {LONG * n}" for n, name in enumerate(NAMES))]
    together = embedder.embed(texts)
    backwards = embedder.embed(texts[::-1])[::-1]
    alone = np.vstack([embedder.embed([text]) for text in texts])
    # Bit equality holds on the machines we measured; another processor may round the last bit.
    np.testing.assert_allclose(backwards, together, atol=1e-6)
    np.testing.assert_allclose(alone, together, atol=1e-6)


def test_threads_do_not_change_vectors(embedder: Embedder) -> None:
    np.testing.assert_allclose(
        MiniLmEmbedder(threads=2).embed([LONG, *NAMES]), embedder.embed([LONG, *NAMES]), atol=1e-6
    )


def test_equal_texts_have_equal_vectors(embedder: Embedder) -> None:
    vectors = embedder.embed(["gold", "mercury", "gold"])
    assert (vectors[0] == vectors[2]).all()
    assert not np.allclose(vectors[0], vectors[1])


def test_text_beyond_256_tokens_is_cut(embedder: Embedder) -> None:
    long, longer = embedder.embed([LONG * 40, LONG * 40 + "Ghana"])
    assert (long == longer).all()


def test_changed_tokenizer_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "data" / "models" / "all-MiniLM-L6-v2"
    folder.mkdir(parents=True)
    shutil.copy(asset_path("data/models/all-MiniLM-L6-v2/tokenizer.json"), folder)
    with (folder / "tokenizer.json").open("a") as file:
        file.write(" ")
    monkeypatch.setenv("KGPIPE_ASSETS", str(tmp_path))
    with pytest.raises(KgpipeError, match="sha256"):
        MiniLmEmbedder()
