import csv

import pytest

from kgpipe.assets import asset_path
from kgpipe.verify.translate import translate, translate_name, translation_digest


@pytest.mark.parametrize("language", ["es", "pt"])
def test_terms_names_and_numbers_cross(language: str) -> None:
    words = translate("Miners released 838 tonnes of mercury in Madre de Dios", language).split()
    mercury = {"es": "mercurio", "pt": "merc\u00fario"}[language]
    assert {"838", mercury, "madre", "dios"} <= set(words)
    assert not {"in", "of", "tonnes", "mercury", "released"} & set(words)


def test_the_longest_term_wins() -> None:
    assert "peque\u00f1a miner\u00eda" in translate("small-scale mining", "es")
    assert translate("gold mining", "es").startswith("miner\u00eda aur\u00edfera")


def test_regular_endings_cross_as_cognates() -> None:
    assert translate("the documentation", "es") == "documentacion"
    assert translate("documentations", "pt") == "documentacao"


@pytest.mark.parametrize(
    "query", ["", "zzyx", "the of", "Conakry Guinea 1999", "\u0630\u0647\u0628"]
)
def test_what_the_table_cannot_put_into_other_words_is_no_query(query: str) -> None:
    assert translate(query, "es") == ""


def test_inflected_forms_never_hide_a_word_of_the_table() -> None:
    assert translate("found", "es").split()[0] == "encontr\u00f3"
    assert translate("uses", "es") == translate("used", "es") == translate("use", "es")


def test_whole_names_have_whole_translations() -> None:
    assert translate_name("Indigenous people", "es") == ("pueblos ind\u00edgenas",)
    assert translate_name("mercury", "pt")[0] == "merc\u00fario"
    assert translate_name("mercury of Ana", "pt") == ()


def test_the_table_is_sound() -> None:
    with asset_path("data/verify/terms.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 150
    assert all(row["en"] and row["es"] and row["pt"] for row in rows)
    assert len({row["en"] for row in rows}) == len(rows)
    assert translation_digest() == translation_digest()
