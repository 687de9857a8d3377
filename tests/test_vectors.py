from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from kgpipe import vectors
from kgpipe.backends.fake import FakeEmbedder
from kgpipe.errors import ServiceError
from kgpipe.ports import Port
from kgpipe.vectors import StoredVectors
from kgpipe.workspace import Workspace


class Counting(FakeEmbedder):
    """Keeps what it was asked; fails on "bad"."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if "bad" in texts:
            raise ServiceError("down", "the service is down")
        self.asked += texts
        return super().embed(texts)


def test_a_text_is_embedded_once_and_its_vector_is_the_same() -> None:
    workspace, inner = Workspace(None), Counting()
    texts = ["gold", "mercury", "gold"]
    first = StoredVectors(Port("a", lambda: inner), workspace.transaction).embed(texts)
    again = StoredVectors(Port("a", lambda: inner), workspace.transaction).embed(["new", *texts])
    assert inner.asked == ["gold", "mercury", "new"]
    assert (first == FakeEmbedder().embed(texts)).all()
    assert (again[1:] == first).all()


def test_another_embedder_has_vectors_of_its_own() -> None:
    workspace, inner = Workspace(None), Counting()
    for name in ("a", "b"):
        StoredVectors(Port(name, lambda: inner), workspace.transaction).embed(["gold"])
    assert inner.asked == ["gold", "gold"]


def test_nothing_is_loaded_where_all_is_stored() -> None:
    workspace = Workspace(None)
    StoredVectors(Port("a", FakeEmbedder), workspace.transaction).embed(["gold"])
    missing: Port[FakeEmbedder] = Port("a", lambda: pytest.fail("was made"))
    stored = StoredVectors(missing, workspace.transaction).embed(["gold"] * 3)
    assert (stored == FakeEmbedder().embed(["gold"] * 3)).all()


def test_what_was_embedded_before_a_failure_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "_AT_ONCE", 2)
    workspace, inner = Workspace(None), Counting()
    stored = StoredVectors(Port("a", lambda: inner), workspace.transaction)
    with pytest.raises(ServiceError):
        stored.embed(["one", "two", "bad", "three"])
    assert stored.embed(["two", "one", "three"]).shape == (3, 64)
    assert inner.asked == ["one", "two", "three"]
