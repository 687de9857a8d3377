from pathlib import Path

import pytest

from kgpipe.assets import asset_path
from kgpipe.verify.lexicon import (
    FILES,
    are_opposites,
    cues,
    lexicon_digest,
    number_words,
    units,
    weights,
)


def test_cues_are_those_of_the_language_and_english_otherwise() -> None:
    assert "not" in cues("negation", "en")
    assert "sin" in cues("negation", "es")
    assert "sin" not in cues("negation", "en")
    assert cues("negation", "xx") == cues("negation", "en")


def test_opposites_hold_both_ways_and_for_inflected_words() -> None:
    assert are_opposites("prohibited", "allows")
    assert are_opposites("allowed", "prohibit")
    assert not are_opposites("prohibit", "prohibited")


def test_tables_are_whole() -> None:
    assert units()["km2"].factor == 1_000_000
    assert all(unit.base and unit.factor > 0 for unit in units().values())
    assert number_words("month")["octubre"] == 10
    refuting = ("negated", "opposite", "rival_value", "rival_name")
    assert all(weights()[name] < 0 for name in refuting)
    assert all(weights()[name] > 0 for name in ("stated", "similar", "linked"))


@pytest.mark.parametrize("name", FILES)
def test_the_digest_changes_with_every_file(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = lexicon_digest()
    changed = tmp_path / "data" / "verify" / name
    changed.parent.mkdir(parents=True)
    changed.write_bytes(asset_path(f"data/verify/{name}").read_bytes() + b"\n")
    monkeypatch.setenv("KGPIPE_ASSETS", str(tmp_path))
    assert lexicon_digest() != before
