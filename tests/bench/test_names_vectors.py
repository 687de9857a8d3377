from pathlib import Path

import numpy as np

from kgpipe.backends.fake import FakeEmbedder
from kgpipe.bench.names_data import make_names
from kgpipe.bench.names_vectors import (
    KnownEmbedder,
    TimedEmbedder,
    VariantEmbedder,
    as_mentions,
)
from kgpipe.dedupe.normalise import form_of

ROOTS = ["Ghana", "Bank of Ghana", "Lake Volta", "Ministry of Mines"]


def test_variants_lie_as_far_from_their_roots_as_the_models_do() -> None:
    made = make_names(ROOTS, 3000)
    embedder = VariantEmbedder(FakeEmbedder(), ROOTS, made)
    texts = [form_of(name.name).text for name in made]
    vectors = embedder.embed(texts)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert (vectors[:4] == FakeEmbedder().embed(texts[:4])).all()
    roots = FakeEmbedder().embed([form_of(root).text for root in ROOTS])[[m.root for m in made]]
    cosines = (vectors * roots).sum(axis=1)
    for variant in ("near", "far"):
        rows = [row for row, name in enumerate(made) if name.variant == variant]
        rows = [row for row in rows if texts[row] not in texts[:row]]
        real = embedder.cosines_to_roots([made[row] for row in rows])
        real = real[real < 0.99999]
        assert abs(float(np.mean(cosines[rows])) - float(np.mean(real))) < 0.02
    unknown = embedder.embed(["never made", texts[0]])
    assert (unknown[0] == FakeEmbedder().embed(["never made"])[0]).all()


def test_known_vectors_are_given_again() -> None:
    known = KnownEmbedder(FakeEmbedder(), ["a"], np.full((1, 64), 0.125, dtype=np.float32))
    vectors = known.embed(["b", "a"])
    assert (vectors[1] == 0.125).all()
    assert (vectors[0] == FakeEmbedder().embed(["b"])[0]).all()


def test_time_and_vectors_are_kept(tmp_path: Path) -> None:
    embedder = TimedEmbedder(FakeEmbedder(), tmp_path / "vectors.npy")
    vectors = embedder.embed(["gold", "mercury"])
    assert (embedder.kept() == vectors).all()
    assert list(embedder.texts) == ["gold", "mercury"]
    assert 0 <= embedder.embedding_cpu_seconds <= embedder.cpu_seconds


def test_real_names_are_mentioned_most() -> None:
    mentions = as_mentions(make_names(ROOTS, 10))
    assert mentions["Ghana", ""] == 3
    assert sorted(mentions.values()) == [1] * 6 + [3] * 4
