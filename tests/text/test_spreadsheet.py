import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgpipe.text.spreadsheet import guard_cell, unguard_cell


@pytest.mark.parametrize(
    "text", ['=HYPERLINK("x")', "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "'=1"]
)
def test_formulas_become_text(text: str) -> None:
    assert guard_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "mercury", "a=b", "'quoted'", " 5", "5-6"])
def test_other_text_stays(text: str) -> None:
    assert guard_cell(text) == text


@given(st.text(alphabet=st.one_of(st.sampled_from("'=+-@\t\r\nx"), st.characters(codec="utf-8"))))
@settings(derandomize=True, deadline=None)
def test_the_guard_can_be_undone(text: str) -> None:
    assert unguard_cell(guard_cell(text)) == text
