"""What a run would cost, before it starts."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kgpipe.backends.prices import BATCH_SHARE, cost_of, read_prices
from kgpipe.backends.token_count import BYTES_PER_TOKEN, estimate_tokens
from kgpipe.calls import ChatRequest
from kgpipe.outstanding import find_outstanding
from kgpipe.replies import StageReplies, Usage
from kgpipe.settings import Settings
from kgpipe.workspace import Workspace

# Bytes of reply for a byte of passage: the gold triples of data/sample, which leave nothing out,
# are 5.5 times as long in the format of our replies as the text that they were taken from.
REPLY_PER_PASSAGE = 5.5
# With fewer replies of the model itself, its own averages say less than the rule of thumb.
ENOUGH_REPLIES = 20


@dataclass(frozen=True)
class Forecast:
    """What the calls that are still to be made would take; `usd` is None without a known price.

    The price leaves out discounts for cached prompts. `batch_usd` is that of batch mode. `basis`
    tells where the counts come from: "replies" of this model in the workspace, or "rule".
    """

    model: str
    chunks: int
    pending: int
    calls: int
    input_tokens: int
    output_tokens: int
    usd: float | None
    batch_usd: float | None
    basis: str


def forecast_run(
    inputs: Sequence[Path], workspace: Workspace, settings: Settings, *, limit: int | None = None
) -> Forecast:
    """Price a run over `inputs`; what is stored costs nothing, and nothing is asked of the model.

    The files are read and cut for that, which the run will not do again.

    Raises:
        KgpipeError: no file could be used.
    """
    with workspace.unchanged_state():
        found = find_outstanding(inputs, workspace, settings, limit=limit)
    requests = list(found.requests.values())
    model = requests[0].model if requests else settings.extract.model
    usage = StageReplies(workspace, "extract").usage(model)
    input_tokens, output_tokens = count_tokens(requests, usage)
    usd: float | None = 0.0
    if requests:
        price = read_prices(settings.calls.prices).get(model)
        usd = cost_of(price, input_tokens=input_tokens, output_tokens=output_tokens)
    return Forecast(
        model=model,
        chunks=found.chunks,
        pending=found.pending,
        calls=len(requests),
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        usd=usd,
        batch_usd=None if usd is None else usd * BATCH_SHARE,
        basis="replies" if usage.replies >= ENOUGH_REPLIES else "rule",
    )


def count_tokens(requests: Sequence[ChatRequest], usage: Usage) -> tuple[int, int]:
    """Estimate the input and output tokens of requests that were not sent yet."""
    if usage.replies < ENOUGH_REPLIES:
        return sum(map(estimate_tokens, requests)), sum(map(_reply_tokens, requests))
    chars = sum(len(request.model_dump_json()) for request in requests)
    input_tokens = chars * usage.input_tokens / usage.request_chars
    return round(input_tokens), round(len(requests) * usage.output_tokens / usage.replies)


def _reply_tokens(request: ChatRequest) -> int:
    """A rule of thumb for a reply: in proportion to the passage, which is the last message."""
    passage = len(request.messages[-1].content.encode("utf-8", errors="replace"))
    return min(request.max_tokens, round(REPLY_PER_PASSAGE * passage / BYTES_PER_TOKEN))
