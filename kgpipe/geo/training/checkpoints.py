"""The state of a training between two epochs."""

import os
import pickle
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import nn

from kgpipe.errors import KgpipeError

FILE_NAME = "checkpoint.pt"


class Checkpoint(NamedTuple):
    """Where a training stands.

    Attributes:
        digest: of the settings and the tiles that it belongs to.
        epoch: how many are done.
        learner: state of `Learner`, its queue of locations included.
        optimizer: its state.
        log: a record an epoch.
    """

    digest: str
    epoch: int
    learner: dict[str, Any]
    optimizer: dict[str, Any]
    log: list[dict[str, Any]]


def write_checkpoint(folder: Path, checkpoint: Checkpoint) -> None:
    """Replace the file at once: a kill, or a power cut, leaves the old state or the new one."""
    path = folder / FILE_NAME
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        torch.save(checkpoint._asdict(), file)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def read_checkpoint(folder: Path) -> Checkpoint | None:
    """The state in the folder, None where there is none.

    Raises:
        KgpipeError: the file is damaged.
    """
    path = folder / FILE_NAME
    if not path.exists():
        return None
    damaged = f"{path} is no checkpoint that can be read: delete it."
    # torch takes anything else for a pickle of its first versions, and fails in many ways.
    if not zipfile.is_zipfile(path):
        raise KgpipeError(damaged)
    try:
        return Checkpoint(**torch.load(path, map_location="cpu", weights_only=True))
    except (RuntimeError, TypeError, pickle.UnpicklingError) as error:
        raise KgpipeError(damaged) from error


def take_weights(learner: nn.Module, folder: Path) -> tuple[int, int]:
    """Start from the weights of another model wherever name and shape are the same.

    Returns:
        How many tensors were taken, and of how many.

    Raises:
        KgpipeError: the folder has no checkpoint, or one that shares nothing.
    """
    other = read_checkpoint(folder)
    if other is None:
        raise KgpipeError(f"{folder} has no {FILE_NAME} to start from.")
    own = learner.state_dict()
    taken = {
        name: value
        for name, value in other.learner.items()
        if name in own and own[name].shape == value.shape and not name.startswith("queue.")
    }
    if not taken:
        raise KgpipeError(f"{folder} is a model of another architecture: none of its weights fit.")
    learner.load_state_dict(own | taken)
    return len(taken), len(own)
