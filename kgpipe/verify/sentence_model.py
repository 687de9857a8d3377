"""How likely a window supports or refutes a claim that is a sentence, or says nothing to it.

Two logistic regressions over few features that can be read: does the window speak to the claim at
all, and if it does, which way? The weights are plain numbers in `data/verify/sentence.json`, with
the record of what they were fitted on (`kgpipe bench healthver` writes the file).
"""

import json
import math
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from kgpipe.assets import asset_path
from kgpipe.errors import KgpipeError
from kgpipe.ids import content_digest, content_id
from kgpipe.text.tokens import tokenize
from kgpipe.verify.effects import EFFECTS, compare_effects
from kgpipe.verify.fitted_file import read_fitted
from kgpipe.verify.windows import Window

FORMAT = "kgpipe sentence 1"
SENTENCE_FILE = "data/verify/sentence.json"
# Near what the claim says, and a figure: who counted something reports a finding.
SPEAKS = ("cosine", "figure")
# Shares of the claim's content words, then marks of agreement (see `effects.Comparison`).
HOLDS = ("agreeing", "contrary", "value", "negation")
# Digits kept of a weight.
_DIGITS = 4


class Features(NamedTuple):
    """A window against a claim, in the order of `SPEAKS` and of `HOLDS`."""

    speaks: tuple[float, ...]
    holds: tuple[float, ...]


class SentenceModel(NamedTuple):
    """The weights of `SPEAKS` and of `HOLDS`, each with an intercept behind; for one embedder."""

    embedder: str
    speaks: tuple[float, ...]
    holds: tuple[float, ...]
    record: dict[str, Any]


class Chances(NamedTuple):
    """That a window speaks to the claim, and that the claim holds if it does."""

    speaks: float
    holds: float

    @property
    def log_odds(self) -> float:
        """Of the claim being true: what does not speak stands for both sides alike."""
        silent = (1 - self.speaks) / 2
        return math.log(
            (self.speaks * self.holds + silent) / (self.speaks * (1 - self.holds) + silent)
        )


def read_features(claim: str, window: Window, cosine: float) -> Features:
    """The features of a window, given the cosine of its embedding and the claim's."""
    said = [token.form for token in window.tokens]
    compared = compare_effects([token.form for token in tokenize(claim)], said)
    return Features(
        (cosine, float(_has_figure(window))),
        tuple(float(getattr(compared, name)) for name in HOLDS),
    )


def judge_features(features: Features, model: SentenceModel) -> Chances:
    """The model's two probabilities."""
    return Chances(_chance(features.speaks, model.speaks), _chance(features.holds, model.holds))


@lru_cache(maxsize=1)
def shipped_model() -> SentenceModel:
    """The model of `data/verify/sentence.json`.

    Raises:
        KgpipeError: it cannot be read.
    """
    return read_model(asset_path(SENTENCE_FILE))


def sentence_digest() -> str:
    """A hash of the word list and of the weights, for fingerprints."""
    digests = (content_digest(asset_path(name).read_bytes()) for name in (EFFECTS, SENTENCE_FILE))
    return content_id("sentence", *digests)


def write_model(model: SentenceModel, path: Path) -> None:
    """Write the model as JSON."""
    tree = {
        "format": FORMAT,
        "record": model.record,
        "embedder": model.embedder,
        "speaks": _named(SPEAKS, model.speaks),
        "holds": _named(HOLDS, model.holds),
    }
    path.write_text(json.dumps(tree, indent=2) + "\n", encoding="utf-8")


def read_model(path: Path) -> SentenceModel:
    """Read what `write_model` wrote.

    Raises:
        KgpipeError: it is no such file, or one of other features than this version reads.
    """
    tree = read_fitted(path, what="sentence model", form=FORMAT)
    wanted = {"speaks": [*SPEAKS, "intercept"], "holds": [*HOLDS, "intercept"]}
    if any(list(tree[part]) != names for part, names in wanted.items()):
        raise KgpipeError(f"{path} was fitted on other features. Fit it again.")
    return SentenceModel(
        tree["embedder"],
        tuple(tree["speaks"].values()),
        tuple(tree["holds"].values()),
        tree["record"],
    )


def _has_figure(window: Window) -> bool:
    """Whether a number stands there that is no date and no part of a name ("COVID-19")."""
    return any(
        amount.values and not amount.date and window.text[amount.start - 1 : amount.start] != "-"
        for amount in window.amounts
    )


def _named(names: tuple[str, ...], weights: tuple[float, ...]) -> dict[str, float]:
    pairs = zip((*names, "intercept"), weights, strict=True)
    return {name: round(weight, _DIGITS) for name, weight in pairs}


def _chance(features: tuple[float, ...], weights: tuple[float, ...]) -> float:
    odds = sum(f * w for f, w in zip((*features, 1.0), weights, strict=True))
    # Of large odds of either sign only the small side can be written.
    small = math.exp(-abs(odds))
    return (1.0 if odds >= 0 else small) / (1 + small)
