from kgpipe.text.cues import cue_languages, cue_words


def test_cues_belong_to_their_kind_and_languages() -> None:
    assert {"not", "never"} <= cue_words("negation", "en")
    assert "no" in cue_words("negation", "es") & cue_words("negation", "pt")
    assert cue_words("hedge", "en").isdisjoint(cue_words("negation", "en"))
    assert cue_words("negation", "de") == cue_words("nonsense", "en") == frozenset()
    assert cue_languages() == {"en", "es", "pt", "fr"}
