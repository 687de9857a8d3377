"""Any sentence-transformers model, through torch: a name of the model hub, or a folder."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kgpipe.errors import KgpipeError, needs_extra
from kgpipe.ids import content_digest, content_id


def st_name(model: str) -> str:
    """The port's name: a folder goes by its content, a model of the hub by its own name."""
    folder = Path(model)
    if not folder.is_dir():
        return f"st:{model}"
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    parts = [(str(path.relative_to(folder)), content_digest(path.read_bytes())) for path in files]
    return f"st:{content_id('model', parts)}"


class SentenceTransformersEmbedder:
    """An `Embedder` on sentence-transformers, on the CPU or whatever torch finds.

    Args:
        model: a name of the model hub, which is downloaded on first use, or a folder.

    Raises:
        UsageError: the extra is missing.
        KgpipeError: there is no such model.
    """

    def __init__(self, model: str) -> None:
        with needs_extra("st"):
            from sentence_transformers import SentenceTransformer
        try:
            self._model: Any = SentenceTransformer(model)
        except (OSError, ValueError) as error:
            said = " ".join(str(error).split())
            raise KgpipeError(
                f"There is no sentence-transformers model {model!r}. {said}"
            ) from error

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return an array of shape (len(texts), d) with rows of length 1; equal texts once."""
        distinct = {text: row for row, text in enumerate(dict.fromkeys(texts))}
        if not distinct:
            return np.empty((0, self._model.get_embedding_dimension()), dtype=np.float32)
        vectors = self._model.encode(
            list(distinct), normalize_embeddings=True, show_progress_bar=False
        )
        rows = [distinct[text] for text in texts]
        return np.asarray(vectors, dtype=np.float32)[rows]
