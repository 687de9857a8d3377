import pytest

from kgpipe.backends.chat import reply_key
from kgpipe.backends.chat_missing import MissingReplies
from kgpipe.backends.fake import FakeReplyStore
from kgpipe.calls import ChatReply, ChatRequest, Message
from kgpipe.errors import PendingReplyError


def test_only_what_the_store_lacks_is_kept() -> None:
    store = FakeReplyStore()
    known, new = (
        ChatRequest(model="m", messages=(Message(role="user", content=text),)) for text in "ab"
    )
    store.save(reply_key(known), known, ChatReply(text="yes"))
    chat = MissingReplies("m", store)
    assert chat.reply(known).text == "yes"
    for _ in range(2):
        with pytest.raises(PendingReplyError, match="no_reply_yet"):
            chat.reply(new)
    assert chat.requests == {reply_key(new): new}
