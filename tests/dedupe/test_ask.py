import json

import pytest

from kgpipe.backends.fake import FakeChatModel
from kgpipe.calls import ChatRequest
from kgpipe.dedupe.ask import answer_question, make_request, prompt_digest
from kgpipe.dedupe.grey import Question, Side
from kgpipe.errors import ItemError

QUESTION = Question(
    left=Side(name="miners' unions", kind="organisation", said="Miners' unions met in Lima."),
    right=Side(name="unions of mine workers", kind="", said=""),
    cosine=0.83,
)


def says(*replies: str) -> FakeChatModel:
    left = list(replies)
    return FakeChatModel(lambda request: left.pop(0))


SAME, DIFFERENT = '{"answer": "same"}', '{"answer": "different"}'


def test_the_model_sees_names_kinds_and_statements_and_no_cosine() -> None:
    [system, user] = make_request(QUESTION, model="m").messages
    assert "same" in system.content
    assert user.content.splitlines()[1:-1] == [
        "A stands in: Miners' unions met in Lima.",
        "kind of A: organisation",
        "name A: miners' unions",
        "name B: unions of mine workers",
    ]
    assert ".83" not in user.content


def test_the_model_must_say_so_both_ways_round() -> None:
    chat = says(SAME, SAME)
    assert answer_question(QUESTION, chat=chat).same
    first, second = (request.messages[-1].content for request in chat.requests)
    assert "name A: unions of mine workers" in second
    assert first != second
    assert not answer_question(QUESTION, chat=says(SAME, DIFFERENT)).same
    once = says(DIFFERENT)
    assert not answer_question(QUESTION, chat=once).same
    assert len(once.requests) == 1


@pytest.mark.parametrize(
    "reply", ["", "yes", '{"answer": "maybe"}', '{"answer": true}', '{"same": "same"}', "[]"]
)
def test_a_reply_that_cannot_be_read_is_no_answer(reply: str) -> None:
    for replies in ((reply,), (SAME, reply)):
        with pytest.raises(ItemError, match="unparsable_reply"):
            answer_question(QUESTION, chat=says(*replies))


def test_a_reply_may_stand_in_other_text() -> None:
    chat = says('```json\n{"answer": "Same"}\n```', SAME)
    assert answer_question(QUESTION, chat=chat).same


def test_the_schema_allows_two_answers() -> None:
    requests: list[ChatRequest] = [make_request(QUESTION, model="m")]
    schema = json.loads(requests[0].output_schema)
    assert schema["properties"]["answer"]["enum"] == ["same", "different"]
    assert prompt_digest() == prompt_digest()
