"""Trains an aligner epoch by epoch, each ending in a checkpoint, and exports its encoders.

All chance is drawn anew in each epoch from the seed and the epoch's number, so a training that was
killed goes on from its last checkpoint to the same weights, bit for bit, on the same machine with
the same number of threads.
"""

import json
import math
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from kgpipe.errors import KgpipeError, UsageError
from kgpipe.geo.data.tileset import TileSet
from kgpipe.geo.embedding.model import FILE_NAME as MODEL_FILE
from kgpipe.geo.embedding.model import Model, write_model
from kgpipe.geo.training.checkpoints import (
    Checkpoint,
    read_checkpoint,
    take_weights,
    write_checkpoint,
)
from kgpipe.geo.training.export import export
from kgpipe.geo.training.objectives import Learner, find_lacking, look, weigh_losses
from kgpipe.geo.training.settings import OPERATIONAL, GeoSettings
from kgpipe.geo.training.training_set import Batch, Say, TrainingSet, prepare
from kgpipe.ids import content_id
from kgpipe.ports import Embedder, Port

LOG_FILE = "log.jsonl"
# MAE, arXiv 2111.06377, table 8, and GAIR.
_BETAS = (0.9, 0.95)
# Gradients are cut to this length: the first steps of a transformer without it can be wild.
_LONGEST_GRADIENT = 1.0
# More epochs than any training has, so that two seeds share none.
_SEEDS_APART = 1_000_003


class Step(NamedTuple):
    """What a training tells after each step."""

    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    # Of this epoch so far, in tiles a second.
    rate: float


Watch = Callable[[Step], None]


def train(
    source: TileSet,
    *,
    out: Path,
    settings: GeoSettings,
    embedder: Port[Embedder] | None,
    device: str = "cpu",
    init: Path | None = None,
    say: Say = lambda _: None,
    watch: Watch = lambda _: None,
) -> Model:
    """Train on all tiles of a set, go on where an earlier call was stopped, and write the model.

    Args:
        source: training tiles alone: their labels, places and pixels are learned from.
        out: the model's folder.
        settings: the recipe.
        embedder: of descriptions; None leaves texts out.
        device: "cpu" or "cuda" (with bfloat16 where it is safe).
        init: another model's folder whose weights to start from.
        say: told in words what was left out, and what was found.
        watch: told after each step.

    Raises:
        UsageError: tiles or settings that nothing can be learned with, or no such device.
        KgpipeError: a loss that is no number; a checkpoint of another training; onnxruntime
            computes something else than torch.
    """
    check_device(device)
    training = prepare(
        source, settings=settings, embedder=embedder.make() if embedder else None, say=say
    )
    weights, left_out = _choose_losses(training, settings, say)
    out.mkdir(parents=True, exist_ok=True)
    digest = content_id(
        "training",
        settings.model_dump(mode="json", exclude=OPERATIONAL),
        training.digest,
        embedder.name if embedder else "",
        "" if init is None else str(init),
        device,
    )
    run = _Run(training, settings, weights, torch.device(device), out, digest, say, watch)
    with _threads(settings.threads):
        learner = run.fit(init)
    say("Writing the encoders as ONNX, and comparing them with torch.")
    sentence = training.sentences.shape[1]
    files = export(
        learner.aligner.cpu(), out, side=training.side, losses=tuple(weights), sentence=sentence
    )
    model = Model(
        settings=settings,
        bands=training.bands,
        ranges=training.ranges,
        side=training.side,
        files=files,
        embedder=embedder.name if embedder and sentence else "",
        tiles=len(training),
        training_set=training.digest,
        losses=tuple(weights),
        left_out=left_out,
    )
    write_model(out, model)
    return model


def check_device(device: str) -> None:
    """Refuse a GPU that is not there.

    Raises:
        UsageError: it is not.
    """
    if device == "cuda" and not torch.cuda.is_available():
        raise UsageError("No CUDA device is here, or this torch is a CPU build: use --device cpu.")


def _choose_losses(
    training: TrainingSet, settings: GeoSettings, say: Say
) -> tuple[dict[str, float], dict[str, str]]:
    """The weights of those that a set can feed; why it cannot feed the others."""
    weights = {name: weight for name, weight in settings.weights if weight}
    left_out = {
        n: why for n, why in find_lacking(training, batch=settings.batch).items() if n in weights
    }
    for name, why in left_out.items():
        say(f"The loss `{name}` is left out: {why}.")
        del weights[name]
    if not weights:
        raise UsageError("No loss is left to train with: set one of geo.weights above 0.")
    return weights, left_out


