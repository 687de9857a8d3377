"""Runs an encoder twice: by torch, and by onnxruntime on what was exported of it."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


def compare_with_onnx(encoder: Any, inputs: tuple[Any, ...], folder: Path) -> tuple[Array, Array]:
    """Export for one size of batch, run with another; return what torch and onnxruntime gave.

    The first dimension of every input is the batch.
    """
    import onnxruntime
    import torch

    path = folder / "encoder.onnx"
    batch = torch.export.Dim("batch")
    names = [f"input{number}" for number in range(len(inputs))]
    torch.onnx.export(
        encoder.eval(),
        tuple(value[:2] for value in inputs),
        path,
        input_names=names,
        dynamic_shapes=tuple({0: batch} for _ in inputs),
        verbose=False,
        dynamo=True,
    )
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    found = session.run(None, dict(zip(names, (value.numpy() for value in inputs), strict=True)))
    with torch.inference_mode():
        expected = encoder(*inputs)
    return expected.numpy(), found[0]
