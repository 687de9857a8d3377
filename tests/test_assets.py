from pathlib import Path

import pytest

from kgpipe.assets import asset_path
from kgpipe.errors import KgpipeError


def test_assets_are_found_and_can_be_overridden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = asset_path("data/sources.csv")
    assert shipped.is_file()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "sources.csv").write_text("mine")
    monkeypatch.setenv("KGPIPE_ASSETS", str(tmp_path))
    assert asset_path("data/sources.csv").read_text() == "mine"
    assert asset_path("data/prices.csv").is_file()


def test_a_missing_asset_is_named() -> None:
    with pytest.raises(KgpipeError, match=r"prompts/none\.md"):
        asset_path("prompts/none.md")
