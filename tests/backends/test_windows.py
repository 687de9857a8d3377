from hypothesis import given, settings
from hypothesis import strategies as st

from kgpipe.backends.windows import cut_windows, last_sentence, show_window, skip_sentences
from kgpipe.types import Chunk

TEXT = "Mercury harms\nfish. --- It kills them. Miners use it."


def chunk_of(text: str) -> Chunk:
    return Chunk(id="c", document_id="d", start=7, end=7 + len(text), text=text, language="en")


def test_a_sentence_that_refers_back_is_shown_with_the_one_before_it() -> None:
    text = "Mercury harms\nfish. Miners use it. Gold has no part in the matter."
    shown = [show_window(w, text) for w in cut_windows(chunk_of(text), by_sentence=True)]
    assert shown == [
        "Mercury harms fish.",
        "Before: Mercury harms fish.\nMiners use it.",
        "Gold has no part in the matter.",
    ]
    german = chunk_of(text).model_copy(update={"language": "de"})
    assert [bool(w.context) for w in cut_windows(german, by_sentence=True)] == [False, True, True]


def test_a_chunk_is_shown_one_sentence_a_line() -> None:
    [window] = cut_windows(chunk_of(TEXT), by_sentence=False)
    lines = show_window(window, TEXT).splitlines()
    assert (lines[0], lines[-1]) == ("Mercury harms fish.", "Miners use it.")
    assert window.context == ""


def test_nothing_is_shown_of_nothing() -> None:
    for by_sentence in (True, False):
        assert list(cut_windows(chunk_of(" --\n\n... "), by_sentence=by_sentence)) == []


def test_cells_and_labels_are_not_shown() -> None:
    text = "Casanare\tHuila\tArauca\n\n0% 20% 40%\n\nMapa\n\nLa malaria aumenta en el Cauca."
    chunk = chunk_of(text).model_copy(update={"language": "es"})
    for by_sentence in (True, False):
        [window] = cut_windows(chunk, by_sentence=by_sentence)
        assert show_window(window, text) == "La malaria aumenta en el Cauca."
    labels = chunk_of(text[:30])
    for statements_only in (True, False):
        found = cut_windows(labels, by_sentence=False, statements_only=statements_only)
        assert list(found) == []


def test_a_chunk_with_a_statement_may_be_taken_whole() -> None:
    text = "Casanare\tHuila\tArauca\n\nLa malaria aumenta en el Cauca."
    chunk = chunk_of(text).model_copy(update={"language": "es"})
    [window] = cut_windows(chunk, by_sentence=False, statements_only=False)
    assert [text[start:end] for start, end in window.sentences] == text.split("\n\n")
    assert window.text == text


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


@given(st.lists(st.sampled_from(["Miners use mercury.", "A b", "1 2 3.", "It is\nin use!"])))
@settings(derandomize=True, deadline=None, max_examples=60)
def test_windows_hold_every_statement_once(pieces: list[str]) -> None:
    text = "\n\n".join(pieces)
    stated = [piece for piece in pieces if piece[-1] in ".!" and piece[0].isalpha()]
    for by_sentence in (True, False):
        windows = cut_windows(chunk_of(text), by_sentence=by_sentence)
        shown = [text[start:end] for window in windows for start, end in window.sentences]
        assert shown == stated
