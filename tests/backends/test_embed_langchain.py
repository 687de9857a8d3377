import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import numpy as np
import pytest

from kgpipe.backends.embed_langchain import LangChainEmbedder
from kgpipe.bench.http_server import HttpServer
from kgpipe.errors import KgpipeError, ServiceError, UsageError
from tests.openai_server import write


class EmbeddingServer(HttpServer):
    """Embeds a text as (its length, 1); answers the first `failures` calls with `status`."""

    def __init__(self) -> None:
        super().__init__()
        self.failures, self.status = 0, 503
        self.batches: list[list[str]] = []
        self.base_url = f"{self.address}/v1"

    def answer_post(self, request: BaseHTTPRequestHandler, content: bytes) -> None:
        body = json.loads(content)
        self.batches.append(body["input"])
        if len(self.batches) <= self.failures:
            write(request, self.status, {"error": {"message": "no"}})
            return
        rows = [
            {"object": "embedding", "index": n, "embedding": [float(len(text)), 1.0]}
            for n, text in enumerate(body["input"])
        ]
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        write(request, 200, {"object": "list", "model": "m", "data": rows, "usage": usage})


@pytest.fixture
def server() -> Iterator[EmbeddingServer]:
    with EmbeddingServer() as running:
        yield running


def embedder(server: EmbeddingServer, retries: int = 2) -> LangChainEmbedder:
    return LangChainEmbedder(
        "openai:m", base_url=server.base_url, max_retries=retries, backoff_seconds=0.001
    )


def test_vectors_have_length_one_and_come_in_batches(server: EmbeddingServer) -> None:
    texts = [f"t{'x' * n}" for n in range(70)]
    vectors = embedder(server).embed(texts)
    assert vectors.shape == (70, 2)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0)
    assert [len(batch) for batch in server.batches] == [64, 6]
    assert server.batches[0] == texts[:64]
    assert vectors[3, 0] / vectors[3, 1] == pytest.approx(4.0, rel=1e-4)


def test_nothing_and_an_empty_text(server: EmbeddingServer) -> None:
    assert embedder(server).embed([]).shape[0] == 0
    assert embedder(server).embed([""]).shape == (1, 2)
    assert server.batches == [[" "]]


def test_a_passing_failure_is_tried_again_a_lasting_one_is_an_error(
    server: EmbeddingServer,
) -> None:
    server.failures = 2
    assert embedder(server).embed(["a"]).shape == (1, 2)
    server.failures = 99
    with pytest.raises(ServiceError):
        embedder(server, retries=1).embed(["a"])
    server.status = 401
    with pytest.raises(KgpipeError, match="refused the key"):
        embedder(server).embed(["a"])


def test_an_unknown_provider_is_named() -> None:
    with pytest.raises((UsageError, KgpipeError), match="nosuch"):
        LangChainEmbedder("nosuch:model")
