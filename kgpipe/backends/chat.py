"""Chat models through LangChain, and the store that keeps any reply from being paid for twice.

A model is named `PROVIDER:NAME` (`openai:gpt-4.1-mini`, `anthropic:...`, `ollama:...`: all that
`langchain.chat_models.init_chat_model` knows). With a `base_url`, `openai:NAME` speaks to any
server with OpenAI's protocol.
"""

import json
import threading
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from kgpipe.backends.budget import Budget
from kgpipe.backends.chat_client import bind_form, build_client, first_token_of, forms_of
from kgpipe.backends.chat_faults import (
    RequestRefusedError,
    TransientFaultError,
    fault_of,
    headers_of,
)
from kgpipe.backends.chat_retry import build_retrying
from kgpipe.backends.pace import Pace
from kgpipe.backends.prices import cost_of, read_prices
from kgpipe.backends.token_count import estimate_tokens
from kgpipe.calls import ChatReply, ChatRequest
from kgpipe.ids import content_id
from kgpipe.ports import ChatModel, ReplyStore

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage

# Calls at once where the caller sets no pace.
UNPACED_CONCURRENCY = 64
# What providers call the reason for which a reply ends (OpenAI, Anthropic, Ollama).
FINISH_REASONS = ("finish_reason", "stop_reason", "done_reason")


def chat_name(model: str, base_url: str = "") -> str:
    """The name of a chat model's port: other servers may answer differently under one name."""
    return f"{model}@{base_url}" if base_url else model


def reply_key(request: ChatRequest) -> str:
    """The key of a reply in the store: the hash of everything that determines it."""
    # Requests of before this field was there keep their keys.
    left_out = set() if request.top_logprobs else {"top_logprobs"}
    return content_id("reply", request.model_dump(mode="json", exclude=left_out))


