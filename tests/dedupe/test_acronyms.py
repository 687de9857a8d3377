import time

import pytest

from kgpipe.dedupe.acronyms import find_definitions, find_long_form, is_acronym


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Artisanal and small-scale gold mining (ASGM) uses mercury.",
            ("ASGM", "Artisanal and small-scale gold mining"),
        ),
        (
            "La minería artesanal y de pequeña escala (MAPE, por sus siglas) crece.",
            ("MAPE", "minería artesanal y de pequeña escala"),
        ),
        (
            "El PNUMA (Programa de las Naciones Unidas para el Medio Ambiente) ayuda.",
            ("PNUMA", "Programa de las Naciones Unidas para el Medio Ambiente"),
        ),
        ("Ghana wrote its national action\nplans (NAPs).", ("NAPs", "national action plans")),
        (
            "In the Democratic Republic of the Congo (DRC), gold is mined.",
            ("DRC", "Democratic Republic of the Congo"),
        ),
    ],
)
def test_defined(text: str, expected: tuple[str, str]) -> None:
    assert find_definitions(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "Gold is mined with mercury (Hg).",
        "The mine (see Table 2) closed.",
        "Emissions fell (from 20 t to 5 t).",
        "He came from Lima (Peru).",
        "gold (2019)",
        "The plan (NAP)",
        "A new sentence ends. (ASGM) begins.",
        "() ( ) (A",
        "",
    ],
)
def test_not_defined(text: str) -> None:
    assert find_definitions(text) == []


def test_letters_may_stand_inside_words() -> None:
    assert find_long_form("MeHg", "toxic methylmercury by hydrargyrum g") is not None
    assert find_long_form("UHF", "an ultra-high frequency") == "ultra-high frequency"
    assert find_long_form("XYZ", "no such letters") is None


def test_acronyms_have_a_capital_after_the_first_letter() -> None:
    words = ["NAP", "Fig", "NAPs", "a", "gold", "1a", "OSD JDS"]
    assert list(filter(is_acronym, words)) == ["NAP", "NAPs", "OSD JDS"]


def test_time_is_linear_in_the_text() -> None:
    started = time.perf_counter()
    find_definitions("(AB " * 100_000 + "a (" * 100_000 + "ASGM (" + "x " * 100_000)
    assert time.perf_counter() - started < 2
