"""`bench geo`, part `temporal`: what SatMAE's dates and masks are worth, on synthetic series.

No public set at hand has dated pictures with a label that only their order tells, so places are
drawn (`kgpipe.geo.data.synthetic_series`): a mine grows or is overgrown, and the pictures of the
one, backwards, are those of the other. Encoders learn by masked reconstruction and stay frozen; a
linear probe on the mean of their tokens answers which of the two it was, which needs the order,
and whether the mine is a large one, which does not. How long they learn is chosen on places for
validation.

The set is made for the question, so the figures compare mechanisms; they say nothing about mines.
The newest picture alone answers it as well, if one knows that it is the newest: it shows a large
mine or a small one. So does the order of mean colours, without any encoder: both stand beside.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from kgpipe.geo.data.bands import S2_L2A_BANDS
from kgpipe.geo.data.synthetic_series import make_series
from kgpipe.geo.embedding.scaling import fit_ranges, scale
from kgpipe.geo.measuring.evaluate import write_report
from kgpipe.geo.measuring.metrics import Floats, average_precision, compare
from kgpipe.geo.measuring.probe import fit_probe
from kgpipe.geo.mechanisms.masking import random_masking
from kgpipe.geo.mechanisms.satmae import TemporalEncoder
from kgpipe.geo.mechanisms.satmae_temporal_decoder import TemporalDecoder, frame_reconstruction_loss
from kgpipe.stats.intervals import Indices

# The bands of 10 m and the short waves: the others, between them, say little else.
BANDS = ("B02", "B03", "B04", "B08", "B11", "B12")
QUESTIONS = ("grows", "large")
# Each part's places are drawn with a seed of its own.
PLACES = {"train": 1000, "validation": 400, "test": 600}
_PLACE_SEEDS = {"train": 1, "validation": 2, "test": 3}
# Every encoder is kept at each of these steps, and read at the one that validation prefers.
STEPS = (400, 800, 1200)
SEEDS = (1, 2)
SIDE, _PATCH, _DATES = 24, 8, 3
_SHAPE = (_DATES, len(BANDS), SIDE, SIDE)
_SIZE = {"dim": 64, "depth": 2, "heads": 4, "patch": _PATCH}
_DECODER = {"width": 64, "depth": 1, "heads": 4}
_RATIO, _BATCH, _RATE, _DECAY, _WARM_UP = 0.75, 32, 1e-3, 0.05, 50
# SatMAE normalises each patch, which takes away how green it is; plain pixels were better than that
# on the places for validation.
_NORMALISE = False
# Half of the range of a band, in standard deviations (CROMA, SatMAE).
_CLIP = 2.0
_SAME_DAY = (2018, 6, 14)
_RECIPE = "dates_independent_masks"
_AT_ONCE = 200


class Frames(NamedTuple):
    """Pictures of places, [n, T, C, H, W] in 0 to 1, and their dates [n, T, 3]."""

    pixels: Tensor
    dates: Tensor


class Places(NamedTuple):
    """The pictures of a part of the places, and the answers by `QUESTIONS`, [n, 2]."""

    frames: Frames
    answers: Floats


View = Callable[[Frames], Frames]


class Training(NamedTuple):
    """What an encoder learns from, how it is masked, and what it is shown when it is read."""

    learns: View
    reads: Mapping[str, View]
    consistent: bool = False


def _all(frames: Frames) -> Frames:
    return frames


def _undated(frames: Frames) -> Frames:
    """All on one day: the encoder sees a heap of pictures, without their order."""
    return Frames(frames.pixels, torch.tensor(_SAME_DAY).expand_as(frames.dates))


def _each(frames: Frames) -> Frames:
    """Each picture as a place of its own."""
    return Frames(frames.pixels.flatten(0, 1)[:, None], frames.dates.flatten(0, 1)[:, None])


def _newest(frames: Frames) -> Frames:
    return Frames(frames.pixels[:, -1:], frames.dates[:, -1:])


def _any(frames: Frames) -> Frames:
    """One picture of each place, whichever."""
    count, dates = frames.dates.shape[:2]
    chosen = torch.randint(dates, (count,), generator=torch.Generator().manual_seed(0))
    rows = torch.arange(count)
    return Frames(frames.pixels[rows, chosen][:, None], frames.dates[rows, chosen][:, None])


TRAININGS = (
    Training(_all, {_RECIPE: _all}),
    Training(_all, {"dates_consistent_masks": _all}, consistent=True),
    Training(_undated, {"without_dates": _undated}),
    Training(_each, {"newest_picture": _newest, "any_picture": _any}),
)
# By system, seed and step: vectors by part.
Vectors = dict[str, dict[int, dict[int, dict[str, Floats]]]]


def run(
    out: Path,
    *,
    places: Mapping[str, int] = PLACES,
    steps: Sequence[int] = STEPS,
    seeds: Sequence[int] = SEEDS,
    resamples: int = 1000,
) -> dict[str, Any]:
    """Draw, train, probe, and write `report.json`.

    Args:
        out: for the report.
        places: how many of each part, by `PLACES`.
        steps: of the trainings, rising; validation chooses among them.
        seeds: one training each; figures are means over them.
        resamples: of the test places, for the intervals.
    """
    started = time.perf_counter()
    parts = draw_places(places)
    drawn = time.perf_counter()
    vectors = _embed_all(parts, steps=steps, seeds=seeds)
    trained = time.perf_counter()
    chosen: dict[str, int] = {}
    scores: dict[str, list[Floats]] = {}
    for system, by_seed in vectors.items():
        chosen[system], scores[system] = choose_step(by_seed, parts)
    truth = parts["test"].answers
    report: dict[str, Any] = {
        "benchmark": "temporal encoders on synthetic series of places",
        "places": dict(places),
        "dates": _DATES,
        "steps_to_choose_from": list(steps),
        "seeds": list(seeds),
        "unit": "average precision on the test places, mean over the seeds; intervals over places",
        "questions": {
            "grows": "Does the mine grow, or is it overgrown? Needs the order of the pictures.",
            "large": "Is it larger than half of those for training? Needs no order.",
        },
        "by_chance": {
            name: round(float(share), 4)
            for name, share in zip(QUESTIONS, truth.mean(axis=0), strict=True)
        },
        "systems": {
            system: {"steps": chosen[system]}
            | {
                name: _compare(
                    [one[:, question] for one in scores[system]],
                    [one[:, question] for one in scores[_RECIPE]],
                    truth[:, question],
                    resamples=resamples,
                )
                for question, name in enumerate(QUESTIONS)
            }
            for system in scores
        },
        "against": _RECIPE,
        "seconds": {
            "draw": round(drawn - started, 1),
            "train": round(trained - drawn, 1),
            "probe": round(time.perf_counter() - trained, 1),
        },
    }
    write_report(report, out / "report.json")
    return report


def draw_places(places: Mapping[str, int]) -> dict[str, Places]:
    """Draw the parts; bands are scaled by what the training places have."""
    bands = [S2_L2A_BANDS.index(band) for band in BANDS]
    drawn = {
        part: make_series(count, dates=_DATES, side=SIDE, seed=_PLACE_SEEDS[part])
        for part, count in places.items()
    }
    flat = {part: series.s2[:, :, bands].reshape(-1, len(bands), SIDE, SIDE)
            for part, series in drawn.items()}  # fmt: skip
    half = np.median(drawn["train"].mined)
    ranges = fit_ranges([{"S2": flat["train"]}])["S2"]
    return {
        part: Places(
            Frames(
                torch.from_numpy(scale(flat[part], ranges, clip=_CLIP).reshape(-1, *_SHAPE)),
                torch.from_numpy(series.dates),
            ),
            np.stack([series.grows, series.mined > half], axis=1).astype(np.float64),
        )
        for part, series in drawn.items()
    }


def pretrain(
    frames: Frames, *, consistent: bool, seed: int, steps: Sequence[int]
) -> Iterator[tuple[int, TemporalEncoder]]:
    """Learn by masked reconstruction; yield the encoder untrained, as step 0, and at each step.

    It is one encoder that goes on learning: read it before asking for the next.

    Args:
        frames: of the places to learn from.
        consistent: mask the same cells of all pictures of a place, instead of any.
        seed: of weights, batches and masks.
        steps: at which the encoder is wanted, rising.
    """
    channels = frames.pixels.shape[2]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        encoder = TemporalEncoder(channels=channels, size=SIDE, **_SIZE)
        decoder = TemporalDecoder(channels=channels, dim=encoder.dim, patch=_PATCH, **_DECODER)
    yield 0, encoder
    generator = torch.Generator().manual_seed(seed)
    weights = [*encoder.parameters(), *decoder.parameters()]
    optimiser = torch.optim.AdamW(weights, lr=_RATE, weight_decay=_DECAY)
    grid = (SIDE // _PATCH, SIDE // _PATCH)
    for step in range(1, steps[-1] + 1):
        for group in optimiser.param_groups:
            group["lr"] = _RATE * min(1.0, step / _WARM_UP)
        rows = torch.randint(len(frames.pixels), (_BATCH,), generator=generator)
        pixels, dates = frames.pixels[rows], frames.dates[rows]
        masking = random_masking(
            _BATCH, grid[0] * grid[1], ratio=_RATIO, generator=generator, sets=dates.shape[1],
            consistent=consistent,
        )  # fmt: skip
        predicted = decoder(
            encoder(pixels, dates, masking.keep), dates, grid=grid, restore=masking.restore
        )
        loss = frame_reconstruction_loss(
            predicted, pixels, masking.mask, patch=_PATCH, normalise=_NORMALISE
        )
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        if step in steps:
            yield step, encoder


@torch.no_grad()
def embed(encoder: TemporalEncoder, frames: Frames) -> Floats:
    """The mean of the tokens of each place, [n, D]."""
    pairs = zip(*(torch.split(one, _AT_ONCE) for one in frames), strict=True)
    vectors = torch.cat([encoder.pool(encoder(pixels, dates)) for pixels, dates in pairs])
    return vectors.numpy().astype(np.float64)


def _embed_all(
    parts: Mapping[str, Places], *, steps: Sequence[int], seeds: Sequence[int]
) -> Vectors:
    found: Vectors = {}

    def keep(system: str, seed: int, step: int, vectors: dict[str, Floats]) -> None:
        found.setdefault(system, {}).setdefault(seed, {})[step] = vectors

    for training in TRAININGS:
        frames = training.learns(parts["train"].frames)
        for seed in seeds:
            for step, encoder in pretrain(
                frames, consistent=training.consistent, seed=seed, steps=steps
            ):
                for system, reads in training.reads.items():
                    if step == 0 and system != _RECIPE:
                        continue
                    vectors = {
                        part: embed(encoder, reads(one.frames)) for part, one in parts.items()
                    }
                    keep("untrained" if step == 0 else system, seed, step, vectors)
    colours = {part: one.frames.pixels.mean(dim=(3, 4)) for part, one in parts.items()}  # [n, T, C]
    for system, shown in (
        ("mean_colours_in_order", {part: one.flatten(1) for part, one in colours.items()}),
        ("mean_colours_of_all", {part: one.mean(dim=1) for part, one in colours.items()}),
    ):
        keep(system, 0, 0, {part: one.double().numpy() for part, one in shown.items()})
    return found


def choose_step(
    by_seed: Mapping[int, Mapping[int, Mapping[str, Floats]]], parts: Mapping[str, Places]
) -> tuple[int, list[Floats]]:
    """The step at which validation is answered best, and there each seed's scores of the test.

    Args:
        by_seed: vectors of the parts, by seed and step.
        parts: with the answers; a probe learns those of the training places.
    """
    told: dict[int, list[Mapping[str, Floats]]] = {}
    for by_step in by_seed.values():
        for step, vectors in by_step.items():
            told.setdefault(step, []).append(_probe(vectors, parts))
    truth = parts["validation"].answers

    def judge(step: int) -> float:
        return float(
            np.mean(
                [
                    average_precision(scores["validation"][:, question], truth[:, question])
                    for scores in told[step]
                    for question in range(len(QUESTIONS))
                ]
            )
        )

    best = max(told, key=judge)
    return best, [scores["test"] for scores in told[best]]


def _probe(vectors: Mapping[str, Floats], parts: Mapping[str, Places]) -> dict[str, Floats]:
    """Log-odds of each question, [n, 2], of validation and test; the probe sees neither."""
    learned, answers = vectors["train"], parts["train"].answers
    probes = [
        fit_probe(learned, answers[:, [question]], groups=range(len(learned)))
        for question in range(len(QUESTIONS))
    ]
    return {
        part: np.concatenate([probe.score(vectors[part]) for probe in probes], axis=1)
        for part in ("validation", "test")
    }


def _compare(
    scores: Sequence[Floats], recipe: Sequence[Floats], truth: Floats, *, resamples: int
) -> dict[str, Any]:
    """A system's figure, that of each seed, and by how much it is above the recipe's (paired)."""

    def mean(several: Sequence[Floats]) -> Callable[[Indices], float]:
        return lambda rows: float(
            np.mean([average_precision(one[rows], truth[rows]) for one in several])
        )

    every = np.arange(len(truth))
    found = compare(mean(scores), mean(recipe), range(len(truth)), resamples=resamples)
    return {
        "average_precision": found.first.model_dump(mode="json"),
        "by_seed": [round(mean([one])(every), 4) for one in scores],
        "against_recipe": found.difference.model_dump(mode="json"),
    }
