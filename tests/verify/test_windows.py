from kgpipe.verify.windows import join_windows, read_sentences

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
