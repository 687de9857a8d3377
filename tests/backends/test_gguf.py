"""A GGUF file in a child process, with SmolLM2-135M: protocol and life span, not quality."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kgpipe.backends import gguf
from kgpipe.backends.gguf import GgufChat, gguf_name, gguf_path
from kgpipe.calls import ChatRequest, Message
from kgpipe.errors import ItemError, KgpipeError, UsageError

SCHEMA = (
    '{"title":"answer","type":"object","properties":{"colour":{"type":"string","maxLength":12}},'
    '"required":["colour"],"additionalProperties":false}'
)
# A parent that says which process serves its model, and then waits to be killed.
PARENT = """
import sys, time
from kgpipe.backends.gguf import GgufChat
from kgpipe.calls import ChatRequest, Message
chat = GgufChat(sys.argv[1])
hello = Message(role="user", content="Hi")
chat.reply(ChatRequest(model=chat.name, messages=(hello,), max_tokens=2))
print(chat._child._process.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def chat(model: str) -> Iterator[GgufChat]:
    chat = GgufChat(model, context_tokens=512)
    yield chat
    chat.close()


def ask(chat: GgufChat, text: str, *, schema: str = "", max_tokens: int = 24) -> ChatRequest:
    messages = (Message(role="user", content=text),)
    return ChatRequest(
        model=chat.name, messages=messages, output_schema=schema, max_tokens=max_tokens
    )


def is_gone(pid: int) -> bool:
    """Whether a process has ended; one that nobody has asked for its exit code counts as ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def holds_soon(condition: Callable[[], bool], *, seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no model file .*none\.gguf"):
        gguf_path(f"gguf:{tmp_path / 'none.gguf'}")


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(b"PK\x03\x04")
    with pytest.raises(UsageError, match="not a GGUF file"):
        GgufChat(f"gguf:{path}")


def test_a_missing_runtime_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(b"GGUF")
    monkeypatch.setattr(gguf, "find_spec", lambda name: None)
    with pytest.raises(KgpipeError, match=r"pip install 'kgpipe\[local\]'"):
        gguf_path(f"gguf:{path}")


def test_the_name_follows_the_content_and_not_the_folder(tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp")
    names = []
    for folder, content in (("a", b"GGUF1"), ("b", b"GGUF1"), ("c", b"GGUF2")):
        path = tmp_path / folder / "model.gguf"
        path.parent.mkdir()
        path.write_bytes(content)
        names.append(gguf_name(f"gguf:{path}"))
    assert names[0] == names[1] != names[2]


def test_a_file_that_cannot_be_loaded_ends_the_run(tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp")
    path = tmp_path / "model.gguf"
    path.write_bytes(b"GGUF" + bytes(100))
    chat = GgufChat(f"gguf:{path}")
    with pytest.raises(KgpipeError, match="cannot be loaded"):
        chat.reply(ask(chat, "Hi"))


@pytest.mark.slow
def test_replies_keep_to_the_schema_and_cost_nothing(chat: GgufChat) -> None:
    reply = chat.reply(ask(chat, "What colour is gold? Answer in JSON.", schema=SCHEMA))
    assert re.match(r'{\s*"colour": ?"', reply.text)
    assert reply.cost == 0.0
    assert reply.input_tokens > 0 < reply.output_tokens


@pytest.mark.slow
def test_a_text_beyond_the_context_says_what_to_raise(chat: GgufChat) -> None:
    with pytest.raises(ItemError, match=r"extract\.context_tokens") as caught:
        chat.reply(ask(chat, "gold " * 2000))
    assert caught.value.reason == "context_too_long"


@pytest.mark.slow
def test_a_child_that_dies_ends_the_run_and_says_so(model: str) -> None:
    chat = GgufChat(model, context_tokens=512)
    chat.reply(ask(chat, "Hi", max_tokens=2))
    assert chat._child is not None
    os.kill(chat._child._process.pid, signal.SIGKILL)
    with pytest.raises(KgpipeError, match="too little memory"):
        chat.reply(ask(chat, "Hi", max_tokens=2))
    chat.close()
    assert chat.reply(ask(chat, "Hi", max_tokens=2)).output_tokens > 0
    chat.close()


@pytest.mark.slow
def test_the_child_ends_with_a_parent_that_is_killed(model: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, model], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert not is_gone(child)
        parent.kill()
    assert holds_soon(lambda: is_gone(child))
