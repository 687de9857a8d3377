import pytest

from kgpipe.verify.windows import (
    carry_heading,
    carry_sentence,
    find_heading,
    is_anaphoric,
    join_windows,
    opens_with_pronoun,
    read_sentences,
)

TEXT = "Ghana leads. It has 3,747 footprints on 454,335 hectares."


def test_sentences_keep_offsets_words_and_amounts() -> None:
    first, second = read_sentences(TEXT, "en")
    assert TEXT[second.start : second.end] == "It has 3,747 footprints on 454,335 hectares."
    assert [TEXT[token.start : token.end] for token in first.tokens] == ["Ghana", "leads"]
    assert (len(first.amounts), len(second.amounts)) == (0, 2)


def test_joined_windows_hold_both() -> None:
    window = join_windows(read_sentences(TEXT, "en"))
    assert (window.start, window.end, window.sentences) == (0, len(TEXT), 2)
    assert len(window.amounts) == 2


def test_a_heading_is_a_first_line_without_a_sentence_mark() -> None:
    heading = find_heading(read_sentences("Ghana in 2019: 3 mines\n\nIt has 12 camps.", "en"))
    assert heading is not None
    assert find_heading(read_sentences(TEXT, "en")) is None
    assert find_heading(read_sentences("Ghana leads", "en")) is None


def test_a_carried_heading_lends_its_words_and_counts_but_no_date_and_no_span() -> None:
    heading, sentence = read_sentences("Ghana in 2019: 3 mines\n\nThe survey saw 12 camps.", "en")
    carried = carry_heading(heading, sentence)
    assert (carried.start, carried.end) == (sentence.start, sentence.end)
    assert carried.context == len(heading.tokens)
    assert sorted(value for amount in carried.amounts for value in amount.values) == [3, 12]


def test_a_carried_sentence_keeps_only_its_own_amounts() -> None:
    before, after = read_sentences("Ghana has 3 mines. It has 12 camps.", "en")
    carried = carry_sentence(before, after)
    assert (carried.start, carried.end) == (before.start, after.end)
    assert [amount.values for amount in carried.amounts] == [(12.0,)]


@pytest.mark.parametrize(
    ("text", "pronoun", "anaphoric"),
    [
        ("Ghana leads. It has 12 camps.", True, True),
        ("Burning is a bad practice. Cyanide is another of these practices.", False, True),
        ("Burning is bad. Cyanide is another of these practices.", False, False),
        ("Ghana leads. Togo has it.", False, False),
    ],
)
def test_what_goes_back_to_the_sentence_before(text: str, pronoun: bool, anaphoric: bool) -> None:
    before, after = read_sentences(text, "en")
    assert opens_with_pronoun(after) is pronoun
    assert is_anaphoric(after, before) is anaphoric
    assert opens_with_pronoun(carry_sentence(before, after)) is pronoun
