import pytest

from kgpipe.calls import ChatReply, ChatRequest
from kgpipe.errors import PendingReplyError
from kgpipe.replies import StageReplies, Usage
from kgpipe.workspace import Workspace

REQUEST = ChatRequest(model="m", messages=())


def test_the_first_reply_stays_and_usage_is_summed_by_stage_and_model() -> None:
    workspace = Workspace(None)
    replies = StageReplies(workspace, "extract")
    first = ChatReply(text="one", input_tokens=10, output_tokens=3)
    replies.save("k", REQUEST, first)
    replies.save("k", REQUEST, ChatReply(text="two"))
    assert replies.find("k") == StageReplies(workspace, "verify").find("k") == first
    assert replies.find("other") is None
    replies.save("uncounted", REQUEST, ChatReply(text="two"))
    StageReplies(workspace, "verify").save("elsewhere", REQUEST, first)
    assert replies.usage("m") == Usage(1, len(REQUEST.model_dump_json()), 10, 3)
    assert replies.usage("n") == Usage(0, 0, 0, 0)


def test_a_reply_that_a_batch_will_bring_is_pending() -> None:
    workspace = Workspace(None)
    with workspace.transaction() as database:
        database.execute("INSERT INTO batches VALUES ('b', 'extract', 'm', '', 'x', 'open')")
        database.execute("INSERT INTO batch_lines VALUES ('b', 'k', '', '', '')")
    with pytest.raises(PendingReplyError, match="part of b;"):
        StageReplies(workspace, "extract").find("k")


def test_losses_are_summed_by_stage() -> None:
    workspace = Workspace(None)
    workspace.expect("extract", ["a"], key=str, version="1")
    for most in (0.25, 0.5, None):
        StageReplies(workspace, "extract").book_loss(REQUEST, most)
    StageReplies(workspace, "verify").book_loss(REQUEST, 1.0)
    [status] = workspace.status()
    assert (status.cost, status.lost, status.lost_cost) == (0.0, 3, 0.75)
