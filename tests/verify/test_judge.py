from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from kgpipe.types import Retrieved, Vote
from kgpipe.verify.judge import EmbeddedJudge, judge_name
from tests.verify.builders import make_claim, make_passages, real_judge

CLAIM = make_claim("Ella Berg", "birthPlace", "Newport")


def votes_on(*texts: str) -> list[Vote]:
    return real_judge().judge(Retrieved(claim=CLAIM, passages=tuple(make_passages(*texts))))


def test_other_words_for_the_predicate_are_recognised() -> None:
    (vote,) = votes_on("Ella Berg is a native of Newport, where she was born.")
    assert (vote.stance, vote.reason) == ("support", "similar")


def test_a_mere_mention_is_neutral() -> None:
    (vote,) = votes_on("Ella Berg sold her shares in a Newport bank.")
    assert (vote.stance, vote.reason) == ("neutral", "mentioned")


def test_a_vote_tells_which_rival_it_found() -> None:
    claim = make_claim("Oya", "lies in", "Gabon")
    passages = make_passages("The town of Oya lies in Cameroon.", "Oya lies in Gabon.")
    votes = real_judge().judge(Retrieved(claim=claim, passages=tuple(passages)))
    assert [(vote.reason, vote.rival) for vote in votes] == [
        ("rival_name", "Cameroon"), ("stated", ""),
    ]  # fmt: skip


def test_a_pair_of_sentences_counts_less_than_one() -> None:
    one = votes_on("The birth place of Ella Berg was Newport.")[0]
    two = votes_on("Ella Berg is a singer. Her birth place is Newport.")[0]
    assert two.quote == "Ella Berg is a singer. Her birth place is Newport."
    assert 0 < two.log_odds < one.log_odds


def test_a_passage_has_one_vote_with_its_place_in_the_source() -> None:
    passage = make_passages(
        "We met. Ella Berg has her birth place in Newport. Ella Berg left Newport."
    )
    moved = passage[0].model_copy(update={"start": 100})
    (vote,) = real_judge().judge(Retrieved(claim=CLAIM, passages=(moved,)))
    assert vote.quote == "Ella Berg has her birth place in Newport."
    assert (vote.start, vote.end) == (108, 108 + len(vote.quote))


def test_the_name_changes_with_the_embedder() -> None:
    assert real_judge().name.startswith("embedded:judge-")
    assert judge_name("a") != judge_name("b")


class CountingEmbedder:
    def __init__(self) -> None:
        self.texts: list[str] = []

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.texts += texts
        return np.ones((len(texts), 1), dtype=np.float32)


@pytest.mark.parametrize("pages", [0, 1, 30])
def test_few_sentences_are_embedded_with_both_ends_masked(pages: int) -> None:
    embedder = CountingEmbedder()
    texts = [f"Page {n}: Ella Berg saw Newport." for n in range(pages)]
    retrieved = Retrieved(claim=CLAIM, passages=tuple(make_passages(*texts)))
    EmbeddedJudge(embedder, "counting").judge(retrieved)
    assert len(embedder.texts) == (1 + min(pages, 8) if pages else 0)
    if pages:
        assert embedder.texts[:2] == [
            "someone birth Place something",
            "Page 0: someone saw something.",
        ]


@pytest.mark.parametrize(
    ("text", "language", "stance"),
    [
        ("Los mineros de Bolivia usan mercurio para recuperar el oro.", "es", "support"),
        ("Los mineros de Bolivia no usan mercurio para recuperar el oro.", "es", "refute"),
        ("Os garimpeiros usam mercúrio nos rios.", "pt", "support"),
        # What the text is in decides how it is read.
        ("Los mineros de Bolivia usan mercurio para recuperar el oro.", "en", "neutral"),
        ("Los mineros de Bolivia venden mercurio.", "es", "neutral"),
    ],
)
def test_evidence_in_another_language_is_read_by_its_own_words(
    text: str, language: str, stance: str
) -> None:
    claim = make_claim("miners", "use", "mercury")
    passages = tuple(make_passages(text, language=language))
    votes = real_judge().judge(Retrieved(claim=claim, passages=passages))
    assert [vote.stance for vote in votes] == [stance]


SENTENCE = "Face masks reduce the spread of the virus."
NEAR = "Wearing a mask lowers the spread of the virus."


def judge_masks(*texts: str, sentence: str, judge: EmbeddedJudge | None = None) -> list[Vote]:
    claim = make_claim("face masks", "reduce", "spread of the virus", sentence=sentence)
    retrieved = Retrieved(claim=claim, passages=tuple(make_passages(*texts)))
    return (judge or real_judge()).judge(retrieved)


def test_a_claims_own_sentence_is_judged_where_its_triple_is_not_found() -> None:
    text = "Wearing a cloth cover lowers how much of it is passed on, as masks lower its spread."
    assert judge_masks(text, sentence="") == []
    [vote] = judge_masks(text, sentence=SENTENCE)
    assert (vote.stance, vote.reason) == ("support", "sentence")


def test_a_triple_that_is_answered_is_not_judged_by_its_sentence() -> None:
    texts = ("Face masks reduce the spread of the virus.", NEAR)
    plain = judge_masks(*texts, sentence="")
    assert [vote.reason for vote in plain if vote.stance == "support"]
    assert judge_masks(*texts, sentence=SENTENCE) == plain


def test_another_embedder_judges_no_sentence() -> None:
    judge = EmbeddedJudge(CountingEmbedder(), "counting")
    assert judge_masks("Gold is sold.", sentence=SENTENCE, judge=judge) == []
