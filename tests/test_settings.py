from pathlib import Path

import pytest

from kgpipe.errors import UsageError
from kgpipe.settings import ChunkSettings, ExtractSettings, Settings, load_settings


def write(folder: Path, text: str) -> Path:
    path = folder / "kgpipe.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_no_file_gives_the_defaults_and_an_empty_one_too(tmp_path: Path) -> None:
    assert load_settings(None) == load_settings(write(tmp_path, "")) == Settings()


def test_a_section_changes_only_itself(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, "[chunk]\nmax_chars = 700\n"))
    assert settings.chunk.max_chars == 700
    assert settings.model_copy(update={"chunk": Settings().chunk}) == Settings()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[dedup]\n", "unknown key `dedup`; did you mean `dedupe`?"),
        ("[dedupe]\ntreshold = 0.9\n", "did you mean `dedupe.threshold`?"),
        ("[read]\nmax_chars = 9\n", "did you mean `chunk.max_chars`?"),
        ("[zzz]\n", "known sections: read, chunk"),
        ("[dedupe]\nthreshold = 7\n", "`dedupe.threshold`: Input should be less than or equal"),
        ("[dedupe\n", "is not valid TOML"),
    ],
)
def test_a_mistake_names_the_key_and_the_remedy(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        load_settings(write(tmp_path, text))
    assert message in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"Cannot read settings file .*none\.toml"):
        load_settings(tmp_path / "none.toml")


def test_every_operational_setting_exists() -> None:
    for _, section in Settings():
        assert section.operational <= set(type(section).model_fields)


def test_the_papers_protocol_cuts_as_the_paper_did() -> None:
    own = Settings(chunk=ChunkSettings(max_chars=700))
    assert own.chunking == own.chunk
    papers = own.model_copy(update={"extract": ExtractSettings(protocol="asgmkg")})
    assert (papers.chunking.max_chars, papers.chunking.cut) == (3000, "characters")


def test_one_file_may_hold_the_section_of_geo_too(tmp_path: Path) -> None:
    path = tmp_path / "kgpipe.toml"
    path.write_text("[geo]\ndim = 64\n[chunk]\nmax_chars = 900\n")
    assert load_settings(path).chunk.max_chars == 900
