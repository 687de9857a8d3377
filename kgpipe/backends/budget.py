"""What the calls of a model may cost: a limit that is never exceeded, whatever gets lost."""

import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from kgpipe.backends.prices import Price, cost_of
from kgpipe.backends.token_count import bound_tokens
from kgpipe.calls import ChatRequest
from kgpipe.errors import BudgetReachedError


@dataclass
class Bill:
    """What a try costs in USD: at `most`, and in fact (both None if that is not known).

    `is_lost` says that no reply came, though one may have been written and charged.
    """

    most: float | None
    cost: float | None = 0.0
    is_lost: bool = False


class Budget:
    """What the calls of one model cost, try by try. Safe to share between threads.

    Each try first sets aside the most that it can cost, and gives back what it did not. Where that
    does not fit any more, it waits for what those under way give back. A try whose reply was lost
    counts as the most that it can have cost.
    """

    def __init__(
        self,
        price: Price | None,
        *,
        limit_usd: float = math.inf,
        book_loss: Callable[[ChatRequest, float | None], None] | None = None,
    ) -> None:
        """Start with nothing spent.

        Args:
            price: of the model, None if it is not known: then there can be no limit.
            limit_usd: the most that may be spent.
            book_loss: told the request and the most it can have cost where a reply was lost.
        """
        self.price = price
        self._limit = limit_usd
        self._book_loss = book_loss
        self._paid = self._lost = 0.0
        self._set_aside: list[float] = []
        self._changed = threading.Condition()

    @contextmanager
    def bill(self, request: ChatRequest) -> Iterator[Bill]:
        """Set aside what one try of `request` can cost; whoever makes it fills in the bill.

        Raises:
            BudgetReachedError: there is not enough left.
        """
        most = cost_of(
            self.price, input_tokens=bound_tokens(request), output_tokens=request.max_tokens
        )
        bill = Bill(most)
        self._reserve(most or 0.0)
        try:
            yield bill
        finally:
            self._settle(bill)
            if bill.is_lost and self._book_loss:
                self._book_loss(request, most)

    def _reserve(self, most: float) -> None:
        with self._changed:
            while self._paid + self._lost + sum(self._set_aside) + most > self._limit:
                if not self._set_aside:
                    lost = f", and {self._lost:.4f} USD at most for lost replies" * bool(self._lost)
                    raise BudgetReachedError(
                        f"The budget of {self._limit:g} USD is reached: this run has paid "
                        f"{self._paid:.4f} USD{lost}, and the next call may cost {most:.4f} USD. "
                        "What is pending stays so; run the same command again to go on."
                    )
                self._changed.wait()
            self._set_aside.append(most)

    def _settle(self, bill: Bill) -> None:
        most = bill.most or 0.0
        with self._changed:
            self._set_aside.remove(most)
            if bill.is_lost:
                self._lost += most
            else:
                # A server that does not count its tokens is taken to have used all of them.
                self._paid += most if bill.cost is None else bill.cost
            self._changed.notify_all()
