"""CoDEx-S (Safavi and Koutra 2020): known triples, and asked ones with hard negatives.

The negatives are false triples that embedding models found likely and people checked. What a system
may know is `Codex`; labels come apart from it.
"""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kgpipe.errors import KgpipeError

Floats = NDArray[np.float64]
Triple = tuple[str, str, str]

_FOLDER, _TYPES = "codex-s", "entity2types.json"


class Codex(NamedTuple):
    """Known triples, those whose labels may be learned from, and those that are judged."""

    train: tuple[Triple, ...]
    valid: tuple[Triple, ...]
    test: tuple[Triple, ...]
    types: dict[str, tuple[str, ...]]


class Labels(NamedTuple):
    """1 for a true triple, 0 for a false one, in the order of `Codex.valid` and `Codex.test`."""

    valid: Floats
    test: Floats


class NamedScores(NamedTuple):
    """A model's scores in the order of `Codex.valid` and of `Codex.test`, higher for truer.

    Shape (n,), or (n, k): the first column is what the model alone is judged by, and all enter the
    stacks (a score, the rank of the object among all entities, ...) where they are `stacked`.
    """

    name: str
    valid: Floats
    test: Floats
    stacked: bool = True


def read_codex(data: Path) -> tuple[Codex, Labels]:
    """Read the folder `codex`, or one that holds it.

    Raises:
        KgpipeError: a file is missing or a line is no triple.
    """
    folder = data if (data / _FOLDER).is_dir() else data / "codex"
    triples = {
        name: _read(folder / _FOLDER / f"{name}.txt")
        for name in ("train", "valid", "valid_negatives", "test", "test_negatives")
    }
    types = json.loads(_text(folder / _TYPES))
    codex = Codex(
        triples["train"],
        triples["valid"] + triples["valid_negatives"],
        triples["test"] + triples["test_negatives"],
        {entity: tuple(classes) for entity, classes in types.items()},
    )
    labels = Labels(*(
        np.repeat([1.0, 0.0], [len(triples[name]), len(triples[f"{name}_negatives"])])
        for name in ("valid", "test")
    ))  # fmt: skip
    return codex, labels


def _read(path: Path) -> tuple[Triple, ...]:
    triples = []
    for number, line in enumerate(_text(path).splitlines(), start=1):
        cells = line.split("\t")
        if len(cells) != 3:
            raise KgpipeError(f"{path}, line {number}: three cells expected, parted by tabs.")
        triples.append((cells[0], cells[1], cells[2]))
    return tuple(triples)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise KgpipeError(
            f"{path} is missing. Name the folder `codex` of CoDEx with --data; it holds "
            f"{_TYPES} and {_FOLDER}/."
        ) from error
