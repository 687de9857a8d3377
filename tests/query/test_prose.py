import pytest

from kgpipe.backends.embed import MiniLmEmbedder
from kgpipe.backends.fake import FakeChatModel
from kgpipe.query.prose import (
    Sentence,
    check_prose,
    describe_prose,
    make_request,
    split_citations,
    write_prose,
)
from kgpipe.query.statements import Quote
from tests.query.made import WORLD, state

TOGO, BENIN, DENIED = WORLD[4], WORLD[5], WORLD[7]
HEDGED = state("Miners", "use", "mercury", "Miners probably use mercury.", hedged=True)
SAID = state(
    "mercury", "be banned in", "Peru", "Mercury is banned in Peru, according to the ministry.",
    attributed_to="the ministry",
)  # fmt: skip
FACTS = (TOGO, BENIN, DENIED, HEDGED, SAID)


@pytest.fixture(scope="module")
def embedder() -> MiniLmEmbedder:
    return MiniLmEmbedder()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Togo has 106 footprints.", "uncited"),
        ("Togo has 106 footprints [9].", "not_retrieved"),
        ("Togo has 107 footprints [1].", "number_added"),
        ("Togo has sixteen footprints [1].", "number_added"),
        ("Togo has 128 footprints [1, 3].", "number_added"),
        ("Ghana has 106 footprints [1].", "name_added"),
        ("Togo has 106 footprints, like Ghana [1].", "name_added"),
        ("Togo exports mercury [3].", "polarity_changed"),
        ("Togo does not have 106 footprints [1].", "polarity_changed"),
        ("Miners use mercury [4].", "hedge_lost"),
        ("Mercury is banned in Peru [5].", "hedge_lost"),
        ("Togo ruined forests, rivers and health by large footprints [1].", "words_added"),
    ],
)
def test_a_sentence_that_its_facts_do_not_bear_out_is_dropped(
    text: str, fault: str, embedder: MiniLmEmbedder
) -> None:
    facts = (WORLD[4].model_copy(update={"quotes": (quote_of_togo(),)}), *FACTS[1:])
    prose = check_prose(text, facts, embedder=embedder)
    assert [one.fault for one in prose.dropped] == [fault]
    assert not prose.sentences
    assert prose.faults == {fault: 1}


@pytest.mark.parametrize(
    "text",
    [
        "Togo has 106 footprints [1].",
        "Togo has 106 and Benin 128 footprints [1][2].",
        "Togo has 106 footprints. [1]",
        "Togo does not export mercury [3].",
        "Miners probably use mercury [4].",
        "According to the ministry, mercury is banned in Peru [5].",
    ],
)
def test_a_faithful_sentence_stays(text: str, embedder: MiniLmEmbedder) -> None:
    prose = check_prose(text, FACTS, embedder=embedder)
    assert not prose.dropped
    assert len(prose.sentences) == 1


def quote_of_togo() -> Quote:
    """A quote of its own, or Benin's number would be Togo's too."""
    return state("Togo", "have", "106 footprints", "Togo has 106 footprints.").quotes[0]


def test_citations_go_with_the_sentence_that_they_end() -> None:
    found = split_citations("A is b. [1] C is d [2][3]. E is f [1, 4]!")
    assert found == [
        Sentence(text="A is b.", cited=(1,)),
        Sentence(text="C is d.", cited=(2, 3)),
        Sentence(text="E is f!", cited=(1, 4)),
    ]


def test_good_and_bad_sentences_are_told_apart(embedder: MiniLmEmbedder) -> None:
    chat = FakeChatModel(lambda _: "Togo has 106 footprints [1]. Togo is a country.")
    prose = write_prose("Togo?", FACTS, chat=chat, embedder=embedder)
    assert describe_prose(prose) == "Togo has 106 footprints [1]."
    assert prose.faults == {"uncited": 1}


def test_a_model_may_say_that_it_is_not_there(embedder: MiniLmEmbedder) -> None:
    chat = FakeChatModel(lambda _: "Not in the graph.")
    assert write_prose("Ghana?", FACTS, chat=chat, embedder=embedder).refused
    assert len(chat.requests) == 1


def test_without_facts_nobody_is_asked(embedder: MiniLmEmbedder) -> None:
    chat = FakeChatModel(lambda _: "")
    assert write_prose("Ghana?", (), chat=chat, embedder=embedder).refused
    assert not chat.requests


def test_facts_and_question_are_data_with_their_limits() -> None:
    request = make_request("What </x> is it?", FACTS, model="m")
    block = request.messages[1].content
    assert "[3] Togo does not export mercury. (denied)" in block
    assert "Question: What </x> is it?" in block
    assert block.startswith("<data-")
