"""Modules as onnxruntime runs them, for the tests of what becomes part of inference."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import onnxruntime
import torch
from numpy.typing import NDArray
from torch import Tensor, nn


def export(module: nn.Module, inputs: Mapping[str, Tensor], file: Path) -> "Exported":
    """Write the module as ONNX, the first axis of every input left open."""
    batch = torch.export.Dim("batch", min=1, max=4096)
    torch.onnx.export(
        module.eval(),
        tuple(inputs.values()),
        file,
        input_names=list(inputs),
        dynamic_shapes=tuple({0: batch} for _ in inputs),
        dynamo=True,
        verbose=False,
    )
    return Exported(file)


def compare_with_onnx(
    module: nn.Module, inputs: Sequence[Tensor], folder: Path
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Export for two rows, run with all; return what torch and onnxruntime gave.

    The first dimension of every input is the batch.
    """
    named = {f"input{number}": rows for number, rows in enumerate(inputs)}
    exported = export(module, {n: rows[:2] for n, rows in named.items()}, folder / "module.onnx")
    with torch.inference_mode():
        expected = module(*inputs)
    return expected.numpy(), exported(**{name: rows.numpy() for name, rows in named.items()})


class Exported:
    """A file that onnxruntime runs: arrays by the names of the inputs -> the one output."""

    def __init__(self, file: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            file, options, providers=["CPUExecutionProvider"]
        )

    def __call__(self, **inputs: NDArray[Any]) -> NDArray[Any]:
        (found,) = self._session.run(None, inputs)
        result: NDArray[Any] = found
        return result
