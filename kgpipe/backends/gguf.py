"""A GGUF file as a chat model: `gguf:PATH` runs through xllamacpp in a child process of ours.

xllamacpp brings llama.cpp's server, which enforces a JSON schema while the model writes and keeps
the part of a prompt that two requests share.
"""

import hashlib
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from importlib.util import find_spec
from pathlib import Path
from typing import IO

import httpx

from kgpipe.calls import ChatReply, ChatRequest
from kgpipe.errors import ItemError, KgpipeError, ServiceError, UsageError
from kgpipe.ports import ChatModel

PREFIX = "gguf:"
# A child that lives is at work, however slow the machine: an hour says that something is wrong.
LONGEST_REPLY_SECONDS = 3600.0
# A model of tens of gigabytes is read from a slow disk in less.
LONGEST_LOAD_SECONDS = 600.0
# Between a process's last connection and its end.
_DYING_SECONDS = 2.0
# How much of what the child complained about a message repeats.
_SHOWN_CHARS = 400


def gguf_path(model: str) -> Path:
    """The file that `gguf:PATH` names.

    Raises:
        UsageError: there is no such file, or it is none in the GGUF format.
        KgpipeError: xllamacpp is not installed.
    """
    path = Path(model.removeprefix(PREFIX)).expanduser()
    if not path.is_file():
        raise UsageError(
            f"There is no model file {path}: write gguf:PATH with the path of a .gguf."
        )
    with path.open("rb") as file:
        # The format's magic number (ggml, docs/gguf.md).
        if file.read(4) != b"GGUF":
            raise UsageError(f"{path} is not a GGUF file; a part of one must be joined first.")
    if find_spec("xllamacpp") is None:
        raise KgpipeError("A GGUF model needs xllamacpp: pip install 'kgpipe[local]'.")
    return path


def gguf_name(model: str) -> str:
    """The name of the chat model: the file's content decides what it answers, not its place."""
    path = gguf_path(model)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return f"{PREFIX}{path.name}:{digest[:12]}"


class GgufChat:
    """A `ChatModel` on a GGUF file. Safe to share between threads.

    The child starts with the first request, so that a run whose replies are all stored loads no
    model, and ends with this object, with this process, or when this process is killed. At most
    `slots` requests are with it at a time; the others wait here, where no time-out runs.
    """

    def __init__(
        self, model: str, *, context_tokens: int = 8192, slots: int = 1, threads: int = 1
    ) -> None:
        """Check the file and the runtime; nothing is started yet.

        Raises:
            UsageError: there is no such file, or it is none in the GGUF format.
            KgpipeError: xllamacpp is not installed.
        """
        self.name = gguf_name(model)
        self._command = [str(gguf_path(model)), str(context_tokens), str(slots), str(threads)]
        self._slots = threading.BoundedSemaphore(slots)
        self._starting = threading.Lock()
        self._child: Child | None = None
        self._chat: ChatModel | None = None

    def reply(self, request: ChatRequest) -> ChatReply:
        """Ask the model; a reply costs nothing.

        Raises:
            ItemError: the text is too long for the context, or the request is refused.
            KgpipeError: the model cannot be loaded, or its process has ended.
        """
        with self._slots:
            child, chat = self._started()
            try:
                return chat.reply(request).model_copy(update={"cost": 0.0})
            except ServiceError as error:
                if child.has_ended(within_seconds=_DYING_SECONDS):
                    raise KgpipeError(
                        f"The process of {self.name} ended. {child.said()}"
                    ) from error
                raise
            except ItemError as error:
                if error.reason == "context_too_long":
                    advice = f"{error.detail} Or raise extract.context_tokens."
                    raise ItemError(error.reason, advice) from error
                raise

    def close(self) -> None:
        """End the child; the next request starts another."""
        with self._starting:
            if self._child is not None:
                self._child.end()
            self._child = self._chat = None

    def _started(self) -> "tuple[Child, ChatModel]":
        from kgpipe.backends.chat import LangChainChat

        with self._starting:
            if self._child is None or self._chat is None:
                self._child = Child(self._command)
                address = self._child.wait_until_ready()
                # Nothing between the two processes can get lost, so nothing is tried twice.
                self._chat = LangChainChat(
                    f"openai:{self.name}",
                    base_url=f"{address}/v1",
                    timeout_seconds=LONGEST_REPLY_SECONDS,
                    max_retries=0,
                )
            return self._child, self._chat


class Child:
    """The process that serves the model."""

    def __init__(self, command: list[str]) -> None:
        # Open as long as the child may write to it.
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            # By its path, wherever the parent found kgpipe; -P: its neighbours are no libraries.
            [sys.executable, "-P", str(Path(__file__).with_name("gguf_server.py")), *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )
        # Runs when this object goes, and at the latest when the interpreter exits.
        self.end = weakref.finalize(self, _end, self._process)

    def wait_until_ready(self) -> str:
        """Return the server's address once it is healthy.

        Raises:
            KgpipeError: the model cannot be loaded.
        """
        assert self._process.stdout is not None, "standard output is a pipe"
        # A child that is ended closes its output, which ends the waiting for its address.
        patience = threading.Timer(LONGEST_LOAD_SECONDS, self.end)
        patience.daemon = True
        patience.start()
        try:
            address = self._process.stdout.readline().decode().strip()
            while address and not self.has_ended():
                if _is_healthy(address):
                    return address
                # Short beside the seconds that a load takes, long enough to cost nothing.
                time.sleep(0.05)
        finally:
            patience.cancel()
        # Its own exit code says more than that of being ended.
        self.has_ended(within_seconds=_DYING_SECONDS)
        self.end()
        raise KgpipeError(f"The model cannot be loaded by xllamacpp. {self.said()}")

    def has_ended(self, *, within_seconds: float = 0.0) -> bool:
        """Whether the process is gone, now or in a moment: its connections close before it."""
        try:
            self._process.wait(within_seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def said(self) -> str:
        """Its exit code and the end of what it wrote to standard error."""
        self._log.seek(0)
        said = " ".join(self._log.read().decode(errors="replace").split())
        code = self._process.poll()
        # Linux ends what needs more memory than there is with this signal.
        memory = " (was there too little memory?)" if code == -9 else ""
        return f"Exit code {code}{memory}. It said: ...{said[-_SHOWN_CHARS:]}"


def _is_healthy(address: str) -> bool:
    try:
        # The server's own address is never behind a proxy.
        return httpx.get(f"{address}/health", timeout=5.0, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
