import pytest

from kgpipe.types import Retrieved
from kgpipe.verify.mentions import Mention
from kgpipe.verify.question import read_question
from kgpipe.verify.scope import is_hedged, is_negated, names_another
from kgpipe.verify.windows import Window, carry_sentence, read_sentences
from tests.verify.builders import make_claim


def window(text: str, language: str = "en") -> Window:
    [only] = read_sentences(text, language)
    return only


def at(found: Window, word: str) -> int:
    return [found.text[token.start : token.end] for token in found.tokens].index(word)


@pytest.mark.parametrize(
    ("text", "predicate", "expected"),
    [
        ("The mine does not use mercury.", "use", True),
        ("The mine never openly uses mercury.", "uses", True),
        ("The mine uses no mercury.", "uses", True),
        ("The mine uses not only mercury.", "uses", False),
        ("The camp has no road, but the mine uses mercury.", "uses", False),
        ("It is no camp; the mine uses mercury.", "uses", False),
        ("No one of the many old camps in the far north knows who uses mercury.", "uses", False),
    ],
)
def test_a_negation_denies_the_predicate_near_it(text: str, predicate: str, expected: bool) -> None:
    read = window(text)
    ends = [Mention(1, 1, 1.0), Mention(len(read.tokens) - 1, len(read.tokens) - 1, 1.0)]
    assert is_negated(read, [at(read, predicate)], ends) is expected


def test_without_a_predicate_a_negation_denies_the_later_end_unless_it_is_part_of_one() -> None:
    read = window("Mercury without a licence: no trade.")
    ends = [Mention(0, 0, 1.0), Mention(5, 5, 1.0)]
    assert is_negated(read, [], ends)
    assert is_negated(read, [], ends[::-1])
    assert not is_negated(read, [], [Mention(0, 1, 1.0), Mention(2, 3, 1.0)])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The shop may sell retorts.", True),
        ("The shop reportedly sells retorts.", True),
        ("Since May the shop has been able to sell retorts.", False),
        ("May the shop sell retorts?", True),
        ("Rain may come; the shop does sell retorts.", False),
    ],
)
def test_a_doubt_counts_in_the_clause_of_the_predicate(text: str, expected: bool) -> None:
    read = window(text)
    place = next(i for i, token in enumerate(read.tokens) if token.form.startswith("sell"))
    assert is_hedged(read, [place]) is expected


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        ("It has 3 camps.", False),
        ("It has 3 camps in Ghana (GH).", False),
        ("In Togo it has 3 camps.", True),
    ],
)
def test_another_name_in_the_sentence_may_be_its_subject(second: str, expected: bool) -> None:
    question = read_question(Retrieved(claim=make_claim("Ghana", "has", "3 camps")))
    before, after = read_sentences(f"Ghana leads. {second}", "en")
    assert names_another(carry_sentence(before, after), question) is expected
