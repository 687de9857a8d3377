"""From the settings to what extracts triples: the embedded rules, or a chat model's prompts."""

import math
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from kgpipe.assets import asset_path
from kgpipe.errors import UsageError
from kgpipe.extract.schema_files import check_schema, read_schema_file
from kgpipe.ports import ChatModel, Embedder, Port, ReplyStore, TripleExtractor
from kgpipe.schema import Schema
from kgpipe.settings import CallSettings, ExtractSettings

if TYPE_CHECKING:
    from kgpipe.backends.chat_missing import MissingReplies
    from kgpipe.backends.examples import Example

BUILT_IN_SCHEMAS = ("asgm",)
EMBEDDED = ("embedded", "embedded:surface")


def read_schema(name: str) -> Schema | None:
    """The schema in a file, or the one of that name that ships with kgpipe; None for "".

    Raises:
        UsageError: there is no such schema, or it is broken.
    """
    if not name:
        return None
    path = Path(name)
    if not path.suffix:
        if name not in BUILT_IN_SCHEMAS:
            raise UsageError(
                f"There is no schema {name!r}: name a .yaml, .csv, .json or .ttl file, or one of "
                f"{', '.join(BUILT_IN_SCHEMAS)}."
            )
        path = asset_path(f"data/ontology/{name}.ttl")
    if path.suffix.lower() == ".ttl":
        from kgpipe.backends.schema_turtle import read_turtle_schema

        return check_schema(read_turtle_schema(path), path)
    return read_schema_file(path)


def wire_extractor(
    settings: ExtractSettings,
    replies: ReplyStore,
    *,
    schema: Schema | None = None,
    embedder: Port[Embedder] | None = None,
    calls: CallSettings | None = None,
    budget_usd: float | None = None,
) -> Port[TripleExtractor]:
    """What `settings.model` names; aimed at a schema in mode closed.

    Raises:
        UsageError: no such model, closed mode without a schema, a protocol without a model, or a
            budget for a model without a price.
    """
    aim = schema if settings.mode == "closed" else None
    if settings.mode == "closed" and aim is None:
        raise UsageError("Mode closed needs a schema: set extract.schema, or give --schema FILE.")
    if settings.model in EMBEDDED:
        return _wire_embedded(settings, aim, embedder)
    calls = calls or CallSettings()
    chat = wire_chat(settings, calls, replies=replies, budget_usd=budget_usd)
    make = partial(_llm_extractor, settings, chat, replies, aim, embedder)
    name = _extractor_name(settings, chat.name, aim, embedder)
    return Port(name, make, network=True)


def wire_collector(
    settings: ExtractSettings,
    replies: ReplyStore,
    *,
    schema: Schema | None = None,
    embedder: Port[Embedder] | None = None,
) -> tuple[TripleExtractor, "MissingReplies"]:
    """The chat model's extractor without the model, and what keeps the requests it would make."""
    from kgpipe.backends.chat_missing import MissingReplies

    aim = schema if settings.mode == "closed" else None
    missing = MissingReplies(wire_chat(settings).name, replies)
    return _prompted(settings, missing, aim, embedder), missing


def wire_chat(
    settings: ExtractSettings,
    calls: CallSettings | None = None,
    *,
    replies: ReplyStore | None = None,
    budget_usd: float | None = None,
) -> Port[ChatModel]:
    """A chat model: `gguf:PATH` in a child process, all others through LangChain.

    `replies` is told of calls whose replies were lost.

    Raises:
        UsageError: no such model, a budget for one without a price, or a broken GGUF file.
        KgpipeError: what runs GGUF files is not installed.
    """
    calls = calls or CallSettings()
    if ":" not in settings.model:
        raise UsageError(
            f"Unknown model {settings.model!r}: use `embedded`, `embedded:surface`, or "
            "PROVIDER:NAME such as openai:gpt-4.1-mini, anthropic:NAME or ollama:NAME, or "
            "gguf:PATH for a local file."
        )
    if settings.model.startswith("gguf:"):
        # It costs nothing, so no budget can be reached.
        from kgpipe.backends.gguf import GgufChat, gguf_name

        # One core is left to the rest of the run and to whoever else uses the machine.
        threads = settings.threads or max(1, (os.cpu_count() or 1) - 1)
        make = partial(
            GgufChat, settings.model, context_tokens=settings.context_tokens,
            slots=settings.slots, threads=threads,
        )  # fmt: skip
        return Port(gguf_name(settings.model), make, network=True)
    from kgpipe.backends.chat import chat_name

    name = chat_name(settings.model, settings.base_url)
    if budget_usd is not None:
        # Before any work, and not at the first call.
        _refuse_unpriced(name, calls)
    return Port(name, partial(_hosted_chat, settings, calls, replies, budget_usd), network=True)


class Paid(NamedTuple):
    """What the stages share that ask models: their settings, a reply store, and the budget.

    `extract` is where what else is to be known of models stands, `calls` tells pace and prices;
    None of `replies` keeps nothing, None of `budget_usd` is no limit.
    """

    extract: ExtractSettings | None = None
    calls: CallSettings | None = None
    replies: ReplyStore | None = None
    budget_usd: float | None = None


# Nothing is kept, and nothing is limited.
UNKEPT = Paid()


def wire_stored_chat(model: str, paid: Paid, *, base_url: str, concurrency: int) -> Port[ChatModel]:
    """A chat model of another stage's than extraction, whose replies are kept.

    Args:
        model: PROVIDER:NAME or `gguf:PATH`.
        paid: prices, store and budget.
        base_url: of a server with OpenAI's protocol, "" for the provider's own.
        concurrency: calls at a time.

    Raises:
        UsageError: as `wire_chat`.
        KgpipeError: as `wire_chat`.
    """
    chosen = (paid.extract or ExtractSettings()).model_copy(
        update={"model": model, "base_url": base_url, "concurrency": concurrency}
    )
    chat = wire_chat(chosen, paid.calls, replies=paid.replies, budget_usd=paid.budget_usd)
    make = partial(_stored_chat, chat, paid.replies) if paid.replies else chat.make
    return Port(chat.name, make, network=True)


