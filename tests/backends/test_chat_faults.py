from email.utils import formatdate
from types import SimpleNamespace

import pytest
from langchain_core.exceptions import (
    ContextOverflowError,
    ModelConnectionError,
    ModelTimeoutError,
)

from kgpipe.backends.chat_faults import RequestRefusedError, TransientFaultError, fault_of
from kgpipe.errors import ItemError, KgpipeError, ServiceError


class StatusError(Exception):
    def __init__(
        self, status_code: int, *, code: str = "", param: str = "", after: str = ""
    ) -> None:
        super().__init__(f"status {status_code}")
        self.status_code = status_code
        self.code = code
        self.param = param
        self.response = SimpleNamespace(headers={"retry-after": after} if after else {})


def fault(error: Exception) -> KgpipeError | ItemError:
    return fault_of(error, model="openai:x", key_variable="OPENAI_API_KEY")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ModelTimeoutError(), "timeout"),
        (TimeoutError(), "timeout"),
        (ModelConnectionError(), "connection"),
        (ConnectionResetError(), "connection"),
        (StatusError(429), "rate_limited"),
        (StatusError(500), "server_error"),
        (StatusError(529), "server_error"),
        (TypeError("null choices"), "server_error"),
    ],
)
def test_what_may_pass_is_transient(error: Exception, reason: str) -> None:
    found = fault(error)
    assert isinstance(found, TransientFaultError)
    assert found.reason == reason
    assert "openai:x" in found.detail


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (StatusError(401), "environment variable OPENAI_API_KEY"),
        (StatusError(403), "environment variable OPENAI_API_KEY"),
        (StatusError(404), "check its name and base_url"),
        (StatusError(402), "no credit"),
        (StatusError(429, code="insufficient_quota"), "no credit"),
    ],
)
def test_what_concerns_every_call_ends_the_run(error: Exception, says: str) -> None:
    found = fault(error)
    assert isinstance(found, KgpipeError)
    assert says in str(found)


@pytest.mark.parametrize(
    "error", [ContextOverflowError(), StatusError(400, code="context_length_exceeded")]
)
def test_a_text_that_is_too_long_is_the_items_fault(error: Exception) -> None:
    found = fault(error)
    assert isinstance(found, ItemError)
    assert not isinstance(found, ServiceError)
    assert found.reason == "context_too_long"


def test_a_refusal_names_the_parameter() -> None:
    found = fault(StatusError(400, param="temperature"))
    assert isinstance(found, RequestRefusedError)
    assert found.parameter == "temperature"


@pytest.mark.parametrize(
    ("header", "low", "high"),
    [
        ("7", 7, 7),
        ("0.5", 0.5, 0.5),
        ("-3", 0, 0),
        ("", 0, 0),
        ("soon", 0, 0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0, 0),
        (formatdate(4102444800, usegmt=True), 1e6, 4.2e9),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str, low: float, high: float) -> None:
    found = fault(StatusError(429, after=header))
    assert isinstance(found, TransientFaultError)
    assert low <= found.retry_after <= high


def test_milliseconds_are_more_exact() -> None:
    error = StatusError(429, after="1")
    error.response.headers["retry-after-ms"] = "250"
    found = fault(error)
    assert isinstance(found, TransientFaultError)
    assert found.retry_after == 0.25
