from pathlib import Path

import pytest

from kgpipe.bench.codex_data import read_codex
from kgpipe.errors import KgpipeError
from tests.bench.made_codex import made_codex


def test_labels_come_apart_from_triples(tmp_path: Path) -> None:
    codex, labels = read_codex(made_codex(tmp_path))
    assert len(codex.valid) == len(labels.valid) == 12
    assert labels.test.tolist() == [1.0] * 6 + [0.0] * 6
    assert codex.types["p0"] == ("person",)


def test_what_is_missing_or_broken_is_named(tmp_path: Path) -> None:
    with pytest.raises(KgpipeError, match=r"train\.txt is missing"):
        read_codex(tmp_path)
    path = made_codex(tmp_path) / "codex-s" / "test.txt"
    path.write_text("a\tb\n", encoding="utf-8")
    with pytest.raises(KgpipeError, match=r"test\.txt, line 1"):
        read_codex(tmp_path)
