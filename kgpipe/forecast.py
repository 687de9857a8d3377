"""What a run would cost, before it starts."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kgpipe.backends.chat import chat_name
from kgpipe.backends.gguf import PREFIX as GGUF
from kgpipe.backends.prices import BATCH_SHARE, cost_of, read_prices
from kgpipe.backends.token_count import BYTES_PER_TOKEN, estimate_tokens
from kgpipe.calls import ChatRequest
from kgpipe.dedupe.ask import make_request
from kgpipe.dedupe.grey import MAX_STATEMENT_CHARS, Question, Side
from kgpipe.outstanding import Outstanding, find_outstanding
from kgpipe.replies import StageReplies, Usage
from kgpipe.settings import Settings
from kgpipe.workspace import Workspace

# Bytes of reply for a byte of passage: the gold triples of data/sample, which leave nothing out,
# are 5.5 times as long in the format of our replies as the text that they were taken from.
REPLY_PER_PASSAGE = 5.5
# With fewer replies of the model itself, its own averages say less than the rule of thumb.
ENOUGH_REPLIES = 20


# About the length of the longest names; the statements beside them are as long as they may be.
_NAME_CHARS = 60


@dataclass(frozen=True)
class Comparisons:
    """What the judge of names would take at most; `usd` is None without a known price.

    `known` tells that the questions are; else the bound is that of the settings.
    """

    model: str
    known: bool
    calls: int
    input_tokens: int
    output_tokens: int
    usd: float | None


@dataclass(frozen=True)
class Forecast:
    """What the calls that are still to be made would take; `usd` is None without a known price.

    The price leaves out discounts for cached prompts. `batch_usd` is that of batch mode. `basis`
    tells where the counts come from: "replies" of this model in the workspace, or "rule".
    `comparisons` come on top, where a model judges names.
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
    comparisons: Comparisons | None = None


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
        comparisons=_forecast_comparisons(found, workspace, settings),
    )


def _forecast_comparisons(
    found: Outstanding, workspace: Workspace, settings: Settings
) -> Comparisons | None:
    dedupe = settings.dedupe
    if not dedupe.judge:
        return None
    longest = Side(name="x" * _NAME_CHARS, kind="organisation", said="x" * MAX_STATEMENT_CHARS)
    question = Question(left=longest, right=longest, cosine=1.0)
    model = chat_name(dedupe.judge, dedupe.base_url)
    asked = list(found.comparisons.values()) or [make_request(question, model=model)]
    usage = StageReplies(workspace, "compare").usage(asked[0].model)
    tokens = [count * found.most_comparisons for count in count_tokens(asked, usage)]
    input_tokens, output_tokens = (math.ceil(count / len(asked)) for count in tokens)
    local = dedupe.judge.startswith(GGUF)
    price = read_prices(settings.calls.prices).get(model)
    free = local or not found.most_comparisons
    return Comparisons(
        model=model,
        known=not found.pending,
        calls=found.most_comparisons,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        usd=0.0 if free else cost_of(price, input_tokens=input_tokens, output_tokens=output_tokens),
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
