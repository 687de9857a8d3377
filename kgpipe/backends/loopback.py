"""Servers on this machine are reached directly: an environment's proxy is for the world outside."""

from functools import cache
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import openai


def is_loopback(base_url: str) -> bool:
    """Whether an address is one of this machine's own; "" is none."""
    host = urlsplit(base_url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


# One for all: it is safe to share between threads, and reading the certificates takes 0.1 s.
@cache
def direct_client() -> "openai.DefaultHttpxClient":
    """The connections of a client of OpenAI's protocol to this machine."""
    import openai

    return openai.DefaultHttpxClient(trust_env=False)


@cache
def direct_async_client() -> "openai.DefaultAsyncHttpxClient":
    """The same for LangChain, which builds an asynchronous client beside the one that we use."""
    import openai

    return openai.DefaultAsyncHttpxClient(trust_env=False)
