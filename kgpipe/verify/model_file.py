"""The fitted verifier as a file of plain numbers.

It holds its training record: on what it was fitted, and how it did on what was held out.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from kgpipe.errors import KgpipeError
from kgpipe.stats.conformal import Thresholds
from kgpipe.verify.fitted import FittedModel, Regime
from kgpipe.verify.fusion import Fusion
from kgpipe.verify.relation import RelationSpace
from kgpipe.verify.signals import SIGNALS

FORMAT = "kgpipe fusion 2"
# The model that ships, fitted on FactBench by `kgpipe bench factbench`.
DEFAULT = "data/verify/fusion.json"
# Digits kept of a number: weights and vectors say no more.
_DIGITS = 6


def write_model(model: FittedModel, path: Path) -> None:
    """Write the model as JSON."""
    tree = {
        "format": FORMAT,
        "record": model.record,
        "embedder": model.embedder,
        "judges": list(model.judges),
        "signals": list(SIGNALS),
        "regime": model.regime._asdict(),
        "fusion": {name: _plain(value) for name, value in model.fusion._asdict().items()},
        "space": {name: _plain(value) for name, value in model.space._asdict().items()},
    }
    # One line a part: thousands of lines of a number each would help nobody.
    parts = ",\n".join(f"{json.dumps(name)}: {json.dumps(part)}" for name, part in tree.items())
    path.write_text(f"{{\n{parts}\n}}\n", encoding="utf-8")


def read_model(path: Path) -> FittedModel:
    """Read what `write_model` wrote.

    Raises:
        KgpipeError: it is no such file, or one of other signals than this version reads.
    """
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise KgpipeError(f"Cannot read the fitted model {path}: {error}.") from error
    if not isinstance(tree, dict) or tree.get("format") != FORMAT:
        raise KgpipeError(f"{path} is no fitted model of the format {FORMAT!r}. Fit it again.")
    if tree["signals"] != list(SIGNALS):
        raise KgpipeError(f"{path} was fitted on other signals. Fit it again.")
    fusion, space, regime = tree["fusion"], tree["space"], tree["regime"]
    return FittedModel(
        Fusion(
            tuple(fusion["predicates"]),
            np.array(fusion["mean"]),
            # JSON has no infinity: null stands for a column that says nothing.
            np.array([np.inf if value is None else value for value in fusion["spread"]]),
            np.array(fusion["weights"]),
            fusion["slope"],
            fusion["shift"],
            Thresholds(*fusion["thresholds"]),
        ),
        RelationSpace(
            tuple(space["predicates"]),
            *(np.array(space[name]) for name in ("words", "mean", "deviation", "matrix")),
        ),
        Regime(tuple(regime["pages"]), tuple(regime["characters"]), regime["any_predicate"]),
        tree["embedder"],
        tree["record"],
        tuple(tree["judges"]),
    )


def _plain(value: Any) -> Any:
    """Lists of rounded numbers; None for infinity."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return round(value, _DIGITS) if np.isfinite(value) else None
    return value
