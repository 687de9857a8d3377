from kgpipe.replies import Usage, find_reply, insert_reply, sum_usage
from kgpipe.storage import open_database
from kgpipe.types import ChatReply, ChatRequest


def test_the_first_reply_stays_and_usage_is_summed_by_stage_and_model() -> None:
    database = open_database(None, create=True)
    request = ChatRequest(model="m", messages=())
    first = ChatReply(text="one", input_tokens=10, output_tokens=3)
    assert insert_reply(database, "extract", "k", request, first)
    assert not insert_reply(database, "extract", "k", request, ChatReply(text="two"))
    assert find_reply(database, "k") == first
    assert find_reply(database, "other") is None
    insert_reply(database, "extract", "uncounted", request, ChatReply(text="two"))
    insert_reply(database, "verify", "elsewhere", request, first)
    size = len(request.model_dump_json())
    assert sum_usage(database, "extract", "m") == Usage(1, size, 10, 3)
    assert sum_usage(database, "extract", "n") == Usage(0, 0, 0, 0)
