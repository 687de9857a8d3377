"""A limit on what a run may pay, which it never exceeds."""

import threading

from kgpipe.backends.prices import Price, cost_of
from kgpipe.backends.token_count import bound_tokens
from kgpipe.errors import BudgetReachedError
from kgpipe.ports import ChatModel
from kgpipe.types import ChatReply, ChatRequest


class BudgetedChat:
    """A `ChatModel` that stops before the call with which `budget_usd` could be exceeded.

    Each call first sets aside the most that it can cost, and gives back what it did not. Where
    that does not fit any more, it waits for what the calls under way give back. Calls that fail
    count nothing, as providers do not bill them; one that timed out may be billed all the same.
    """

    def __init__(self, chat: ChatModel, *, price: Price, budget_usd: float) -> None:
        self.name = chat.name
        self._chat = chat
        self._price = price
        self._budget = budget_usd
        self._spent = 0.0
        self._set_aside: list[float] = []
        self._changed = threading.Condition()

    def reply(self, request: ChatRequest) -> ChatReply:
        """Ask the model if the budget allows it.

        Raises:
            BudgetReachedError: it does not.
        """
        most = cost_of(
            self._price, input_tokens=bound_tokens(request), output_tokens=request.max_tokens
        )
        assert most is not None, "there is a price"
        self._reserve(most)
        spent = 0.0
        try:
            reply = self._chat.reply(request)
            # A server that does not count its tokens is taken to have used all of them.
            spent = most if reply.cost is None else reply.cost
            return reply
        finally:
            with self._changed:
                self._set_aside.remove(most)
                self._spent += spent
                self._changed.notify_all()

    def _reserve(self, most: float) -> None:
        with self._changed:
            while self._spent + sum(self._set_aside) + most > self._budget:
                if not self._set_aside:
                    raise BudgetReachedError(
                        f"The budget of {self._budget:g} USD is reached: this run has paid "
                        f"{self._spent:.4f} USD, and the next call may cost {most:.4f} USD. "
                        "What is pending stays so; run the same command again to go on."
                    )
                self._changed.wait()
            self._set_aside.append(most)
