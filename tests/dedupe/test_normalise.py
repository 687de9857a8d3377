import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgpipe.dedupe.normalise import content_words, form_of


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("the Mercury", "mercury"),
        ("gold mines", "Gold mine"),
        ("Perú", "Peru"),
        ("coal-fired power plants", "coalfired power plant"),
        ("Artisanal and Small\u2013Scale Gold Mining", "artisanal and small scale gold mining"),
        ("countries' emissions", "countries emission"),
        ("the project's budget", "project budget"),
        ("U.S.A.", "USA"),
        ("1,626 footprints", "1626 footprints"),
        ("Gold Fields Ltd.", "Gold Fields"),
        ("Minera Aurum S.A.C.", "minera aurum"),
        ("mercury\u200b use", "mercury use"),
    ],
)
def test_one_name_in_two_spellings(left: str, right: str) -> None:
    assert form_of(left).key == form_of(right).key


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Guianas", "Guiana"),
        ("5%", "5"),
        ("-5 °C", "5 °C"),
        ("1.5 t", "15 t"),
        ("phase 1 2", "phase 12"),
        ("mercury", "mercury-free"),
        ("legal mining", "illegal mining"),
        ("की", "का"),
        ("☃", "☂"),
        ("Ghana", "Guyana"),
    ],
)
def test_two_names_in_similar_spelling(left: str, right: str) -> None:
    assert form_of(left).key != form_of(right).key


def test_a_company_named_like_a_legal_form_keeps_its_name() -> None:
    assert form_of("Limited").key == "limited"


def test_content_words_keep_acronyms_that_look_like_stop_words() -> None:
    assert content_words(form_of("trade of mercury by the US").words) == ["trade", "mercury", "us"]
    assert content_words(("of", "the")) == ["of", "the"]


@pytest.mark.parametrize("part", [",", "a.", " ,", "'s ", "(", "1,", "-", "a "])
def test_time_is_linear_in_the_name(part: str) -> None:
    started = time.perf_counter()
    form_of(f"a{part * 50_000}b")
    assert time.perf_counter() - started < 5


@given(st.text(max_size=30))
@settings(derandomize=True, deadline=None, max_examples=300)
def test_forms_are_idempotent_and_visible_names_have_a_key(name: str) -> None:
    form = form_of(name)
    assert form_of(form.text) == form
    assert bool(form.key) == bool(form.text)
