import logging

import pytest

from kgpipe.backends.chat import LangChainChat
from kgpipe.backends.gguf import GgufChat
from kgpipe.backends.loopback import direct_async_client, direct_client, is_loopback
from kgpipe.backends.openai_batch import OpenAiBatches
from kgpipe.calls import ChatRequest, Message
from tests.batch_server import BatchServer
from tests.openai_server import OpenAiServer

REQUEST = ChatRequest(model="m", messages=(Message(role="user", content="hi"),), max_tokens=4)
VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


def set_proxy(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    # What other tests built must not hide what is built under a proxy.
    direct_client.cache_clear()
    direct_async_client.cache_clear()
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name in VARIABLES[:3]:
        monkeypatch.setenv(name, address)
    monkeypatch.setenv("OPENAI_API_KEY", "none")


@pytest.fixture(params=["http://127.0.0.1:9", "socks5://127.0.0.1:9"])
def closed_proxy(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment whose proxy does not answer: nobody listens on port 9."""
    set_proxy(monkeypatch, request.param)


@pytest.mark.parametrize(
    ("base_url", "expected"),
    [
        ("http://127.0.0.1:8000/v1", True),
        ("http://127.9.9.9/v1", True),
        ("http://localhost:11434/v1", True),
        ("http://[::1]:8000/v1", True),
        ("http://LOCALHOST/v1", True),
        ("https://api.example.org/v1", False),
        ("http://localhost.example.org/v1", False),
        ("http://10.0.0.7/v1", False),
        ("127.0.0.1:8000", False),
        ("", False),
    ],
)
def test_an_address_of_this_machine_is_known(base_url: str, expected: bool) -> None:
    assert is_loopback(base_url) is expected


@pytest.mark.usefixtures("closed_proxy")
def test_a_server_on_this_machine_is_not_behind_the_proxy(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with OpenAiServer(lambda body: "fine") as server, caplog.at_level(logging.INFO):
        for base_url in (server.base_url, server.base_url.replace("127.0.0.1", "localhost")):
            chat = LangChainChat("openai:x", base_url=base_url, max_retries=0)
            assert chat.reply(REQUEST).text == "fine"
    assert "proxy" not in caplog.text.lower()


@pytest.mark.usefixtures("closed_proxy")
def test_a_batch_server_on_this_machine_is_not_behind_the_proxy() -> None:
    with BatchServer() as server:
        assert OpenAiBatches(server.base_url).find("batch-1") is None


def test_a_server_elsewhere_is(monkeypatch: pytest.MonkeyPatch) -> None:
    with OpenAiServer(lambda body: "through me") as proxy:
        set_proxy(monkeypatch, proxy.base_url.removesuffix("/v1"))
        chat = LangChainChat("openai:x", base_url="http://models.invalid/v1", max_retries=0)
        assert chat.reply(REQUEST).text == "through me"


@pytest.mark.slow
@pytest.mark.usefixtures("closed_proxy")
def test_a_local_model_is_not_behind_the_proxy(model: str) -> None:
    chat = GgufChat(model, context_tokens=512)
    try:
        assert chat.reply(REQUEST).output_tokens > 0
    finally:
        chat.close()
