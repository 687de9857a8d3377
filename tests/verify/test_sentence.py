from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from kgpipe.backends.embed import MINILM_NAME, MiniLmEmbedder
from kgpipe.types import Vote
from kgpipe.verify.lexicon import weights
from kgpipe.verify.sentence import can_judge, find_nearest, judge_sentence
from kgpipe.verify.sentence_model import shipped_model
from tests.verify.builders import make_passages

CLAIM = "Face masks reduce the spread of the virus."


def votes_on(*texts: str, claim: str = CLAIM, language: str = "en") -> list[Vote]:
    passages = make_passages(*texts, language=language)
    return judge_sentence(claim, passages, MiniLmEmbedder(), shipped_model())


def test_the_nearest_window_has_the_vote_with_its_place() -> None:
    near = "Wearing a mask lowers the spread of the virus."
    [vote] = votes_on(f"Gold was sold on Friday. {near}")
    assert (vote.stance, vote.quote, vote.reason) == ("support", near, "sentence")
    assert (vote.start, vote.end) == (25, 25 + len(near))
    assert vote.log_odds > 0


@pytest.mark.parametrize(
    "text",
    [
        "Face masks do not reduce the spread of the virus.",
        "Masks had no effect on the spread of the virus.",
    ],
)
def test_a_contrary_window_refutes(text: str) -> None:
    [vote] = votes_on(text)
    assert vote.stance == "refute"
    assert vote.log_odds < 0


def test_what_is_about_something_else_has_no_vote() -> None:
    assert votes_on("Gold was sold in the town on Friday.") == []


def test_no_passage_and_no_english_one_has_no_vote() -> None:
    assert votes_on() == []
    assert votes_on(CLAIM, language="es") == []


def test_all_votes_together_weigh_less_than_one_statement() -> None:
    limit = weights()["sentence_limit"]
    assert limit < weights()["stated"]
    assert votes_on(CLAIM)[0].log_odds <= limit
    votes = votes_on(*(f"{CLAIM} Page {number}." for number in range(9)))
    assert len(votes) == 9
    assert sum(vote.log_odds for vote in votes) == pytest.approx(limit, abs=0.001)


class CountingEmbedder:
    def __init__(self) -> None:
        self.texts: list[str] = []

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.texts += texts
        return np.ones((len(texts), 1), dtype=np.float32)


def test_few_sentences_are_embedded_and_those_that_share_words_first() -> None:
    embedder = CountingEmbedder()
    texts = [*(f"Page {number} is empty." for number in range(40)), "Masks reduce the spread."]
    nearest = find_nearest(CLAIM, make_passages(*texts), embedder)
    assert len(embedder.texts) == 1 + 32
    assert "Masks reduce the spread." in embedder.texts
    assert len(nearest) == 32


def test_only_the_embedder_that_was_fitted_is_read() -> None:
    assert can_judge(MINILM_NAME)
    assert not can_judge("another")
