"""Finds out what would be asked of a model, without asking it."""

from kgpipe.backends.chat import reply_key
from kgpipe.calls import ChatReply, ChatRequest
from kgpipe.errors import PendingReplyError
from kgpipe.ports import ReplyStore

# The reason of what waits for a reply.
NO_REPLY = "no_reply_yet"


class MissingReplies:
    """A `ChatModel` that answers from the store, and keeps the requests that it lacks a reply to.

    `requests` are in the order in which they came, by the key of their reply. Whoever makes several
    calls that do not depend on each other makes them all before giving up (`PendingReplyError`), so
    that all of them are found at once.
    """

    def __init__(self, name: str, store: ReplyStore) -> None:
        self.name = name
        self.requests: dict[str, ChatRequest] = {}
        self._store = store

    def reply(self, request: ChatRequest) -> ChatReply:
        """Return the stored reply.

        Raises:
            PendingReplyError: there is none (reason no_reply_yet).
        """
        key = reply_key(request)
        stored = self._store.find(key)
        if stored is None:
            self.requests[key] = request
            raise PendingReplyError(NO_REPLY, "the request was kept for later")
        return stored
