"""Conjured similarity: two expressions are alike if they evoke like images.

"Conjuring Semantic Similarity", arXiv 2410.16431 (ICLR 2026). A diffusion model that is conditioned
on an expression y evokes a distribution of images; the distance of two expressions is

    d(y1, y2) = E ||s(x, t | y1) - s(x, t | y2)||^2,
        t uniform on [0, T], x drawn from p_t(. | y1) and from p_t(. | y2), half and half,

with s the score, the gradient of log p_t. By Girsanov's theorem it is proportional to the JEFFREYS
divergence, (KL(1, 2) + KL(2, 1)) / 2, between the two paths from noise to image, for a reverse
diffusion of constant strength. The first versions of the paper called it Jensen-Shannon, which it
is not: that would compare both with their mixture, and is bounded where this is not.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from kgpipe.errors import KgpipeError

Floats = NDArray[np.float64]
# "score" is the formula above. "noise" multiplies each term by sigma_t^2: that is the difference
# of the predicted noises, which one gets by subtracting the outputs of a noise predictor.
Weighting = Literal["score", "noise"]

# Steps of the sampler, as the paper's own runs have them.
STEPS = 10


class ScoreModel(Protocol):
    """A diffusion that is conditioned on an expression; times run from 0, data, to 1, noise."""

    def walk(
        self, condition: str, *, samples: int, steps: int, seed: int
    ) -> Iterator[tuple[Floats, Floats]]:
        """Follow paths from noise to what the condition evokes.

        The same seed means the same noise for every condition, so that differences between
        conditions are not differences of luck.

        Yields:
            `steps` times, evenly over [0, 1]: the times [n] and the points x_t [n, ...].
        """
        ...

    def score(self, points: Floats, times: Floats, condition: str) -> Floats:
        """Gradient of log p_t(x | condition) at the points; [n, ...] as they are."""
        ...

    def noise_level(self, times: Floats) -> Floats:
        """sigma_t, the standard deviation of the noise in x_t; [n] -> [n]."""
        ...


class Distances(NamedTuple):
    """Distances between concepts, with what they vary by from path to path.

    Attributes:
        names: of the concepts.
        paths: [n, n, K]: what each of the K independent pairs of paths says; symmetric in the first
            two.
    """

    names: tuple[str, ...]
    paths: Floats

    @property
    def mean(self) -> Floats:
        """Distances [n, n]; 0 on the diagonal."""
        mean: Floats = self.paths.mean(axis=2)
        return mean

    @property
    def error(self) -> Floats:
        """Standard errors of `mean`, from the finite number of paths alone."""
        error: Floats = self.paths.std(axis=2, ddof=1) / np.sqrt(self.paths.shape[2])
        return error

    def nearer(self, anchor: str, one: str, other: str) -> tuple[float, float]:
        """Return d(anchor, other) - d(anchor, one) and its standard error.

        Positive where `one` is the nearer. Both distances rest on the same noise, so the error of
        their difference is smaller than the two errors suggest.

        Raises:
            KgpipeError: a name is not among the concepts.
        """
        place, near, far = (_find(self.names, name) for name in (anchor, one, other))
        gaps = self.paths[place, far] - self.paths[place, near]
        return float(gaps.mean()), float(gaps.std(ddof=1) / np.sqrt(len(gaps)))


def conjured_distances(
    model: ScoreModel,
    concepts: Sequence[str],
    *,
    samples: int,
    seed: int,
    steps: int = STEPS,
    weighting: Weighting = "score",
) -> Distances:
    """Measure how far apart the images are that each two of the concepts evoke.

    Every concept's paths are followed once, and every other concept's score is evaluated on them:
    n^2 evaluations a step. The reviewers of the paper found few paths to vary much, hence the
    errors.

    Args:
        model: what evokes.
        concepts: conditions of the model, without repeats.
        samples: independent paths a concept, two or more.
        seed: of the noise.
        steps: of the sampler.
        weighting: of the times (see `Weighting`).

    Raises:
        KgpipeError: fewer than two samples, no concept, or one named twice.
    """
    if samples < 2:
        raise KgpipeError(f"{samples} sample gives no error bar: ask for two or more.")
    if not concepts or len(set(concepts)) < len(concepts):
        raise KgpipeError(f"Each concept is named once, and at least one: {list(concepts)}")
    count = len(concepts)
    # [n, n, K]: over the paths of the first, from the second.
    along = np.zeros((count, count, samples))
    for row, walked in enumerate(concepts):
        for times, points in model.walk(walked, samples=samples, steps=steps, seed=seed):
            level = model.noise_level(times)
            weight = level**2 if weighting == "noise" else np.ones_like(level)  # [K]
            scores = [model.score(points, times, concept) for concept in concepts]
            for column, score in enumerate(scores):
                gap = (score - scores[row]).reshape(samples, -1)  # [K, d]
                along[row, column] += weight * np.square(gap).sum(axis=1) / steps
    return Distances(tuple(concepts), (along + along.transpose(1, 0, 2)) / 2)


def jeffreys_distance(
    model: ScoreModel,
    one: str,
    other: str,
    *,
    samples: int,
    seed: int,
    steps: int = STEPS,
    weighting: Weighting = "score",
) -> tuple[float, float]:
    """Distance of two expressions and its standard error; arguments as in `conjured_distances`."""
    if one == other:
        return 0.0, 0.0
    # In a fixed order, so that d(a, b) and d(b, a) agree to the last bit.
    found = conjured_distances(
        model,
        sorted((one, other)),
        samples=samples,
        seed=seed,
        steps=steps,
        weighting=weighting,
    )
    return float(found.mean[0, 1]), float(found.error[0, 1])


def _find(names: Sequence[str], name: str) -> int:
    if name not in names:
        raise KgpipeError(f"There is no concept {name!r}. There are: {', '.join(names)}.")
    return names.index(name)


class Gaussian(NamedTuple):
    """N(mean, spread^2 I): what a concept of the exact test model evokes. `mean` is [d]."""

    mean: Floats
    spread: float = 1.0


class GaussianModel:
    """A `ScoreModel` with nothing learned: all its scores and distances are known exactly.

    With x_t = a_t x_0 + sigma_t noise, p_t(. | y) is N(a_t mean, v_t I), v_t = a_t^2 spread^2 +
    sigma_t^2, and its score is (a_t mean - x) / v_t.

    Args:
        concepts: what each evokes.
        schedule: "vp" (variance preserving) or "ve" (exploding), of Song et al., arXiv 2011.13456,
            appendix C.
    """

    # Song et al.: beta from 0.1 to 20, and standard deviations from .01; the largest is theirs for
    # small pictures.
    _BETA = (0.1, 20.0)
    _SIGMA = (0.01, 50.0)

    def __init__(self, concepts: Mapping[str, Gaussian], *, schedule: Literal["vp", "ve"]) -> None:
        self._concepts = concepts
        self._schedule = schedule

    def signal(self, times: Floats) -> Floats:
        """a_t, [n] -> [n]."""
        if self._schedule == "ve":
            return np.ones_like(times)
        low, high = self._BETA
        return np.exp(-0.25 * times**2 * (high - low) - 0.5 * times * low)

    def noise_level(self, times: Floats) -> Floats:
        """sigma_t, [n] -> [n]."""
        if self._schedule == "ve":
            low, high = self._SIGMA
            return low * (high / low) ** times
        return np.sqrt(1 - self.signal(times) ** 2)

    def walk(
        self, condition: str, *, samples: int, steps: int, seed: int
    ) -> Iterator[tuple[Floats, Floats]]:
        """Yield exact draws along the probability flow, noise first.

        The flow moves the point that lies z standard deviations from the mean along with the mean
        and the deviation, so one z a path gives all its points. Each step draws its times uniformly
        within its share of [0, 1], so that the estimate has no bias from the grid.
        """
        mean, spread = self._concepts[condition]
        rng = np.random.default_rng(seed)
        noise = rng.standard_normal((samples, len(mean)))
        for step in range(steps, 0, -1):
            times = (step - rng.random(samples)) / steps
            deviation = np.sqrt(self._variance(times, spread))
            yield times, self.signal(times)[:, None] * mean + deviation[:, None] * noise

    def score(self, points: Floats, times: Floats, condition: str) -> Floats:
        """(a_t mean - x) / v_t, [n, d]."""
        mean, spread = self._concepts[condition]
        variance = self._variance(times, spread)
        return (self.signal(times)[:, None] * mean - points) / variance[:, None]

    def exact_distance(self, one: str, other: str, *, weighting: Weighting = "score") -> float:
        """The distance by its closed form in x, integrated over t by Gauss-Legendre.

        For x = a mean_1 + sqrt(v_1) z the scores differ by z (sqrt(v_1) / v_2 - 1 / sqrt(v_1)) +
        a (mean_1 - mean_2) / v_2; with equal spreads that leaves a^2 ||mean_1 - mean_2||^2 / v^2.
        """
        # 400 nodes: the integrand falls over four decades within the exploding schedule.
        nodes, weights = np.polynomial.legendre.leggauss(400)
        times = (nodes + 1) / 2
        shift = (
            self.signal(times) ** 2
            * np.square(self._concepts[one].mean - self._concepts[other].mean).sum()
        )
        dimensions = len(self._concepts[one].mean)
        both = [self._variance(times, self._concepts[name].spread) for name in (one, other)]
        terms = np.zeros_like(times)
        for here, there in (both, both[::-1]):
            stretch = np.square(np.sqrt(here) / there - 1 / np.sqrt(here))
            terms += (dimensions * stretch + shift / there**2) / 2
        if weighting == "noise":
            terms *= self.noise_level(times) ** 2
        return float((weights / 2 * terms).sum())

    def _variance(self, times: Floats, spread: float) -> Floats:
        return self.signal(times) ** 2 * spread**2 + self.noise_level(times) ** 2
