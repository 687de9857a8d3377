"""Writes trained encoders as ONNX, and keeps only what computes as torch does.

Batch, height and width are free: nothing in CROMA's encoders knows the training side, and the bias
of 2D-ALiBi is computed in the graph from the shape of its input.
"""

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnxruntime
import torch
from torch import Tensor, nn
from torch.nn import functional

from kgpipe.errors import KgpipeError
from kgpipe.geo.mechanisms.patches import grid_shape
from kgpipe.geo.training.aligner import JOINT, OPTICAL, RADAR, Aligner
from kgpipe.ids import content_digest

# The first with GELU as one operator.
_OPSET = 20
# The most by which a number of onnxruntime may differ from torch's, of vectors of length 1.
TOLERANCE = 1e-4
# Sides of the tiles that both must agree on, in training sides.
_SIDES = (1, 2, 4)


class _Tiles(nn.Module):
    """Pixels [B, C, H, W] -> embedding [B, width] of length 1, grid [B, D, h, w]."""

    def __init__(self, aligner: Aligner, sensor: str) -> None:
        super().__init__()
        self.tower = aligner.tower(sensor)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        tokens = self.tower(pixels)
        grid = self.tower.cells(tokens, pixels)
        return functional.normalize(self.tower.embed(tokens, pixels), dim=-1), grid


class _Joint(nn.Module):
    """The grids of both sensors, [B, D, h, w] -> [B, width]."""

    def __init__(self, aligner: Aligner) -> None:
        super().__init__()
        self.aligner = aligner

    def forward(self, radar: Tensor, optical: Tensor) -> Tensor:
        return functional.normalize(self.aligner.join(radar, optical), dim=-1)


class _Points(nn.Module):
    """A sensor's grid [B, D, h, w] and points [B, 2] in it -> [B, width]."""

    def __init__(self, aligner: Aligner, sensor: str) -> None:
        super().__init__()
        self.local = aligner.local[sensor]

    def forward(self, grid: Tensor, coordinates: Tensor) -> Tensor:
        return functional.normalize(self.local(grid, coordinates), dim=-1)


class _Unit(nn.Module):
    """A head, and what it gives scaled to length 1."""

    def __init__(self, head: nn.Module) -> None:
        super().__init__()
        self.head = head

    def forward(self, given: Tensor) -> Tensor:
        return functional.normalize(self.head(given), dim=-1)


class _Part(NamedTuple):
    """One file: a module, names of what goes in and out, example inputs, and which axes are free.

    `checks` are inputs of several sizes on which both runtimes must agree.
    """

    module: nn.Module
    inputs: Sequence[str]
    outputs: Sequence[str]
    free: Sequence[Mapping[int, str]]
    checks: Sequence[tuple[Tensor, ...]]


def export(
    aligner: Aligner, folder: Path, *, side: int, losses: Sequence[str], sentence: int
) -> dict[str, str]:
    """Write what was trained.

    Args:
        aligner: on the processor.
        folder: for the files.
        side: of the training tiles.
        losses: that took part; heads that none of them trained are not written.
        sentence: numbers in a sentence embedding.

    Returns:
        sha256 of each file by its name.

    Raises:
        KgpipeError: onnxruntime computes something else than torch.
    """
    aligner.eval()
    digests = {}
    for name, part in _parts(aligner, side=side, losses=losses, sentence=sentence):
        path = folder / f"{name}.onnx"
        partial = path.with_suffix(".partial")
        _write(part, partial)
        _compare(part, partial, name=path.name)
        digests[path.name] = content_digest(partial.read_bytes())
        partial.replace(path)
    return digests


