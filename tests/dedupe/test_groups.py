from collections import Counter

import numpy as np
import pytest

from kgpipe.dedupe import groups
from kgpipe.dedupe.entities import resolve_names_of
from kgpipe.dedupe.groups import find_group_pairs, group_rows
from kgpipe.errors import UsageError
from kgpipe.ports import Embedder
from kgpipe.settings import DedupeSettings

NAMES = [
    "artisanal gold mining", "artisanal gold-mining sector", "artisanal mining of gold",
    "artisanal small-scale gold mining", "mercury exports", "mercury imports", "exports of mercury",
    "Ghana", "Guyana", "National Environmental Agency", "National Enviromental Agency",
    "cyanide",
]  # fmt: skip


def _need(clustering: str) -> None:
    if clustering == "hdbscan":
        pytest.importorskip("sklearn", reason="the extra bench brings scikit-learn")


@pytest.mark.parametrize("clustering", ["density", "hdbscan"])
def test_vetoes_split_a_group(clustering: str, embedder: Embedder) -> None:
    _need(clustering)
    settings = DedupeSettings.model_validate({"clustering": clustering})
    mentions = Counter({(name, ""): 1 for name in NAMES})
    resolved = resolve_names_of(mentions, definitions=(), settings=settings, embedder=embedder)  # type: ignore[arg-type]
    of = {name: entity.id for entity in resolved.entities for name in entity.names}
    assert of["National Environmental Agency"] == of["National Enviromental Agency"]
    assert of["mercury exports"] == of["exports of mercury"] != of["mercury imports"]
    assert of["Ghana"] != of["Guyana"]


@pytest.mark.parametrize("clustering", ["density", "hdbscan"])
def test_pairs_are_those_within_groups(clustering: str) -> None:
    _need(clustering)
    rng = np.random.default_rng(5)
    points = np.repeat(np.eye(8)[:3], 4, axis=0) + 0.05 * rng.normal(size=(12, 8))
    vectors = (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)
    pairs = list(find_group_pairs(vectors, clustering=clustering))  # type: ignore[arg-type]
    assert {(left // 4, right // 4) for _, left, right in pairs} == {(0, 0), (1, 1), (2, 2)}
    assert len(pairs) == 18
    assert pairs == sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2]))


@pytest.mark.parametrize("count", [0, 1])
@pytest.mark.parametrize("clustering", ["density", "hdbscan"])
def test_fewer_than_two(clustering: str, count: int) -> None:
    vectors = np.ones((count, 4), dtype=np.float32) / 2
    assert not list(find_group_pairs(vectors, clustering=clustering))  # type: ignore[arg-type]


def test_too_many_names_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "MAX_GROUPED", 3)
    with pytest.raises(UsageError, match="at most 3 names, not 4"):
        group_rows(np.eye(4, dtype=np.float32), clustering="density")