class LangChainChat:
    """A `ChatModel` on any provider that LangChain knows. Safe to share between threads.

    Calls go at the pace that all threads share (see `pace`); failed ones (429, 5xx, time-outs, lost
    connections) are repeated (see `chat_retry`). Where a server refuses a JSON schema, a
    function call, plain JSON mode and then free text are tried, and what it accepts is remembered.
    """

    def __init__(
        self,
        model: str,
        *,
        base_url: str = "",
        timeout_seconds: float = 120.0,
        max_retries: int = 5,
        backoff_seconds: float = 1.0,
        patience_seconds: float = 600.0,
        pace: Pace | None = None,
        budget: Budget | None = None,
    ) -> None:
        """Build the client, so that a missing package or key ends the run before any work.

        Args:
            model: `PROVIDER:NAME`.
            base_url: of a server with the provider's protocol, "" for the provider's own.
            timeout_seconds: for one try.
            max_retries: of a call that fails.
            backoff_seconds: the first pause; it doubles from there.
            patience_seconds: for how long a call that is refused for its rate is tried again.
            pace: limits that all calls share; None for a pace of its own.
            budget: what calls may cost, and what they do; None for no limit, at the list price.

        Raises:
            UsageError: `model` is not `PROVIDER:NAME`, or the provider is unknown.
            KgpipeError: the provider's package or key is missing.
        """
        self.name = chat_name(model, base_url)
        self._model = model
        self._base_url = base_url
        self._timeout_seconds = timeout_seconds
        self._build_retrying = partial(
            build_retrying,
            max_retries=max_retries,
            backoff_seconds=backoff_seconds,
            patience_seconds=patience_seconds,
        )
        self._pace = pace or Pace(concurrency=UNPACED_CONCURRENCY, backoff_seconds=backoff_seconds)
        self._budget = budget or Budget(read_prices().get(self.name))
        self._takes_temperature = True
        self._gives_logprobs = True
        self._clients: dict[tuple[float | None, int], BaseChatModel] = {}
        defaults = ChatRequest(model=self.name, messages=())
        self._forms = forms_of(self._client(defaults.temperature, defaults.max_tokens))

    def reply(self, request: ChatRequest) -> ChatReply:
        """Ask the model.

        Raises:
            ServiceError: the service failed for good (timeout, connection, rate_limited,
                server_error).
            ItemError: the request is refused or too long.
            KgpipeError: wrong key, unknown model, no credit; or a budget that is reached.
        """
        if request.top_logprobs:
            return self._reply_with_logprobs(request)
        forms = self._forms if request.output_schema else ("text",)
        for form in forms[:-1]:
            try:
                reply = self._send(request, form)
            except RequestRefusedError:
                continue
            # Only what worked is remembered: a refusal may also be this one text's fault.
            self._forms = forms[forms.index(form) :]
            return reply
        return self._send(request, forms[-1])

    def _reply_with_logprobs(self, request: ChatRequest) -> ChatReply:
        """Ask for log-probabilities as well, and do without them where the server refuses."""
        plain = request.model_copy(update={"top_logprobs": 0})
        if self._gives_logprobs:
            try:
                return self._send(request, "text")
            except RequestRefusedError:
                self._gives_logprobs = False
        return self._send(plain, "text")

    def _send(self, request: ChatRequest, form: str) -> ChatReply:
        """One call with its retries, and once more without a temperature if that is refused."""
        # Other threads may learn the same while this call is under way.
        sent_temperature = self._takes_temperature
        try:
            return self._build_retrying()(self._call, request, form)
        except RequestRefusedError as refusal:
            # Reasoning models accept no other temperature than their own.
            if refusal.parameter != "temperature" or not sent_temperature:
                raise
            self._takes_temperature = False
            return self._build_retrying()(self._call, request, form)

    def _call(self, request: ChatRequest, form: str) -> ChatReply:
        """One try: each may be charged for, so each has its turn and its bill."""
        temperature = request.temperature if self._takes_temperature else None
        client = self._client(temperature, request.max_tokens)
        own_server = self._model.startswith("openai:") and bool(self._base_url)
        ask = bind_form(client, request, form, own_server=own_server)
        with self._budget.bill(request) as bill:
            turn = self._pace.enter(estimate_tokens(request) + request.max_tokens)
            try:
                message = ask([(message.role, message.content) for message in request.messages])
            except Exception as error:
                # Every provider's library raises exceptions of its own; one place tells them apart.
                variable = next(iter(client.lc_secrets.values()), "with the provider's key")
                fault = fault_of(error, model=self.name, key_variable=variable)
                if isinstance(fault, TransientFaultError):
                    bill.is_lost = fault.may_be_charged
                    if fault.is_refusal:
                        self._pace.slow_down(turn, retry_after=fault.retry_after)
                self._pace.leave(turn, headers=headers_of(error))
                raise fault from error
            # A server that does not count its tokens is taken to have used what was booked.
            usage = message.usage_metadata
            used = usage["total_tokens"] if usage else turn.booking.amount
            self._pace.leave(turn, tokens=used, headers=message.response_metadata.get("headers"))
            reply = self._read(message)
            bill.cost = reply.cost
            return reply

    def _client(self, temperature: float | None, max_tokens: int) -> "BaseChatModel":
        """The client for these parameters, which LangChain wants when it is built."""
        key = (temperature, max_tokens)
        if key not in self._clients:
            self._clients[key] = build_client(
                self._model,
                base_url=self._base_url,
                temperature=temperature,
                max_tokens=max_tokens,
                timeout_seconds=self._timeout_seconds,
            )
        return self._clients[key]

    def _read(self, message: "AIMessage") -> ChatReply:
        about = message.response_metadata
        usage: Any = message.usage_metadata or {}
        tokens = {name: usage.get(name, 0) for name in ("input_tokens", "output_tokens")}
        cached = (usage.get("input_token_details") or {}).get("cache_read") or 0
        text = _text_of(message)
        return ChatReply(
            # Half a character, as a cut-off reply can end in, cannot be stored.
            text=text.encode("utf-8", "replace").decode(),
            cost=cost_of(self._budget.price, cached_tokens=cached, **tokens) if usage else None,
            first_token=first_token_of(about),
            finish_reason=next((about[name] for name in FINISH_REASONS if about.get(name)), ""),
            **tokens,
        )


class StoredChat:
    """A `ChatModel` that answers from a `ReplyStore` and asks the model only for what it lacks.

    A reply is stored before it is used. Of several threads with the same request one asks; the
    others wait for its reply.
    """

    def __init__(self, chat: ChatModel, store: ReplyStore) -> None:
        self.name = chat.name
        self._chat = chat
        self._store = store
        self._guard = threading.Lock()
        self._locks: WeakValueDictionary[str, threading.Lock] = WeakValueDictionary()

    def reply(self, request: ChatRequest) -> ChatReply:
        """Return the stored reply, or ask for one and store it."""
        key = reply_key(request)
        with self._guard:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            stored = self._store.find(key)
            if stored is not None:
                return stored
            reply = self._chat.reply(request)
            self._store.save(key, request, reply)
            return reply


def _text_of(message: "AIMessage") -> str:
    """What the model wrote, be it as the arguments of a call, complete or cut off."""
    if message.tool_calls:
        return json.dumps(message.tool_calls[0]["args"], ensure_ascii=False)
    cut_off = next((call["args"] for call in message.invalid_tool_calls), None)
    return str(message.text) if cut_off is None else cut_off
