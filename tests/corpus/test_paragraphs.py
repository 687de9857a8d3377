from collections.abc import Sequence

from kgpipe.corpus.lines import read_lines
from kgpipe.corpus.paragraphs import group_lines
from kgpipe.pages import RawPage
from tests.corpus.typeset import RawLine, set_line, set_lines, set_page

BODY = [
    "Mercury is used by many small mines in the",
    "region and it is carried by the rivers for a",
    "long way. It ends in fish.",
]


def _group(*pages: RawPage) -> list[str]:
    lines = read_lines(pages, repeated_margin_share=1.0)
    return [" ".join(line.text for line in block) for block in group_lines(lines)]


def _one_page(*parts: Sequence[RawLine]) -> list[str]:
    return _group(set_page(*(line for part in parts for line in part)))


JOINED = " ".join(BODY)


def test_a_wider_gap_parts_paragraphs() -> None:
    assert _one_page(set_lines(BODY), set_lines(BODY, y=150)) == [JOINED, JOINED]


def test_double_spacing_is_no_gap() -> None:
    assert _one_page(set_lines(BODY, pitch=20), set_lines(BODY, y=190, pitch=20)) == [JOINED] * 2


def test_an_indent_after_a_full_stop_parts_paragraphs() -> None:
    first, *others = BODY
    second = [set_line(first, x=60, y=136), *set_lines(others, y=148)]
    assert _one_page(set_lines(BODY), second) == [JOINED, JOINED]


def test_a_short_line_parts_paragraphs() -> None:
    assert _one_page(set_lines([*BODY, *BODY])) == [JOINED, JOINED]


def test_headings_stand_alone() -> None:
    assert _one_page(set_lines(["Economic research", *BODY])) == ["Economic research", JOINED]
    large = set_line("A title of larger type that fills its line", y=80, size=14)
    assert _one_page([large], set_lines(BODY))[1] == JOINED


def test_a_paragraph_goes_on_in_the_next_column_and_on_the_next_page() -> None:
    left, right = set_lines(BODY[:2], y=500), set_lines(BODY[2:], x=270, y=100)
    assert _one_page(left, right) == [JOINED]
    assert _group(set_page(*left), set_page(*right, number=2)) == [JOINED]


def test_a_finished_paragraph_does_not_go_on() -> None:
    # Not at the same place, as running lines are.
    pages = [set_page(*set_lines(BODY, y=50 * number), number=number) for number in (2, 3)]
    assert _group(*pages) == [JOINED, JOINED]


def test_footnotes_do_not_part_a_sentence_from_its_end() -> None:
    note = "1 The wording follows the convention."
    first = set_page(*set_lines(BODY), *set_lines(BODY[:2], y=150), set_line(note, y=550, size=7))
    second = set_page(*set_lines(BODY[2:]), number=2)
    assert _group(first, second) == [JOINED, note, JOINED]


def test_list_items_and_rows_are_paragraphs() -> None:
    items = ["\u2022 retorts are cheap and they are used in", "the camps", "\u2022 sluices"]
    assert _one_page(set_lines(items)) == [" ".join(items[:2]), items[2]]
    rows = ["Peru     45     mercury", "Bolivia     7     mercury"]
    assert len(_one_page(set_lines(rows))) == 2


def test_a_decimal_number_at_a_line_start_is_no_heading() -> None:
    lines = ["The protection of the whole population costs", "16.0 million dollars in all of it."]
    assert _one_page(set_lines(lines)) == [" ".join(lines)]


def test_labels_of_a_chart_are_one_paragraph() -> None:
    labels = [set_line(str(at), x=50 + 20 * at, y=100 + 9 * (at % 3)) for at in range(9)]
    assert _one_page(labels) == ["0 1 2 3 4 5 6 7 8"]
