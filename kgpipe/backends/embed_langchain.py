"""Any embedding model that LangChain knows, `PROVIDER:NAME`: hosted, or local (`huggingface:...`).

With a `base_url`, `openai:NAME` speaks to any server with OpenAI's protocol.
"""

import os
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kgpipe.backends.chat_client import NO_KEY
from kgpipe.backends.chat_faults import fault_of
from kgpipe.backends.chat_retry import build_retrying
from kgpipe.errors import KgpipeError, UsageError

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

# Texts in one call: providers allow some hundred, and a failed call costs no more than these.
_BATCH = 64
# How long a call that is refused for its rate is tried again.
_PATIENCE_SECONDS = 600.0


class LangChainEmbedder:
    """An `Embedder` on a LangChain model; may serve many threads.

    Args:
        model: `PROVIDER:NAME`.
        base_url: of a server with OpenAI's protocol, "" for the provider's own.
        max_retries: of a call that fails.
        backoff_seconds: the first pause; it doubles from there.

    Raises:
        UsageError: no such provider.
        KgpipeError: its package or key is missing.
    """

    def __init__(
        self, model: str, *, base_url: str = "", max_retries: int = 4, backoff_seconds: float = 1.0
    ) -> None:
        self._model = model
        self._client = _build_client(model, base_url)
        self._build_retrying = partial(
            build_retrying,
            max_retries=max_retries,
            backoff_seconds=backoff_seconds,
            patience_seconds=_PATIENCE_SECONDS,
        )

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return an array of shape (len(texts), d) with rows of length 1.

        Raises:
            ServiceError: the service failed for good.
            KgpipeError: wrong key, or unknown model.
        """
        rows: list[list[float]] = []
        for at in range(0, len(texts), _BATCH):
            # Some servers refuse an empty text.
            batch = [text or " " for text in texts[at : at + _BATCH]]
            rows += self._build_retrying()(self._call, batch)
        width = len(rows[0]) if rows else 0
        vectors = np.array(rows, dtype=np.float32).reshape(len(texts), width)  # (n, d)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)  # (n, 1)
        unit: NDArray[np.float32] = vectors / np.maximum(lengths, np.finfo(np.float32).tiny)
        return unit

    def _call(self, texts: list[str]) -> list[list[float]]:
        try:
            return self._client.embed_documents(texts)
        except Exception as error:
            # Every provider's library raises exceptions of its own; one place tells them apart.
            raise fault_of(
                error, model=self._model, key_variable="with the provider's key"
            ) from error


def _build_client(model: str, base_url: str) -> "Embeddings":
    from langchain.embeddings import init_embeddings

    options: dict[str, Any] = {}
    if model.startswith("openai:"):
        options["max_retries"] = 0
        if base_url:
            key = os.environ.get("OPENAI_API_KEY") or NO_KEY
            # Other servers take texts, not OpenAI's token numbers.
            options |= {"base_url": base_url, "api_key": key, "check_embedding_ctx_length": False}
    try:
        return init_embeddings(model, **options)
    except ImportError as error:
        raise KgpipeError(f"{error}.") from error
    except Exception as error:
        # Every provider's class refuses its settings with exceptions of its own.
        said = " ".join(str(error).split())
        if "provider" in said.lower():
            raise UsageError(f"There is no embedding model {model!r}. {said}") from error
        raise KgpipeError(
            f"{model} cannot be set up; is its key in the environment? {said}"
        ) from error
