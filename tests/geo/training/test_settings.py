from pathlib import Path

import pytest

from kgpipe.errors import UsageError
from kgpipe.geo.training.settings import PRESETS, GeoSettings, LossWeights, choose_settings


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_is_valid(preset: str) -> None:
    settings = choose_settings(preset=preset)
    assert settings.dim % settings.heads == 0


def test_a_file_comes_over_the_preset_and_a_change_over_the_file(tmp_path: Path) -> None:
    config = tmp_path / "kgpipe.toml"
    config.write_text(
        "[dedupe]\nthreshold = 0.9\n[geo]\nsteps = 7\ndim = 32\n[geo.weights]\ntext = 2\n"
    )
    settings = choose_settings(
        preset="demo", config=config, changes=["steps=9", "weights.intra=0", 'sensors=["RGB"]']
    )
    assert (settings.steps, settings.dim, settings.depth) == (9, 32, 2)
    assert (settings.weights.text, settings.weights.intra) == (2, 0)
    assert settings.weights.labels == LossWeights().labels > 0
    assert settings.sensors == ("RGB",)


def test_a_string_needs_no_quotes() -> None:
    assert choose_settings(changes=["encoder=satmae"]).encoder == "satmae"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (["dims=3"], "dims"),
        (["steps"], "key=value"),
        (["mask=1.5"], "mask"),
        (["weights.txt=1"], "weights.txt"),
        (["dim=30", "heads=4"], "multiple of heads"),
    ],
)
def test_a_wrong_change_is_named(changes: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        choose_settings(changes=changes)


def test_an_unknown_preset_names_the_known_ones() -> None:
    with pytest.raises(UsageError, match="demo"):
        choose_settings(preset="huge")


def test_a_missing_or_broken_file_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Cannot read"):
        choose_settings(config=tmp_path / "none.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text("geo = ")
    with pytest.raises(UsageError, match="not valid TOML"):
        choose_settings(config=broken)
    broken.write_text("geo = 3")
    with pytest.raises(UsageError, match="section"):
        choose_settings(config=broken)


def test_settings_survive_json() -> None:
    settings = choose_settings(preset="demo", changes=['groups=[["B02", "B03"]]'])
    assert GeoSettings.model_validate_json(settings.model_dump_json()) == settings
