"""Batch mode: the requests that the reply store lacks, as batches of a provider, at half the price.

There is no second pipeline. `submit_batches` collects the missing requests, `collect_batches` puts
the replies into the store, and the next run finds them there. What did not come back is missing
still, so the next `submit_batches` sends it again; so are requests that a reply leads to.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kgpipe.backends.batch_format import TEMPERATURE, read_lines, split_lines, write_line
from kgpipe.backends.chat import chat_name
from kgpipe.backends.openai_batch import BatchState, OpenAiBatches, model_name
from kgpipe.backends.prices import read_prices
from kgpipe.batch_ledger import Batch, BatchLedger, Fate
from kgpipe.calls import ChatRequest
from kgpipe.ids import content_id
from kgpipe.outstanding import find_outstanding
from kgpipe.replies import StageReplies
from kgpipe.settings import Settings
from kgpipe.workspace import Workspace

PROVIDER = "openai:"


@dataclass(frozen=True)
class _Asked:
    """A stage whose model is asked, and where."""

    stage: str
    model: str
    base_url: str


@dataclass(frozen=True)
class Submission:
    """What was sent: `requests` by the name of their batch; `refused` ones are left to a run."""

    requests: dict[str, int] = field(default_factory=dict)
    refused: int = 0


@dataclass(frozen=True)
class Collection:
    """Lines by what became of them, of the batches that have ended; and the `open` batches."""

    stored: int = 0
    failed: int = 0
    refused: int = 0
    open: int = 0
    usd: float = 0.0
    details: dict[str, int] = field(default_factory=dict)


def submit_batches(
    inputs: Sequence[Path], workspace: Workspace, settings: Settings, *, limit: int | None = None
) -> Submission:
    """Send every request that has no reply and is not under way, in as few batches as allowed.

    What the judge of names is to be asked is known, and sent, when all extraction is done.

    Raises:
        UsageError: the model is not OpenAI's, and neither is the judge of names.
        KgpipeError: no file could be used, or the provider fails.
    """
    extract, dedupe = settings.extract, settings.dedupe
    extraction = _Asked("extract", extract.model, extract.base_url)
    comparison = _Asked("compare", dedupe.judge, dedupe.base_url)
    asked = [one for one in (extraction, comparison) if one.model.startswith(PROVIDER)]
    if not asked:
        # Says what is wrong with it.
        model_name(extract.model)
    settle_batches(workspace)
    found = find_outstanding(inputs, workspace, settings, limit=limit)
    missing = {"extract": found.requests, "compare": found.comparisons}
    sent = [_submit(one, missing[one.stage], workspace) for one in asked]
    return Submission(
        {name: count for part in sent for name, count in part.requests.items()},
        refused=sum(part.refused for part in sent),
    )


def _submit(asked: _Asked, missing: Mapping[str, ChatRequest], workspace: Workspace) -> Submission:
    ledger = BatchLedger(workspace)
    name = model_name(asked.model)
    provider = OpenAiBatches(asked.base_url)
    refused = ledger.refused(asked.model, asked.base_url)
    # A model that refused a temperature gets none; what it refused for that is sent again.
    with_temperature = not any(said.startswith(TEMPERATURE) for said in refused.values())
    lasting = {key for key, said in refused.items() if not said.startswith(TEMPERATURE)}
    lines = {
        key: write_line(
            key, request, model=name, own_server=bool(asked.base_url),
            with_temperature=with_temperature,
        )
        for key, request in missing.items()
        if key not in lasting
    }  # fmt: skip
    sent: dict[str, int] = {}
    for keys in split_lines(lines):
        # The number tells a batch from an earlier one of the same requests.
        batch = Batch(
            content_id("batch", ledger.count(), keys), asked.stage, asked.model, asked.base_url, ""
        )
        ledger.prepare(batch, {key: missing[key] for key in keys})
        ledger.open(batch.name, provider.submit(batch.name, (lines[key] for key in keys)))
        sent[batch.name] = len(keys)
    return Submission(sent, refused=len(lasting & set(missing)))


def settle_batches(workspace: Workspace) -> None:
    """Find out about batches whose submission was broken off: the provider has them, or never had.

    Raises:
        KgpipeError: the provider fails.
    """
    ledger = BatchLedger(workspace)
    for batch in ledger.unsettled():
        if batch.provider_id:
            continue
        provider_id = OpenAiBatches(batch.base_url).find(batch.name)
        if provider_id:
            ledger.open(batch.name, provider_id)
        else:
            ledger.drop(batch.name)


def check_batches(workspace: Workspace) -> dict[str, BatchState]:
    """How far the provider is with the batches that are not collected yet, by name.

    Raises:
        KgpipeError: the provider fails.
    """
    settle_batches(workspace)
    return {
        batch.name: OpenAiBatches(batch.base_url).look(batch.provider_id)
        for batch in BatchLedger(workspace).unsettled()
    }


def collect_batches(workspace: Workspace, settings: Settings) -> Collection:
    """Store what came back of the batches that have ended, however they ended.

    Raises:
        KgpipeError: the provider fails; what was stored stays, and collecting again goes on.
    """
    settle_batches(workspace)
    outcomes: Counter[str] = Counter()
    details: Counter[str] = Counter()
    still_open, usd = 0, 0.0
    for batch in BatchLedger(workspace).unsettled():
        provider = OpenAiBatches(batch.base_url)
        state = provider.look(batch.provider_id)
        if not state.has_ended:
            still_open += 1
            continue
        fates, paid = _collect(batch, state, provider, workspace, settings)
        outcomes.update(fate.outcome for fate in fates.values())
        details.update(fate.detail for fate in fates.values() if fate.detail)
        usd += paid
    return Collection(
        **{name: outcomes[name] for name in ("stored", "failed", "refused")},
        open=still_open,
        usd=usd,
        details=dict(details),
    )


def _collect(
    batch: Batch,
    state: BatchState,
    provider: OpenAiBatches,
    workspace: Workspace,
    settings: Settings,
) -> tuple[dict[str, Fate], float]:
    """Store a batch's replies; return each line's fate, and what the batch cost in USD."""
    ledger, replies = BatchLedger(workspace), StageReplies(workspace, batch.stage)
    requests: dict[str, ChatRequest] = ledger.requests(batch.name)
    price = read_prices(settings.calls.prices).get(chat_name(batch.model, batch.base_url))
    lost = Fate("failed", state.message or f"nothing came back (batch {state.status})")
    fates = dict.fromkeys(requests, lost)
    usd = 0.0
    for file in state.files:
        for line in read_lines(provider.read(file), price=price):
            if line.key not in requests or fates[line.key].outcome == "stored":
                continue
            if line.reply is None:
                fates[line.key] = Fate("refused" if line.is_refused else "failed", line.detail)
                continue
            replies.save(line.key, requests[line.key], line.reply)
            fates[line.key] = Fate("stored")
            usd += line.reply.cost or 0.0
    ledger.close(batch.name, fates)
    return fates, usd
