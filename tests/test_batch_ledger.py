import pytest

from kgpipe.backends.chat import reply_key
from kgpipe.batch_ledger import Batch, BatchLedger, Fate
from kgpipe.calls import ChatReply, ChatRequest, Message
from kgpipe.errors import ServiceError
from kgpipe.replies import StageReplies
from kgpipe.workspace import Workspace

REQUESTS = {
    reply_key(request): request
    for request in (
        ChatRequest(model="m", messages=(Message(role="user", content=text),)) for text in "ab"
    )
}
BATCH = Batch("batch-1", "extract", "openai:m", "", "")


@pytest.fixture
def workspace() -> Workspace:
    return Workspace(None)


def test_a_batch_from_its_preparation_to_its_end(workspace: Workspace) -> None:
    ledger = BatchLedger(workspace)
    ledger.prepare(BATCH, REQUESTS)
    assert (ledger.count(), ledger.unsettled()) == (1, [BATCH])
    assert ledger.requests("batch-1") == REQUESTS
    ledger.open("batch-1", "provider-1")
    [batch] = ledger.unsettled()
    assert batch.provider_id == "provider-1"
    first, second = REQUESTS
    ledger.close("batch-1", {first: Fate("stored"), second: Fate("refused", "policy")})
    assert ledger.unsettled() == []
    assert ledger.refused("openai:m", "") == {second: "policy"}
    assert ledger.refused("openai:m", "http://elsewhere") == {}


def test_nobody_asks_for_what_is_under_way(workspace: Workspace) -> None:
    ledger, store = BatchLedger(workspace), StageReplies(workspace, "extract")
    first, second = REQUESTS
    assert store.find(first) is None
    ledger.prepare(BATCH, REQUESTS)
    with pytest.raises(ServiceError, match="in_batch"):
        store.find(first)
    store.save(second, REQUESTS[second], ChatReply(text="early"))
    assert store.find(second) == ChatReply(text="early")
    ledger.close("batch-1", {first: Fate("failed", "expired")})
    assert store.find(first) is None


def test_a_batch_that_the_provider_never_had_leaves_nothing(workspace: Workspace) -> None:
    ledger = BatchLedger(workspace)
    ledger.prepare(BATCH, REQUESTS)
    ledger.drop("batch-1")
    assert (ledger.count(), ledger.unsettled(), ledger.requests("batch-1")) == (0, [], {})
    assert StageReplies(workspace, "extract").find(next(iter(REQUESTS))) is None
