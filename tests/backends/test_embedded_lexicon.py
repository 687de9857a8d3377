from pathlib import Path

import pytest

from kgpipe.backends.embedded_lexicon import KINDS, lexicon_digest, load_lexicon, phrase_kind
from kgpipe.errors import KgpipeError
from tests.backends.embedded_parser import extractor


@pytest.mark.parametrize(
    ("phrase", "kind"),
    [
        ("elemental mercury", "substance"),
        ("mercury emissions", "process"),
        ("artisanal miners", "person"),
        ("Ministry of Mines", "organisation"),
        ("1,200 hectares", "quantity"),
        ("Madre de Dios region", "place"),
        ("Brasil", "place"),
        ("Operation Mercury", ""),
    ],
)
def test_kind(phrase: str, kind: str) -> None:
    doc = extractor()._language(f"They saw {phrase}.")
    found = phrase_kind(doc[2 : len(doc) - 1], load_lexicon())
    assert found == kind or (kind == "" and found != "substance")


def test_named_entities_give_kinds() -> None:
    found = extractor()._language("Miners work in Ghana.")
    assert phrase_kind(found[3:4], load_lexicon()) == "place"


def test_lists_are_consistent() -> None:
    lexicon = load_lexicon()
    assert "hectares" in lexicon.units
    assert lexicon.anaphors["company"] == "organisation"
    # A stand-in that is itself replaced would hide a mistake in the list.
    assert not set(lexicon.stand_ins) & (set(lexicon.stand_ins.values()) - {"gold"})


def test_digest_and_error_follow_the_users_own_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = lexicon_digest()
    own = tmp_path / KINDS
    own.parent.mkdir(parents=True)
    own.write_text("kind,term\nmetal,mercury\n", encoding="utf-8")
    monkeypatch.setenv("KGPIPE_ASSETS", str(tmp_path))
    assert lexicon_digest() != before
    with pytest.raises(KgpipeError, match="unknown kind 'metal'"):
        load_lexicon()
