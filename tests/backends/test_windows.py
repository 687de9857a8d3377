from hypothesis import given, settings
from hypothesis import strategies as st

from kgpipe.backends.windows import cut_windows, show_window
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


@given(st.text(alphabet="ab .\n1-", max_size=80))
@settings(derandomize=True, deadline=None, max_examples=60)
def test_windows_hold_every_word_once(text: str) -> None:
    for by_sentence in (True, False):
        windows = cut_windows(chunk_of(text), by_sentence=by_sentence)
        shown = " ".join(text[a:b] for window in windows for a, b in window.sentences)
        letters = [char for char in text if char.isalnum()]
        assert [char for char in shown if char.isalnum()] == letters
