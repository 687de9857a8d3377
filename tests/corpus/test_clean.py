from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgpipe.backends.pdf import PdfiumReader
from kgpipe.corpus.clean import clean_pages
from kgpipe.errors import ItemError
from kgpipe.pages import RawPage
from kgpipe.settings import ReadSettings
from kgpipe.types import Page
from tests.corpus.typeset import set_line, set_lines, set_page


def _clean(*pages: RawPage) -> tuple[str, tuple[Page, ...]]:
    """The text and the pages, held to what must be true of all."""
    text, cleaned, _ = clean_pages(pages, settings=ReadSettings())
    _check(text, cleaned, pages)
    return text, cleaned


def _check(text: str, pages: tuple[Page, ...], raw: tuple[RawPage, ...]) -> None:
    """Pages tile the text, and all that is not blank is a word in its page and in order."""
    assert [page.number for page in pages] == [page.number for page in raw]
    position = 0
    uncovered = 0
    for page in pages:
        assert page.start == position
        position = page.end
        for word in page.words:
            assert max(uncovered, page.start) <= word.start < word.end <= page.end
            assert not text[uncovered : word.start].strip()
            assert not any(char.isspace() for char in text[word.start : word.end])
            uncovered = word.end
    assert position == len(text)
    assert not text[uncovered:].strip()


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["Here the mer\u00ad", "cury is used"], "Here the mercury is used"),
        (["Here the mer-", "cury is used"], "Here the mercury is used"),
        (["small-scale is small\u00ad", "scale here too"], "small-scale is small-scale here too"),
        (["wellknown is well\u00ad", "known here too"], "wellknown is wellknown here too"),
        (["the Franco\u00ad", "Brazilian side"], "the Franco-Brazilian side"),
        (["from 2010-", "2015 it rose"], "from 2010-2015 it rose"),
        (["from 2010\u2013", "2015 it rose"], "from 2010\u20132015 it rose"),
        (["see http://example.org/", "report.pdf now"], "see http://example.org/report.pdf now"),
        (["the rivers \u2013", "and lakes of it"], "the rivers \u2013 and lakes of it"),
    ],
)  # fmt: skip
def test_line_ends(lines: list[str], text: str) -> None:
    assert _clean(set_page(*set_lines(lines)))[0] == text


def test_both_parts_of_a_cut_word_keep_their_boxes() -> None:
    text, (page,) = _clean(set_page(*set_lines(["the mer\u00ad", "cury is"])))
    parts = [(text[word.start : word.end], word.y0) for word in page.words]
    assert parts == [("the", 100), ("mer", 100), ("cury", 112), ("is", 112)]


def test_cells_are_parted_by_tabs_and_paragraphs_by_blank_lines() -> None:
    rows = ["Madre de Dios     25,650     hectares", "Puno     7     hectares"]
    text, _ = _clean(set_page(*set_lines(rows)))
    assert text == "Madre de Dios\t25,650\thectares\n\nPuno\t7\thectares"


def test_a_sentence_runs_over_a_page_break() -> None:
    first = set_page(*set_lines(["It is used by all of the mer\u00ad"]), number=1)
    empty = set_page(number=2)
    second = set_page(*set_lines(["cury traders."]), number=3)
    text, pages = _clean(first, empty, second)
    assert text == "It is used by all of the mercury traders."
    assert [(page.start, page.end) for page in pages] == [(0, 28), (28, 28), (28, 41)]


def test_lines_without_letters_or_digits_are_dropped() -> None:
    text, _ = _clean(set_page(set_line("* * *"), set_line("gold", y=200)))
    assert text == "gold"


def test_no_pages_and_no_words() -> None:
    assert _clean() == ("", ())
    assert _clean(set_page())[0] == ""


words = st.text(st.sampled_from("aB1é-\u00ad.ﬁ\u200b\u2022"), min_size=1, max_size=4)
lines = st.builds(
    lambda texts, x, y, size: set_line("  ".join(texts), x=x, y=y, size=size),
    st.lists(words, min_size=1, max_size=4),
    st.sampled_from([50, 60, 220]),
    st.integers(0, 590),
    st.sampled_from([7, 10, 14]),
)


@given(st.lists(st.lists(lines, max_size=8), max_size=4))
@settings(derandomize=True, deadline=None, max_examples=200)
def test_any_page_is_tiled_and_every_word_is_located(pages: list[list[object]]) -> None:
    raw = [set_page(*found, number=number) for number, found in enumerate(pages, 1)]  # type: ignore[arg-type]
    assert len(_clean(*raw)[1]) == len(raw)


@pytest.mark.shared
def test_real_pages_are_tiled_and_every_word_is_located(shared_data: Path) -> None:
    for path in sorted((shared_data / "pdf").rglob("*.pdf")):
        # One long report is enough.
        if path.stat().st_size > 2_000_000:
            continue
        try:
            pages = PdfiumReader().read_pages(path)
        except ItemError:
            continue
        assert len(_clean(*pages)[1]) == len(pages)


@pytest.mark.shared
def test_text_of_a_spanish_two_column_report(shared_data: Path) -> None:
    (path,) = (shared_data / "pdf" / "asgm_real").glob("FriedrichEbert*.pdf")
    text, pages = _clean(*PdfiumReader().read_pages(path))
    assert len(pages) == 12
    # Hyphens mended, over lines and columns; the footer "Diciembre de 2010, Página 2" is gone.
    assert "ex candidata presidencial Ingrid Betancourt, tres contratistas" in text
    assert "principalmente secuestros, y ocultamiento y transporte de drogas.\n\nVenezuela" in text
    assert "frontera colombo-venezolana" in text
    assert "Página 2" not in text
