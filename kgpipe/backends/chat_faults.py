"""Tells apart what can go wrong in a model call: the run's fault, the item's, or the service's.

LangChain gives each provider's errors a common base (`langchain_core.exceptions.ModelError`) and
keeps the provider's own attributes: `status_code`, `response`, `param`, `code`.
"""

import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from kgpipe.errors import ItemError, KgpipeError, ServiceError

# Status codes with which servers refuse a parameter that they do not know.
REFUSED = frozenset({400, 413, 422})
# Codes and types in an error's body that say that the text is too long (OpenAI, llama.cpp).
TOO_LONG = frozenset({"context_length_exceeded", "exceed_context_size_error"})
# Statuses that say that no work was begun: 503 (RFC 9110, section 15.6.4), and Anthropic's 529.
OVERLOADED = frozenset({503, 529})
# What HTTP clients call the fault of a request that never went out: httpx and its like.
NOT_SENT = frozenset({"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError"})
# Codes in the body of a 429 that waiting does not cure.
OUT_OF_CREDIT = frozenset({"insufficient_quota", "billing_hard_limit_reached"})


class TransientFaultError(ServiceError):
    """A failed call that may succeed if repeated, after `retry_after` seconds or later.

    `may_be_charged` says that the model may have written its reply all the same.
    """

    def __init__(
        self, reason: str, detail: str, *, retry_after: float = 0.0, may_be_charged: bool = False
    ) -> None:
        super().__init__(reason, detail)
        self.retry_after = retry_after
        self.may_be_charged = may_be_charged

    @property
    def is_refusal(self) -> bool:
        """Whether the server is well and only asks for fewer calls, or for later ones."""
        return self.reason == "rate_limited" or self.retry_after > 0


class RequestRefusedError(ItemError):
    """The server understands but refuses the request; `parameter` names what it objects to."""

    def __init__(self, reason: str, detail: str, *, parameter: str = "") -> None:
        super().__init__(reason, detail)
        self.parameter = parameter


def fault_of(error: Exception, *, model: str, key_variable: str) -> KgpipeError | ItemError:
    """Translate a provider's exception into one of ours, with what to do about it.

    Args:
        error: what the call raised.
        model: name of the chat model, for the message.
        key_variable: environment variable that holds the provider's key.

    Returns:
        `KgpipeError` for a wrong key, model or account, `TransientFaultError` for what may pass
        (reasons timeout, connection, rate_limited, server_error), `RequestRefusedError` or
        `ItemError` for what lies in this request.
    """
    from langchain_core.exceptions import (
        ContextOverflowError,
        ModelConnectionError,
        ModelTimeoutError,
    )

    said = " ".join(str(error).split())
    if isinstance(error, ContextOverflowError) or TOO_LONG & _codes(error):
        return ItemError(
            "context_too_long",
            f"{model}: the text does not fit into the model; lower chunk.max_chars. {said}",
        )
    match error:
        case ModelTimeoutError() | TimeoutError():
            advice = f"{model} did not answer in time; raise extract.timeout_seconds. {said}"
            return TransientFaultError("timeout", advice, may_be_charged=_was_sent(error))
        case ModelConnectionError() | ConnectionError():
            advice = f"{model} cannot be reached; check the network and base_url. {said}"
            return TransientFaultError("connection", advice, may_be_charged=_was_sent(error))
    return _fault_of_status(error, said, model=model, key_variable=key_variable)


def _fault_of_status(
    error: Exception, said: str, *, model: str, key_variable: str
) -> KgpipeError | ItemError:
    status = getattr(error, "status_code", None)
    if status == 429 and not OUT_OF_CREDIT & _codes(error):
        advice = f"{model} limits the rate of calls; lower extract.concurrency. {said}"
        return TransientFaultError("rate_limited", advice, retry_after=_retry_after(error))
    if status in REFUSED:
        parameter = getattr(error, "param", None) or ""
        advice = f"{model} refused the request. {said}"
        return RequestRefusedError("request_refused", advice, parameter=parameter)
    match status:
        case 401 | 403:
            advice = f"{model} refused the key: check the environment variable {key_variable}."
        case 404:
            advice = f"{model} is not known there: check its name and base_url."
        case 402 | 429:
            advice = f"The account behind {key_variable} has no credit left."
        case _:
            # What is left: 5xx, and replies that are not what the protocol promises.
            detail = f"{model} failed: {type(error).__name__}: {said}"
            return TransientFaultError(
                "server_error",
                detail,
                retry_after=_retry_after(error),
                # A gateway gives up on a server that works on, and half a reply is a reply.
                may_be_charged=status not in OVERLOADED and _was_sent(error),
            )
    return KgpipeError(f"{advice} {said}")


def headers_of(error: Any) -> Mapping[str, str]:
    """The headers of the reply that a provider's exception stands for, if there was one."""
    return getattr(getattr(error, "response", None), "headers", None) or {}


def _was_sent(error: BaseException | None) -> bool:
    """Whether the request may have reached the server."""
    while error is not None:
        if type(error).__name__ in NOT_SENT:
            return False
        error = error.__cause__ or error.__context__
    return True


def _codes(error: Exception) -> set[str]:
    """What the error's body gives as its code and type."""
    return {str(getattr(error, name, None)) for name in ("code", "type")}


def _retry_after(error: Exception) -> float:
    """Seconds that the server asks to wait, 0 if it does not.

    `Retry-After` holds seconds or a date (RFC 9110, section 10.2.3); OpenAI adds milliseconds.
    """
    headers = headers_of(error)
    seconds, milliseconds = headers.get("retry-after", ""), headers.get("retry-after-ms", "")
    try:
        wait = float(milliseconds) / 1000 if milliseconds else float(seconds)
        return max(0.0, wait)
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(seconds).timestamp() - time.time())
    except ValueError:
        return 0.0
