from typing import Any

import pytest

from kgpipe.backends.fake import FakeChatModel, FakeSearch
from kgpipe.calls import ChatRequest
from kgpipe.errors import ItemError, ServiceError
from kgpipe.settings import VerifySettings
from kgpipe.types import Passage, Retrieved, Verdict
from kgpipe.verify.das import verify_as_das
from tests.verify.builders import make_claim, make_passages

CLAIM = make_claim('the "Peru"', "exports", "gold")
ROW = "|Subject|Predicate|Object|Is_The_Triple_Valid|Reason|\n|---|---|---|---|---|\n|a|b|c|{}|why|"


def page(*answers: str) -> list[Passage]:
    """One page an answer; the page says what the model is to answer."""
    return make_passages(*(f"Peru exports gold, says page {n}: {a}" for n, a in enumerate(answers)))


def echo(request: ChatRequest) -> str:
    """What the reference text ends in."""
    said = request.messages[-1].content.rsplit(" ", 1)[-1]
    return ROW.format(said) if said in ("Yes", "No", "no") else said


def verify(passages: list[Passage], chat: FakeChatModel | None = None, **options: Any) -> Verdict:
    return verify_as_das(
        Retrieved(claim=CLAIM), settings=VerifySettings(), chat=chat or FakeChatModel(echo),
        search=FakeSearch(passages), **options,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("answers", "label", "reason"),
    [
        (("Yes", "Yes", "No"), "supported", "das_2_of_3"),
        (("Yes", "No", "no"), "refuted", "das_1_of_3"),
        # Ties and no vote at all are Yes, as in the released code.
        (("Yes", "No"), "supported", "das_1_of_2"),
        (("Hm", "Hm", "Hm"), "supported", "das_0_of_0"),
        ((), "supported", "das_0_of_0"),
        (("No", "Hm"), "refuted", "das_0_of_1"),
        # The fourth page is not read.
        (("No", "No", "Yes", "Yes"), "refuted", "das_1_of_3"),
    ],
)
def test_the_majority_of_three_pages(answers: tuple[str, ...], label: str, reason: str) -> None:
    verdict = verify(page(*answers))
    assert (verdict.label, verdict.reason) == (label, reason)


def test_one_query_without_quotation_marks_and_one_call_a_page() -> None:
    chat = FakeChatModel(echo)
    verdict = verify(page("Yes", "No"), chat)
    assert verdict.trace[0].subject == "the Peru exports gold"
    assert len(chat.requests) == 2
    asked = chat.requests[0].messages
    assert len(asked) == 1
    assert "vast knowledge" in asked[0].content


def test_text_loses_its_accents_and_marks_and_is_cut() -> None:
    chat = FakeChatModel(echo)
    text = "Peru exports gold: 5 % (S\u00e3o Paulo)! " + "x" * 100
    verify(make_passages(text), chat, page_chars=40)
    reference = chat.requests[0].messages[-1].content.split("Reference text: ")[1]
    assert reference == "Peru exports gold 5  So Paulo! " + "x" * 9


def test_a_page_whose_reply_cannot_be_read_is_asked_five_times() -> None:
    chat = FakeChatModel(lambda request: "no table" if request.sample < 4 else ROW.format("No"))
    assert verify(page("x"), chat).label == "refuted"
    assert [request.sample for request in chat.requests] == [0, 1, 2, 3, 4]


def test_given_pages_stand_for_the_search() -> None:
    question = Retrieved(claim=CLAIM, passages=tuple(page("No")))

    class Unasked:
        def search(self, query: str, *, limit: int) -> list[Passage]:
            raise AssertionError

    verdict = verify_as_das(
        question, settings=VerifySettings(), chat=FakeChatModel(echo), search=Unasked()
    )
    assert verdict.label == "refuted"
    assert [vote.source for vote in verdict.votes] == ["page0"]


def test_a_refused_page_casts_no_vote_and_a_failed_service_ends_in_an_error() -> None:
    def refuse(request: ChatRequest) -> str:
        raise ItemError("request_refused", "x")

    def fail(request: ChatRequest) -> str:
        raise ServiceError("timeout", "x")

    assert verify(page("No"), FakeChatModel(refuse)).reason == "das_0_of_0"
    with pytest.raises(ServiceError):
        verify(page("No"), FakeChatModel(fail))
