import pytest

from kgpipe.text.cues import cue_words
from kgpipe.text.qualifiers import Qualifiers, read_qualifiers


def read(sentence: str, says: str, language: str) -> Qualifiers:
    start = sentence.index(says)
    return read_qualifiers(sentence, start=start, end=start + len(says), language=language)


ES = "Según el Instituto Norte, en marzo de 2003 salieron 14 dragas, que no tenían permiso."


def test_a_spanish_sentence() -> None:
    assert read(ES, "salieron 14 dragas", "es") == Qualifiers(
        negated=False, hedged=False, conditional=False, attributed_to="Instituto Norte",
        time="marzo de 2003",
    )  # fmt: skip
    assert read(ES, "no tenían permiso", "es").negated
    assert read(ES, "tenían permiso", "es").negated


@pytest.mark.parametrize(
    ("sentence", "says", "language", "negated"),
    [
        ("They do not mine gold.", "mine gold", "en", True),
        ("They don't mine gold.", "mine gold", "en", True),
        ("They do not sleep, they mine gold.", "they mine gold", "en", False),
        ("They not only mine gold.", "mine gold", "en", False),
        ("Não vendem ouro.", "vendem ouro", "pt", True),
        ("Ils ne vendent pas d'or.", "vendent pas d'or", "fr", True),
        ("No solo venden oro.", "venden oro", "es", False),
    ],
)
def test_negation(sentence: str, says: str, language: str, negated: bool) -> None:
    assert read(sentence, says, language).negated == negated


@pytest.mark.parametrize(
    ("sentence", "says", "hedged", "conditional"),
    [
        ("Spills may kill fish.", "kill fish", True, False),
        ("If it rains, spills kill fish.", "spills kill fish", False, True),
        ("Spills kill fish, if it rains.", "kill fish", False, False),
        ("Spills kill fish.", "kill fish", False, False),
        ("On 4 May spills kill fish.", "kill fish", False, False),
    ],
)
def test_hedges_and_conditions(sentence: str, says: str, hedged: bool, conditional: bool) -> None:
    found = read(sentence, says, "en")
    assert (found.hedged, found.conditional) == (hedged, conditional)


@pytest.mark.parametrize(
    ("sentence", "says", "language", "speaker"),
    [
        ("According to the Ministry of Mines, dredges sank.", "dredges sank", "en",
         "Ministry of Mines"),
        ("Dredges sank, according to him.", "Dredges sank", "en", None),
        ("The mayor said that dredges sank.", "dredges sank", "en", "mayor"),
        ("Rangel dijo que salió el oro.", "salió el oro", "es", "Rangel"),
        ("Segundo a Funai, saiu ouro.", "saiu ouro", "pt", "Funai"),
        ("Le maire dit que l'or part.", "l'or part", "fr", "maire"),
        ("The mayor of the town left it and said that dredges sank.", "dredges sank", "en", None),
        ("The mayor said goodbye.", "goodbye", "en", None),
    ],
)  # fmt: skip
def test_who_says_it(sentence: str, says: str, language: str, speaker: str | None) -> None:
    assert read(sentence, says, language).attributed_to == speaker


@pytest.mark.parametrize(
    ("sentence", "says", "time"),
    [
        ("In 1999 gold left, in 2001 it came.", "gold left", "1999"),
        ("In 1999 gold left, in 2001 it came.", "it came", "2001"),
        ("Gold left on 12 March 2003.", "Gold left", "12 March 2003"),
        ("Gold left in May.", "Gold left", "May"),
        ("Gold may march.", "Gold may march", None),
        ("Gold left in 2003-04.", "Gold left", "2003-04"),
        ("El oro salió el 3 de enero de 2016.", "salió", "3 de enero de 2016"),
        ("It cost 2000% more.", "cost", None),
        ("Rebels, founded in 1964, have 25 camps.", "have 25 camps", None),
        ("In 2017, rebels had 25 camps, more than in 2016.", "rebels had 25 camps", "2017"),
    ],
)
def test_the_nearest_time(sentence: str, says: str, time: str | None) -> None:
    language = "es" if "oro" in sentence else "en"
    assert read(sentence, says, language).time == time


def test_languages_without_cues_limit_nothing() -> None:
    assert cue_words("negation", "de") == frozenset()
    assert read("Gold wird nicht verkauft.", "nicht verkauft", "de") == (
        False, False, False, None, None,
    )  # fmt: skip
