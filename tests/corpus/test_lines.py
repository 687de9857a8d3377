import pytest

from kgpipe.corpus.lines import clean_word, read_lines
from tests.corpus.typeset import set_line, set_page


def _texts(*pages: tuple[tuple[str, float], ...], share: float = 0.5) -> list[list[str]]:
    raw = [
        set_page(*(set_line(text, y=y) for text, y in page), number=number)
        for number, page in enumerate(pages, 1)
    ]
    return [[line.text for line in lines] for lines in read_lines(raw, repeated_margin_share=share)]


@pytest.mark.parametrize(
    ("word", "clean"),
    [
        ("ﬁne", "fine"),
        ("Peru\u0301", "Perú"),
        ("a\x03b\u200b", "ab"),
        ("\uf0b7", "\u2022"),
        ("\uf123", ""),
        ("........", ""),
        ("x...", "x..."),
        ("____", ""),
        ("co\u00adope\u00ad", "coope\u00ad"),
        ("m²", "m²"),
    ],
)
def test_clean_word(word: str, clean: str) -> None:
    assert clean_word(word) == clean


def test_running_lines_go_and_equal_lines_of_the_body_stay() -> None:
    pages = [
        (("Annual report 2020", 20.0), ("Mercury", 200 + 30.0 * at), (f"{at + 7}", 580.0))
        for at in range(4)
    ]
    assert _texts(*pages) == [["Mercury"]] * 4


def test_headers_of_left_and_right_pages() -> None:
    pages = [((("Gold" if at % 2 else "Silver"), 20.0), (f"Body {at}", 300.0)) for at in range(5)]
    assert _texts(*pages) == [[f"Body {at}"] for at in range(5)]


def test_a_title_stays_where_the_header_repeats_it() -> None:
    first = set_page(set_line("Gold in Peru", y=30, size=20))
    others = [set_page(set_line("Gold in Peru", y=20, size=8), number=at) for at in (2, 3, 4)]
    found = read_lines([first, *others], repeated_margin_share=0.5)
    assert [len(lines) for lines in found] == [1, 0, 0, 0]


def test_what_repeats_in_its_place_goes_outside_the_margins_too() -> None:
    pages = [(("Home", 250.0), (f"Body {at}", 300.0)) for at in range(4)]
    assert _texts(*pages) == [[f"Body {at}"] for at in range(4)]


def test_numbers_in_the_margin_that_do_not_count_pages_stay() -> None:
    assert _texts((("812", 580.0),), (("31", 580.0),), (("4", 580.0),)) == [["812"], ["31"], ["4"]]


def test_a_single_page_loses_nothing() -> None:
    assert _texts((("Annual report", 20.0), ("7", 580.0))) == [["Annual report", "7"]]


def test_the_share_is_a_setting() -> None:
    pages = [
        (("Rare" if at < 2 else f"Chapter {'x' * at}", 20.0), ("Body", 300 + 20.0 * at))
        for at in range(8)
    ]
    assert _texts(*pages)[0] == ["Rare", "Body"]
    assert _texts(*pages, share=0.2)[0] == ["Body"]


def test_raised_marks_of_notes_go_but_not_at_the_start_of_a_note() -> None:
    start, mark, rest = (
        set_line("losses", x=50)[0],
        set_line("12", x=81, y=99, size=6)[0],
        set_line("fell", x=95)[0],
    )
    (page,) = read_lines([set_page((start, mark, rest), (mark, rest))], repeated_margin_share=0.5)
    assert [line.text for line in page] == ["losses fell", "12 fell"]
