import json
import math
from collections.abc import Callable

import pytest

from kgpipe.backends.fake import FakeChatModel
from kgpipe.calls import ChatReply, ChatRequest
from kgpipe.errors import ItemError, ServiceError
from kgpipe.types import Retrieved
from kgpipe.verify.llm_judge import LlmJudge, true_log_odds
from tests.verify.builders import make_claim, make_passages

CLAIM = make_claim("Peru", "exports", "gold")
TEXT = "Lima, 3 May. Peru exports gold\nto \u201cmany\u201d countries. Prices rose."
QUOTE = 'Peru exports gold to "many" countries.'


def answer(stance: str, quote: str) -> str:
    return json.dumps({"stance": stance, "quote": quote})


class Chat(FakeChatModel):
    """Answers with JSON where a schema is given; else True at a probability, if it has one."""

    def __init__(self, stance: str = "support", quote: str = QUOTE, *, true: float | None = None):
        super().__init__(lambda request: answer(stance, quote))
        self._true = true

    def reply(self, request: ChatRequest) -> ChatReply:
        reply = super().reply(request)
        if request.output_schema:
            return reply
        text = "True" if self._true is None or self._true > 0.5 else "False"
        tokens = {} if self._true is None else {
            " True": math.log(self._true), "FALSE": math.log(1 - self._true), "The": -9.0,
        }  # fmt: skip
        return reply.model_copy(update={"text": text, "first_token": tokens})


def judged(chat: FakeChatModel, *texts: str) -> list[tuple[str, str, float]]:
    found = Retrieved(claim=CLAIM, passages=tuple(make_passages(*(texts or (TEXT,)))))
    return [(vote.stance, vote.reason, vote.log_odds) for vote in LlmJudge(chat).judge(found)]


def test_a_quoted_stance_is_a_vote_and_its_quote_is_that_of_the_source() -> None:
    chat = Chat()
    [vote] = LlmJudge(chat).judge(Retrieved(claim=CLAIM, passages=tuple(make_passages(TEXT))))
    assert (vote.stance, vote.reason, vote.log_odds) == ("support", "quoted", 1.7)
    assert TEXT[vote.start : vote.end] == vote.quote
    assert vote.quote.startswith("Peru exports gold\nto \u201cmany")
    assert vote.judge == LlmJudge(chat).name


@pytest.mark.parametrize(
    "quote", ["Peru exports silver.", "", "Peru exports gold to all countries."]
)
def test_a_quote_that_is_not_there_voids_the_vote(quote: str) -> None:
    assert judged(Chat(quote=quote)) == [("neutral", "quote_not_found", 0.0)]


@pytest.mark.parametrize(
    ("stance", "true", "expected"),
    [
        ("support", 0.9, ("support", "quoted", 2.1972)),
        ("support", 0.9999, ("support", "quoted", 2.9)),
        ("refute", 0.1, ("refute", "quoted", -2.1972)),
        ("refute", 0.9, ("neutral", "undecided", 0.0)),
        ("support", 0.2, ("neutral", "undecided", 0.0)),
        ("refute", None, ("refute", "quoted", -1.7)),
        ("neutral", 0.9, ("neutral", "neutral", 0.0)),
    ],
)
def test_log_probabilities_weigh_a_vote_where_there_are_some(
    stance: str, true: float | None, expected: tuple[str, str, float]
) -> None:
    assert judged(Chat(stance, true=true)) == [expected]


@pytest.mark.parametrize(
    ("stance", "instead", "negated", "expected"),
    [
        ("refute", "silver ", False, "silver"),
        ("refute", "copper", False, ""),
        ("refute", "Gold", False, ""),
        ("refute", "the", False, ""),
        ("refute", "", False, ""),
        ("refute", None, False, ""),
        # What speaks against a denial is the value itself.
        ("refute", "silver", True, ""),
        ("support", "silver", False, ""),
    ],
)
def test_a_refutation_may_name_what_the_source_has_instead(
    stance: str, instead: str | None, negated: bool, expected: str
) -> None:
    text = "Since May the silver of Peru, and not Gold, is what Peru exports."
    reply = json.dumps({"stance": stance, "quote": text, "instead": instead})
    claim = CLAIM.model_copy(update={"negated": negated})
    judge = LlmJudge(FakeChatModel(lambda request: reply if request.output_schema else "?"))
    [vote] = judge.judge(Retrieved(claim=claim, passages=tuple(make_passages(text))))
    assert (vote.stance, vote.rival) == (stance, expected)


def test_each_call_sees_the_passages_of_one_source_alone() -> None:
    chat = Chat()
    judged(chat, TEXT, "Another source.")
    asked = [request.messages[-1].content for request in chat.requests if request.output_schema]
    assert ["Another" in content for content in asked] == [False, True]
    assert all("Peru exports gold" in content for content in asked)
    # The marker of a block is a hash of its text, which a text cannot know.
    assert all(content.count("<data-") == 2 for content in asked)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("I would say so.", "unparsable_reply"), ('{"stance": "maybe"}', "unparsable_reply"),
        ('{"stance": "support", "quote": 7}', "quote_not_found"), ("", "unparsable_reply"),
        ('```json\n{"stance": "neutral", "quote": ""}\n```', "neutral"),
    ],
)  # fmt: skip
def test_an_odd_reply_is_a_neutral_vote_with_its_reason(reply: str, reason: str) -> None:
    assert judged(FakeChatModel(lambda request: reply)) == [("neutral", reason, 0.0)]


def failing(error: Exception) -> Callable[[ChatRequest], str]:
    def fail(request: ChatRequest) -> str:
        raise error

    return fail


def test_a_refused_text_is_a_neutral_vote_and_a_failed_service_none() -> None:
    refused = FakeChatModel(failing(ItemError("context_too_long", "x")))
    assert judged(refused) == [("neutral", "context_too_long", 0.0)]
    assert LlmJudge(refused).believe(CLAIM) == []
    down = LlmJudge(FakeChatModel(failing(ServiceError("timeout", "x"))))
    with pytest.raises(ServiceError):
        down.judge(Retrieved(claim=CLAIM, passages=tuple(make_passages(TEXT))))
    with pytest.raises(ServiceError):
        down.believe(CLAIM)


def test_a_belief_is_asked_for_without_passages() -> None:
    chat = Chat(true=0.8)
    [prior] = LlmJudge(chat).believe(CLAIM)
    assert prior.probability == 0.8
    assert "Passage" not in chat.requests[-1].messages[-1].content
    assert [p.probability for p in LlmJudge(Chat(true=None)).believe(CLAIM)] == [1.0]
    assert LlmJudge(FakeChatModel(lambda request: "Hm")).believe(CLAIM) == []


def test_the_share_of_true_among_the_first_tokens() -> None:
    assert true_log_odds({}) is None
    assert true_log_odds({"Maybe": -0.1}) is None
    both = true_log_odds({"True": math.log(0.6), " true": math.log(0.2), "no": math.log(0.2)})
    assert both == pytest.approx(math.log(4))
    # What is not listed is at most as likely as the least that is.
    alone = true_log_odds({"True": math.log(0.9), "x": math.log(0.01)})
    assert alone == pytest.approx(math.log(90))