def _stored_chat(chat: Port[ChatModel], replies: ReplyStore) -> ChatModel:
    from kgpipe.backends.chat import StoredChat

    return StoredChat(chat.make(), replies)


def _wire_embedded(
    settings: ExtractSettings, aim: Schema | None, embedder: Port[Embedder] | None
) -> Port[TripleExtractor]:
    if settings.protocol != "default":
        raise UsageError(f"The protocol {settings.protocol} needs a chat model: name one.")
    if aim is not None and embedder is not None:
        from kgpipe.backends.schema_extractor import schema_extractor_name

        name = schema_extractor_name(aim, embedder.name)
        return Port(name, partial(_schema_extractor, aim, embedder))
    from kgpipe.backends.embedded_extractor import EmbeddedExtractor, extractor_name

    surface = settings.model.endswith(":surface")
    return Port(extractor_name(surface=surface), partial(EmbeddedExtractor, surface=surface))


def _schema_extractor(schema: Schema, embedder: Port[Embedder]) -> TripleExtractor:
    from kgpipe.backends.schema_extractor import SchemaExtractor

    return SchemaExtractor(schema, embedder.make(), embedder_name=embedder.name)


def _extractor_name(
    settings: ExtractSettings, chat_name: str, aim: Schema | None, embedder: Port[Embedder] | None
) -> str:
    from kgpipe.backends.asgmkg_extractor import asgmkg_name
    from kgpipe.backends.llm_extractor import llm_extractor_name

    if settings.protocol == "asgmkg":
        return asgmkg_name(chat_name)
    name = llm_extractor_name(chat_name, settings, schema=aim, examples=_examples(settings, aim))
    if aim is None or embedder is None or not _is_checked(settings):
        return name
    from kgpipe.backends.relation_check import checked_name
    from kgpipe.backends.schema_extractor import schema_extractor_name

    return checked_name(name, schema_extractor_name(aim, embedder.name))


def _is_checked(settings: ExtractSettings) -> bool:
    """Whether the embedded extractor has a say in which relation holds: with small models."""
    from kgpipe.backends.llm_extractor import is_lean

    return settings.check_relations and is_lean(settings)


def _llm_extractor(
    settings: ExtractSettings,
    chat: Port[ChatModel],
    replies: ReplyStore,
    aim: Schema | None,
    embedder: Port[Embedder] | None,
) -> TripleExtractor:
    from kgpipe.backends.chat import StoredChat

    return _prompted(settings, StoredChat(chat.make(), replies), aim, embedder)


def _prompted(
    settings: ExtractSettings, chat: ChatModel, aim: Schema | None, embedder: Port[Embedder] | None
) -> TripleExtractor:
    """The extractor of the protocol, on a chat model."""
    from kgpipe.backends.asgmkg_extractor import AsgmkgExtractor
    from kgpipe.backends.llm_extractor import LlmExtractor

    if settings.protocol == "asgmkg":
        return AsgmkgExtractor(chat, settings=settings)
    examples = _examples(settings, aim)
    if aim is None or embedder is None:
        return LlmExtractor(chat, settings=settings, schema=aim, examples=examples)
    nearest = embedder.make()
    extractor = LlmExtractor(
        chat, settings=settings, schema=aim, examples=examples, embedder=nearest
    )
    if not _is_checked(settings):
        return extractor
    from kgpipe.backends.relation_check import CheckedExtractor
    from kgpipe.backends.schema_extractor import SchemaExtractor

    reader = SchemaExtractor(aim, nearest, embedder_name=embedder.name)
    return CheckedExtractor(extractor, reader, schema=aim)


def _examples(settings: ExtractSettings, aim: Schema | None) -> "tuple[Example, ...]":
    """The user's examples; without any, those that small models need where no schema guides."""
    from kgpipe.backends.examples import read_examples
    from kgpipe.backends.llm_extractor import is_lean

    if settings.examples not in ("", "none"):
        return read_examples(Path(settings.examples))
    if settings.examples == "none" or aim or not is_lean(settings):
        return ()
    return read_examples(asset_path("prompts/extract_lean_examples.jsonl"))


def _hosted_chat(
    settings: ExtractSettings,
    calls: CallSettings,
    replies: ReplyStore | None,
    budget_usd: float | None,
) -> ChatModel:
    from kgpipe.backends.budget import Budget
    from kgpipe.backends.chat import LangChainChat, chat_name
    from kgpipe.backends.pace import Pace
    from kgpipe.backends.prices import read_prices

    price = read_prices(calls.prices).get(chat_name(settings.model, settings.base_url))
    return LangChainChat(
        settings.model,
        base_url=settings.base_url,
        timeout_seconds=settings.timeout_seconds,
        pace=Pace(
            concurrency=settings.concurrency,
            requests_per_minute=calls.requests_per_minute,
            tokens_per_minute=calls.tokens_per_minute,
        ),
        budget=Budget(
            price,
            limit_usd=math.inf if budget_usd is None else budget_usd,
            book_loss=replies.book_loss if replies else None,
        ),
    )


def _refuse_unpriced(model: str, calls: CallSettings) -> None:
    from kgpipe.backends.prices import read_prices

    if model not in read_prices(calls.prices):
        raise UsageError(
            f"A budget needs the price of {model}: add it to a copy of data/prices.csv, and name "
            "that in the settings (calls.prices). A model of your own may cost 0."
        )
