"""The state of a training between two epochs, kept as an .npz of plain numbers."""

import hashlib
import json
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from kgpipe.backends.kge import Embedding
from kgpipe.errors import KgpipeError

Arrays = dict[str, NDArray[np.float32]]


class Progress(NamedTuple):
    """Where a training stands after `epoch` epochs.

    Attributes:
        parameters: of the last epoch.
        optimizer: its state, by "number of the parameter/name"; empty before the first epoch.
        epoch: how many are done.
        best: parameters of the best quality; empty before the first look.
        best_quality: -inf before the first look.
        idle_checks: looks since then.
    """

    parameters: Arrays
    optimizer: Arrays
    epoch: int
    best: Arrays
    best_quality: float
    idle_checks: int


def write_progress(path: Path, progress: Progress, *, of: Embedding) -> None:
    """Replace the file at once, so that a kill leaves the old state or the new one."""
    arrays = {
        f"{group}:{name}": value
        for group in ("parameters", "optimizer", "best")
        for name, value in getattr(progress, group).items()
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        np.savez(
            file,
            digest=np.array(_digest(of)),
            epoch=np.array(progress.epoch),
            best_quality=np.array(progress.best_quality),
            idle_checks=np.array(progress.idle_checks),
            **arrays,
        )
    partial.replace(path)


def read_progress(path: Path, *, of: Embedding) -> Progress | None:
    """The state in the file, or None where there is no file.

    Raises:
        KgpipeError: the file is no checkpoint, or one of another recipe or other triples.
    """
    if not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = dict(file)
        digest = str(arrays["digest"])
    except (ValueError, KeyError, EOFError, BadZipFile) as error:
        raise KgpipeError(f"{path} is no checkpoint of an embedding: delete it.") from error
    if digest != _digest(of):
        raise KgpipeError(
            f"{path} is the checkpoint of another recipe or other triples: delete it, or train "
            "into another file."
        )
    groups: dict[str, Arrays] = {"parameters": {}, "optimizer": {}, "best": {}}
    for key, value in arrays.items():
        group, _, name = key.partition(":")
        if name:
            groups[group][name] = value
    return Progress(
        **groups,
        epoch=int(arrays["epoch"]),
        best_quality=float(arrays["best_quality"]),
        idle_checks=int(arrays["idle_checks"]),
    )


def _digest(embedding: Embedding) -> str:
    """Of all that the numbers depend on; a training may go on for longer than was planned."""
    recipe = embedding.recipe._replace(epochs=0, check_every=0, patience=0)
    names = [recipe._asdict(), embedding.entities, embedding.relations]
    about = hashlib.sha256(json.dumps(names).encode())
    about.update(embedding.facts.tobytes())
    return about.hexdigest()