class _Run(NamedTuple):
    """What does not change from epoch to epoch."""

    training: TrainingSet
    settings: GeoSettings
    weights: Mapping[str, float]
    device: torch.device
    out: Path
    digest: str
    say: Say
    watch: Watch

    @property
    def batch(self) -> int:
        """Tiles in a step: all, where a set has fewer than were asked for."""
        return min(self.settings.batch, len(self.training))

    @property
    def steps(self) -> int:
        """Steps in an epoch: what does not fill a batch waits for another epoch's order."""
        return len(self.training) // self.batch

    @property
    def epochs(self) -> int:
        """Of the whole training."""
        return self.settings.epochs or math.ceil(self.settings.steps / self.steps)

    def fit(self, init: Path | None) -> Learner:
        """Train to the end."""
        learner = self._start(init).to(self.device)
        optimizer = _make_optimizer(learner, self.settings)
        log: list[dict[str, object]] = []
        begun = 0
        if (checkpoint := read_checkpoint(self.out)) is not None:
            if checkpoint.digest != self.digest:
                raise KgpipeError(
                    f"{self.out} holds a training with other settings or other tiles. Name another "
                    "folder with --out, or delete it."
                )
            learner.load_state_dict(checkpoint.learner)
            optimizer.load_state_dict(checkpoint.optimizer)
            begun, log = checkpoint.epoch, list(checkpoint.log)
            self.say(f"Going on after epoch {begun} of {self.epochs}.")
        # A model of an earlier state would no longer be the one that its description names.
        (self.out / MODEL_FILE).unlink(missing_ok=True)
        for epoch in range(begun, self.epochs):
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(self._seed(epoch))
                log.append(self._run_epoch(learner, optimizer, epoch))
            write_checkpoint(
                self.out,
                Checkpoint(
                    self.digest, epoch + 1, learner.state_dict(), optimizer.state_dict(), log
                ),
            )
            _write_log(self.out / LOG_FILE, log)
        return learner

    def _start(self, init: Path | None) -> Learner:
        training = self.training
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.settings.seed)
            learner = Learner(
                self.settings,
                bands=training.bands,
                side=training.side,
                sentence=training.sentences.shape[1],
            )
        if init is not None:
            taken, of = take_weights(learner, init)
            self.say(f"{taken} of {of} tensors start from {init}.")
        return learner

    def _run_epoch(
        self, learner: Learner, optimizer: torch.optim.Optimizer, epoch: int
    ) -> dict[str, object]:
        generator = torch.Generator().manual_seed(self._seed(epoch))
        order = torch.randperm(len(self.training), generator=generator)
        sums = dict.fromkeys(self.weights, 0.0)
        sentences = self.training.sentences.to(self.device)
        started = time.monotonic()
        learner.train()
        for step in range(self.steps):
            rows = order[step * self.batch : (step + 1) * self.batch]
            batch = _move(self.training.take(rows), self.device)
            self._set_rate(optimizer, epoch * self.steps + step)
            with torch.autocast(self.device.type, torch.bfloat16, enabled=self.on_gpu):
                scene = look(
                    learner,
                    batch,
                    settings=self.settings,
                    sentences=sentences,
                    generator=generator,
                )
                total, losses = weigh_losses(scene, self.weights)
            self._refuse_nan(losses, epoch, step)
            optimizer.zero_grad()
            torch.autograd.backward(total)
            torch.nn.utils.clip_grad_norm_(learner.parameters(), _LONGEST_GRADIENT)
            optimizer.step()
            for name, loss in losses.items():
                sums[name] += loss.item()
            rate = (step + 1) * self.batch / (time.monotonic() - started)
            self.watch(Step(epoch + 1, self.epochs, step + 1, self.steps, total.item(), rate))
        means = {name: total / self.steps for name, total in sums.items()}
        return {"epoch": epoch + 1, "losses": means, "tiles_per_second": round(rate, 1)}

    def _seed(self, epoch: int) -> int:
        return self.settings.seed * _SEEDS_APART + epoch + 1

    @property
    def on_gpu(self) -> bool:
        """Whether bfloat16 pays: on a processor of two cores it does not."""
        return self.device.type == "cuda"

    def _set_rate(self, optimizer: torch.optim.Optimizer, step: int) -> None:
        """Rise for the share of warm-up, then fall along half a cosine (SGDR, MAE)."""
        total = self.epochs * self.steps
        rising = max(1, round(self.settings.warmup * total))
        if step < rising:
            share = (step + 1) / rising
        else:
            share = (1 + math.cos(math.pi * (step - rising) / max(1, total - rising))) / 2
        for group in optimizer.param_groups:
            group["lr"] = self.settings.rate * share

    def _refuse_nan(self, losses: Mapping[str, Tensor], epoch: int, step: int) -> None:
        wrong = [name for name, loss in losses.items() if not torch.isfinite(loss)]
        if wrong:
            raise KgpipeError(
                f"The loss {', '.join(wrong)} is no number at step {step + 1} of epoch "
                f"{epoch + 1}. Lower the learning rate (--set rate=...), or switch the loss off "
                f"(--set weights.{wrong[0]}=0). The epochs before are kept in {self.out}."
            )


def _make_optimizer(learner: Learner, settings: GeoSettings) -> torch.optim.Optimizer:
    """AdamW; biases, norms and the scale of the logits do not decay (as in MAE's code)."""
    flat = [value for value in learner.parameters() if value.ndim < 2]
    full = [value for value in learner.parameters() if value.ndim >= 2]
    groups = [
        {"params": full, "weight_decay": settings.decay},
        {"params": flat, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=settings.rate, betas=_BETAS)


def _move(batch: Batch, device: torch.device) -> Batch:
    pixels = {sensor: seen.to(device) for sensor, seen in batch.pixels.items()}
    return Batch(pixels, *(fact.to(device) for fact in batch[1:]))


def _write_log(path: Path, log: list[dict[str, object]]) -> None:
    partial = path.with_suffix(".partial")
    partial.write_text("".join(json.dumps(record) + "\n" for record in log), encoding="utf-8")
    partial.replace(path)


@contextmanager
def _threads(wanted: int) -> Iterator[None]:
    """The same number of threads gives the same sums, and torch's own choice is not always one."""
    before = torch.get_num_threads()
    torch.set_num_threads(wanted or os.cpu_count() or 1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
