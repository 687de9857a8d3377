"""Builds LangChain's chat models and asks them for JSON, evening out what LangChain does not."""

import json
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from kgpipe.backends.loopback import direct_async_client, direct_client, is_loopback
from kgpipe.calls import ChatRequest
from kgpipe.errors import KgpipeError, UsageError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage

Ask = Callable[[Any], "AIMessage"]

# How a schema is asked for, best first. "schema" is "strict_schema" without the length limits,
# which some servers refuse; "function" makes the reply the arguments of a function that must be
# called; "tool" is what LangChain does for providers that are not like OpenAI.
OPENAI_FORMS = ("strict_schema", "schema", "function", "json", "text")
OTHER_FORMS = ("tool", "text")
# Sent where a server of the user's own asks for no key, since the client insists on one.
NO_KEY = "none"
_LIMITS = frozenset({"maxLength", "maxItems"})


def build_client(
    model: str,
    *,
    base_url: str,
    temperature: float | None,
    max_tokens: int,
    timeout_seconds: float,
) -> "BaseChatModel":
    """Build the LangChain model for `PROVIDER:NAME`; a temperature of None is the model's own.

    Raises:
        UsageError: no provider is named, or an unknown one.
        KgpipeError: the provider's package or key is missing.
    """
    from langchain.chat_models import init_chat_model

    provider, separator, _ = model.partition(":")
    if not separator:
        raise UsageError(
            f"The model `{model}` names no provider: write PROVIDER:NAME, such as "
            f"openai:{model}, or `embedded`."
        )
    # Retries are counted and paced by the caller, not by the provider's library as well.
    options: dict[str, Any] = {"timeout": timeout_seconds, "max_retries": 0}
    options |= {"base_url": base_url} if base_url else {}
    options |= {} if temperature is None else {"temperature": temperature}
    options |= _provider_options(provider, base_url, max_tokens, timeout_seconds)
    try:
        client: BaseChatModel = init_chat_model(model, **options)
    except ImportError as error:
        raise KgpipeError(f"{error}.") from error
    except Exception as error:
        # Every provider's class refuses its settings with exceptions of its own.
        said = " ".join(str(error).split())
        if said.startswith(("Unsupported provider", "Unable to infer")):
            raise UsageError(f"There is no provider `{provider}`. {said}") from error
        raise KgpipeError(
            f"{model} cannot be set up; is its key ({provider.upper()}_API_KEY) in the "
            f"environment? {said}"
        ) from error
    return client


def forms_of(client: "BaseChatModel") -> tuple[str, ...]:
    """The ways to ask `client` for JSON; several providers' classes derive from OpenAI's."""
    return OPENAI_FORMS if _is_openai(client) else OTHER_FORMS


def first_token_of(metadata: Mapping[str, Any]) -> dict[str, float]:
    """The log-probabilities of candidates for a reply's first token, as OpenAI's protocol has them.

    Candidates that differ in blanks or case alone stay apart; {} where there are none.
    """
    content = (metadata.get("logprobs") or {}).get("content") or []
    candidates = content[0].get("top_logprobs") or [] if content else []
    return {one["token"]: float(one["logprob"]) for one in candidates}


def _is_openai(client: "BaseChatModel") -> bool:
    """Whether it speaks OpenAI's protocol."""
    from langchain_openai.chat_models.base import BaseChatOpenAI

    return isinstance(client, BaseChatOpenAI)


def bind_form(client: "BaseChatModel", request: ChatRequest, form: str, *, own_server: bool) -> Ask:
    """The call that asks `client` for a reply in this form.

    Args:
        client: what `build_client` built.
        request: gives the schema and the length limit.
        form: one of `forms_of(client)`.
        own_server: whether `client` speaks to an imitation of OpenAI's server.
    """
    if form == "tool":
        schema = json.loads(request.output_schema)
        structured: Any = client.with_structured_output(schema, include_raw=True)
        return lambda messages: structured.invoke(messages)["raw"]
    extra = _function_call(request) if form == "function" else response_format(request, form)
    if request.top_logprobs and _is_openai(client):
        extra |= {"logprobs": True, "top_logprobs": request.top_logprobs}
    if own_server:
        extra["max_tokens"] = request.max_tokens
    return client.bind(**({"extra_body": extra} if extra else {})).invoke


def _provider_options(
    provider: str, base_url: str, max_tokens: int, timeout_seconds: float
) -> dict[str, Any]:
    match provider:
        case "openai" if base_url:
            # The length limit goes with each request, as `max_tokens`: imitations of OpenAI's
            # server know that name, LangChain sends its successor `max_completion_tokens`.
            key = os.environ.get("OPENAI_API_KEY") or NO_KEY
            options = {"use_responses_api": False, "api_key": key, "include_response_headers": True}
            return options | (_direct() if is_loopback(base_url) else {})
        case "openai":
            # One protocol for OpenAI and for every server that imitates it.
            return {
                "use_responses_api": False,
                "max_tokens": max_tokens,
                "include_response_headers": True,
            }
        case "ollama":
            connections = {"timeout": timeout_seconds, "trust_env": not is_loopback(base_url)}
            return {"num_predict": max_tokens, "client_kwargs": connections}
        case _:
            return {"max_tokens": max_tokens}


def _direct() -> dict[str, Any]:
    """Options of LangChain's OpenAI class for connections that pass by any proxy."""
    return {
        "http_client": direct_client(),
        "http_async_client": direct_async_client(),
        # Without options of its own LangChain has nothing to say about proxies.
        "http_socket_options": (),
    }


def response_format(request: ChatRequest, form: str) -> dict[str, Any]:
    """The part of an OpenAI request that asks for JSON.

    It is not passed through LangChain's own `response_format`, which raises on a cut-off reply:
    the complete items of one are worth keeping.
    """
    if form == "text":
        return {}
    if form == "json":
        return {"response_format": {"type": "json_object"}}
    schema = json.loads(request.output_schema)
    described = {
        "name": schema.pop("title", "reply"),
        "strict": True,
        "schema": schema if form == "strict_schema" else _without_limits(schema),
    }
    return {"response_format": {"type": "json_schema", "json_schema": described}}


def _function_call(request: ChatRequest) -> dict[str, Any]:
    """The part of an OpenAI request that has the reply come as a function's arguments."""
    schema = json.loads(request.output_schema)
    name = schema.pop("title", "reply")
    function = {"name": name, "parameters": _without_limits(schema)}
    chosen = {"type": "function", "function": {"name": name}}
    return {"tools": [{"type": "function", "function": function}], "tool_choice": chosen}


def _without_limits(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {key: _without_limits(part) for key, part in schema.items() if key not in _LIMITS}
    return [_without_limits(part) for part in schema] if isinstance(schema, list) else schema
