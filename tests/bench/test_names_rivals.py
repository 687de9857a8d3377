import sys

import pytest

from kgpipe.backends.fake import FakeEmbedder
from kgpipe.bench.names_rivals import time_rivals

NAMES = ["Bank of Ghana", "bank of ghana", "Lake Volta"]


def test_all_pairs_are_counted_by_their_similarity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers.util", None)
    communities, pairs = time_rivals(
        NAMES, FakeEmbedder().embed(NAMES), threshold=0.85
    ).values()  # fmt: skip
    assert "pip install 'kgpipe[st]'" in communities["skipped"]
    assert (pairs["names"], pairs["similar_pairs"]) == (3, 1)


@pytest.mark.slow
@pytest.mark.xdist_group("torch")
def test_communities_are_counted_where_they_can_be() -> None:
    pytest.importorskip("sentence_transformers", reason="the extra st brings it; .ci/run has it")
    communities, _ = time_rivals(NAMES, FakeEmbedder().embed(NAMES), threshold=0.85).values()
    assert communities["communities"] == 1
