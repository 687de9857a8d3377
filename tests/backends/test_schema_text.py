import pytest

from kgpipe.backends.schema_text import governing
from tests.backends.schema_reader import index_of, read


def words(text: str, mention: str, side: str) -> str:
    found = read(text)
    index = index_of(found, mention)
    window = found.left_window(index) if side == "left" else found.right_window(index)
    return found.doc[window.start : window.stop].text


def test_a_window_reaches_to_the_next_name() -> None:
    text = "Ana Silva was born in Karlsruhe and died in Israel."
    assert words(text, "Karlsruhe", "left") == "was born in"
    assert words(text, "Israel", "left") == "and died in"
    assert words(text, "Karlsruhe", "right") == "and died in"
    assert words(text, "Israel", "right") == "."


def test_joined_names_share_their_window() -> None:
    text = "Ana Silva was born in Hubei and Zaoyang."
    assert words(text, "Zaoyang", "left") == words(text, "Hubei", "left") == "was born in"


@pytest.mark.parametrize(
    ("text", "mention", "subject"),
    [
        ("Trane was founded in 1913.", "1913", "Trane"),
        ("Trane, which was founded in 1913, makes fans.", "1913", "Trane"),
        ("Trane makes fans. It was founded in 1913.", "1913", "Trane"),
        ("Trane is a company. The company was founded in 1913.", "1913", "Trane"),
    ],
)
def test_whom_a_clause_is_about(text: str, mention: str, subject: str) -> None:
    found = read(text)
    target = found.mentions[index_of(found, mention)]
    entity = found.clause_subject(found.head(target))
    assert entity is not None
    assert found.names[entity] == subject


def test_topic_and_sentences() -> None:
    text = read("Trane makes fans. Peru is far.")
    assert text.topic is not None
    assert text.names[text.topic] == "Trane"
    assert text.sentence_number(text.doc[len(text.doc) - 1]) == 1
    assert text.subject_of(5) is None
    assert [token.text for token in governing(text.doc[2])] == ["makes"]
