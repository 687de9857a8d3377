"""The fitted verifier as a file of plain numbers.

It holds its training record: on what it was fitted, and how it did on what was held out.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from kgpipe.errors import KgpipeError
from kgpipe.stats.conformal import Thresholds
from kgpipe.verify.fitted import FittedModel, Regime
from kgpipe.verify.fitted_file import read_fitted
from kgpipe.verify.fusion import Fusion
from kgpipe.verify.graph_scores import GRAPH_SCORES
from kgpipe.verify.relation import WINDOW_STEPS, RelationSpace, WindowSample
from kgpipe.verify.reliability import SourceRecord
from kgpipe.verify.signals import SIGNALS

FORMAT = "kgpipe fusion 3"
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
        "graph_scores": list(GRAPH_SCORES) if model.graph else [],
        "sources": {site: record._asdict() for site, record in model.sources.items()},
        "regime": model.regime._asdict(),
        "fusion": _tree(model.fusion),
        "general": _tree(model.general) if model.general else None,
        "spread": _plain(model.spread),
        "space": _tree(model.space),
        "sample": {
            "steps": WINDOW_STEPS,
            "vectors": (model.sample.vectors * WINDOW_STEPS).round().astype(int).tolist(),
            "weights": _plain(model.sample.weights),
            "owners": list(model.sample.owners),
        },
    }
    # One line a part: thousands of lines of a number each would help nobody.
    parts = ",\n".join(f"{json.dumps(name)}: {json.dumps(part)}" for name, part in tree.items())
    path.write_text(f"{{\n{parts}\n}}\n", encoding="utf-8")


def read_model(path: Path) -> FittedModel:
    """Read what `write_model` wrote.

    Raises:
        KgpipeError: it is no such file, or one of other signals than this version reads.
    """
    tree = read_fitted(path, what="fitted model", form=FORMAT)
    if tree.get("signals") != list(SIGNALS) or tree.get("graph_scores") not in (
        [],
        list(GRAPH_SCORES),
    ):
        raise KgpipeError(f"{path} was fitted on other signals. Fit it again.")
    try:
        model = _read_parts(tree)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise KgpipeError(f"{path} is damaged ({error!r}). Fit it again.") from error
    if not _is_whole(model):
        raise KgpipeError(f"{path} is damaged: its parts differ in size. Fit it again.")
    return model


def _read_parts(tree: Mapping[str, Any]) -> FittedModel:
    space, regime, sample = tree["space"], tree["regime"], tree["sample"]
    return FittedModel(
        _read_fusion(tree["fusion"]),
        _read_fusion(tree["general"]) if tree["general"] else None,
        np.array([np.inf if value is None else value for value in tree["spread"]]),
        RelationSpace(
            tuple(space["predicates"]),
            *(np.array(space[name]) for name in ("words", "mean", "deviation", "matrix")),
        ),
        WindowSample(
            np.array(sample["vectors"], dtype=np.float64) / sample["steps"],
            np.array(sample["weights"], dtype=np.float64),
            tuple(sample["owners"]),
        ),
        Regime(
            tuple(regime["pages"]),
            tuple(regime["characters"]),
            regime["any_predicate"],
            regime["calibrated"],
        ),
        tree["embedder"],
        tree["record"],
        tuple(tree["judges"]),
        bool(tree["graph_scores"]),
        {site: SourceRecord(**record) for site, record in tree["sources"].items()},
    )


def _is_whole(model: FittedModel) -> bool:
    """Whether all weights and vectors have the sizes that go together."""
    extra = bool(model.judges) + len(GRAPH_SCORES) * model.graph
    columns = len(SIGNALS) + extra
    fusions = [fusion for fusion in (model.fusion, model.general) if fusion is not None]
    space = model.space
    return (
        all(
            len(f.mean) == len(f.spread) == columns
            and len(f.weights) == columns + len(f.predicates) * (len(SIGNALS) + 1) + 1
            and all(isinstance(value, float) for value in f.thresholds)
            for f in fusions
        )
        and len(space.words) == len(space.mean) == len(space.deviation) == len(space.predicates)
        and len(model.sample.vectors) == len(model.sample.weights) == len(model.sample.owners)
    )


def _read_fusion(tree: Mapping[str, Any]) -> Fusion:
    return Fusion(
        tuple(tree["predicates"]),
        np.array(tree["mean"]),
        # JSON has no infinity: null stands for a column that says nothing.
        np.array([np.inf if value is None else value for value in tree["spread"]]),
        np.array(tree["weights"]),
        tree["slope"],
        tree["shift"],
        Thresholds(*tree["thresholds"]),
    )


def _tree(part: Fusion | RelationSpace) -> dict[str, Any]:
    return {name: _plain(value) for name, value in part._asdict().items()}


def _plain(value: Any) -> Any:
    """Lists of rounded numbers; None for infinity."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return round(value, _DIGITS) if np.isfinite(value) else None
    return value
