from hypothesis import given, settings
from hypothesis import strategies as st

from kgpipe.backends.windows import cut_windows, last_sentence, show_window, skip_sentences
from kgpipe.types import Chunk

TEXT = "Mercury harms\nfish. --- It kills them. Miners use it."


def chunk_of(text: str) -> Chunk:
    return Chunk(id="c", document_id="d", start=7, end=7 + len(text), text=text, language="en")


def test_a_sentence_is_shown_with_the_one_before_it() -> None:
    shown = [show_window(w, TEXT) for w in cut_windows(chunk_of(TEXT), by_sentence=True)]
    assert shown[0] == "Mercury harms fish."
    assert shown[-1].splitlines()[0].startswith("Before: ")
    assert shown[-1].splitlines()[1] == "Miners use it."


def test_a_chunk_is_shown_one_sentence_a_line() -> None:
    [window] = cut_windows(chunk_of(TEXT), by_sentence=False)
    lines = show_window(window, TEXT).splitlines()
    assert (lines[0], lines[-1]) == ("Mercury harms fish.", "Miners use it.")
    assert window.context == ""


def test_nothing_is_shown_of_nothing() -> None:
    for by_sentence in (True, False):
        assert list(cut_windows(chunk_of(" --\n\n... "), by_sentence=by_sentence)) == []


def test_the_last_quote_that_the_window_has_tells_how_far_a_reply_came() -> None:
    chunk = chunk_of(TEXT)
    [window] = cut_windows(chunk, by_sentence=False)
    last = len(window.sentences) - 1
    for quotes, expected in {
        ("Mercury harms fish.",): 0,
        ("Miners use it.", "invented"): last,
        ("Miners use it.", "Mercury harms"): 0,
        ("kills them. Miners",): last - 1,
        ("invented",): None,
        (): None,
    }.items():
        assert last_sentence(window, quotes, chunk) == expected


def test_a_window_can_lack_its_first_sentences() -> None:
    chunk = chunk_of(TEXT)
    [window] = cut_windows(chunk, by_sentence=False)
    count = len(window.sentences)
    rest = skip_sentences(window, count - 1, chunk)
    assert rest == ("", window.sentences[-1:], "Miners use it.")
    assert skip_sentences(window, count, chunk) is None


@given(st.text(alphabet="ab .\n1-", max_size=80))
@settings(derandomize=True, deadline=None, max_examples=60)
def test_windows_hold_every_word_once(text: str) -> None:
    for by_sentence in (True, False):
        windows = cut_windows(chunk_of(text), by_sentence=by_sentence)
        shown = " ".join(text[a:b] for window in windows for a, b in window.sentences)
        letters = [char for char in text if char.isalnum()]
        assert [char for char in shown if char.isalnum()] == letters