def _parts(
    aligner: Aligner, *, side: int, losses: Sequence[str], sentence: int
) -> Iterator[tuple[str, _Part]]:
    generator = torch.Generator().manual_seed(0)

    def rand(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=generator)

    picture = {0: "tiles", 2: "height", 3: "width"}
    cells = {0: "tiles", 2: "rows", 3: "columns"}
    row = {0: "rows"}
    dim = aligner.dim
    for sensor in aligner.sensors:
        tower = aligner.tower(sensor)
        tiles = [rand(2, tower.channels, side * n, side * n) for n in _SIDES]
        # What a graph must not have taken for fixed: one tile, and tiles that are no squares.
        tiles += [rand(1, tower.channels, side, 2 * side)]
        grids = [rand(len(t), dim, *grid_shape(t, tower.patch)) for t in tiles]
        yield (
            f"tiles_{sensor}",
            _Part(
                _Tiles(aligner, sensor), ["pixels"], ["embedding", "grid"], [picture],
                [(t,) for t in tiles],
            ),
        )  # fmt: skip
        if "points" in losses:
            yield (
                f"points_{sensor}",
                _Part(
                    _Points(aligner, sensor), ["grid", "coordinates"], ["embedding"],
                    [cells, {0: "tiles"}], [(g, 2 * rand(len(g), 2) - 1) for g in grids],
                ),
            )  # fmt: skip
    if aligner.joins:
        both = [(g, rand(*g.shape)) for g in grids]
        yield (
            f"tiles_{JOINT}",
            _Part(_Joint(aligner), [RADAR, OPTICAL], ["embedding"], [cells, cells], both),
        )
    if {"text", "points"} & {*losses} and aligner.read is not None:
        texts = [(rand(n, sentence),) for n in (2, 5)]
        yield (
            "texts",
            _Part(_Unit(aligner.read), ["sentences"], ["embedding"], [row], texts),
        )
    if {"location", "points"} & {*losses}:
        degrees = torch.tensor([360.0, 180.0])
        lonlat = [((rand(n, 2) - 0.5) * degrees,) for n in (2, 64)]
        yield (
            "locations",
            _Part(_Unit(aligner.locate), ["lonlat"], ["embedding"], [row], lonlat),
        )


def _write(part: _Part, path: Path) -> None:
    free = tuple({axis: torch.export.Dim.DYNAMIC for axis in axes} for axes in part.free)
    with _quiet(), torch.no_grad():
        program = torch.onnx.export(
            part.module,
            part.checks[0],
            dynamo=True,
            opset_version=_OPSET,
            input_names=list(part.inputs),
            output_names=list(part.outputs),
            dynamic_shapes=free,
            verbose=False,
        )
        assert program is not None
        _strip(program.model)
        program.save(str(path), external_data=False)


def _strip(model: Any) -> None:
    """Leave out where on this machine the code of each node stands: a third of a small file."""
    for graph in (model.graph, *(function.graph for function in model.functions.values())):
        for node in graph.all_nodes():
            node.metadata_props.clear()
            for value in node.outputs:
                value.metadata_props.clear()


def _compare(part: _Part, path: Path, *, name: str) -> None:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    for given in part.checks:
        feeds = {key: value.numpy() for key, value in zip(part.inputs, given, strict=True)}
        found = session.run(None, feeds)
        with torch.no_grad():
            wanted: Any = part.module(*given)
        wanted = wanted if isinstance(wanted, tuple) else (wanted,)
        for output, right, value in zip(part.outputs, wanted, found, strict=True):
            difference = float(np.abs(right.numpy() - value).max())
            # Written so that NaN is a difference.
            if not difference <= TOLERANCE:
                shapes = ", ".join(str(tuple(tensor.shape)) for tensor in given)
                raise KgpipeError(
                    f"{name} computes another {output} than torch for inputs of {shapes}: they "
                    f"differ by {difference:.2g}, more than {TOLERANCE}. It was not kept; try "
                    "other versions of torch and onnxruntime."
                )


@contextmanager
def _quiet() -> Iterator[None]:
    """The exporter tells its progress and deprecations of its own calls to whoever listens."""
    logger = logging.getLogger("torch")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
